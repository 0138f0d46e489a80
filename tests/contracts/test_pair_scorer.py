"""The re-ranker (K1): a real small CrossEncoder made here, and its place in a search."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.backend import SearchRequest
from indexer.encoder import EncoderMissing
from indexer.encoders.cross_encoder import CrossEncoderScorer
from indexer.encoders.sentence_transformer import SentenceTransformerEncoder
from indexer.explaining import contributions
from indexer.pair_scoring import SCORED, PairScorer
from indexer.ranking import Floats
from indexer.search import IndexParts, SearchEngine
from kb_app import bootstrap
from kb_app.config import Config
from kb_app.errors import ConfigError
from tests.indexer.conftest import PUBLIC, parts, publish

__all__ = ["parts"]
ASKED = "申请退款以后多久能到账"
TEXTS = ("忘记密码怎么办", "退款多久到账", "", "😀", "\ud800密", "长" * 5000)


class LastFirst:
    """Judges by a word of its own, and counts how often it is asked."""

    name = "last-first"

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def scores(self, question: str, texts: Sequence[str]) -> Floats:
        """See PairScorer."""
        self.asked.append((question, len(texts)))
        return np.array([float("宝" in text) for text in texts])


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CrossEncoder of a few kilobytes with random weights."""
    if os.environ.get("CI") != "true":
        pytest.importorskip("sentence_transformers")
    from tests.contracts.tiny_model import make_tiny_cross_encoder

    return make_tiny_cross_encoder(tmp_path_factory.mktemp("cross"))


@pytest.fixture(params=["cross-encoder", "fake"])
def scorer(request: pytest.FixtureRequest) -> PairScorer:
    """Each implementation."""
    if request.param == "fake":
        return LastFirst()
    return CrossEncoderScorer(str(request.getfixturevalue("tiny")))


def test_any_texts_give_one_share_each(scorer: PairScorer) -> None:
    """Empty, emoji, surrogates, far too long: never an error."""
    made = scorer.scores("密码\ud800", TEXTS)
    assert made.shape == (len(TEXTS),)
    assert made.dtype == np.float64
    assert ((made >= 0) & (made <= 1)).all()
    assert scorer.scores("密码", ()).shape == (0,)


def test_a_pair_scores_the_same_whatever_stands_beside_it(scorer: PairScorer) -> None:
    """Batches are for speed alone."""
    alone = scorer.scores("退款", [TEXTS[1]])[0]
    assert scorer.scores("退款", TEXTS)[1] == pytest.approx(alone, abs=1e-4)


def test_it_brings_the_right_one_up_and_the_explanation_still_sums(parts: IndexParts) -> None:
    """Only the first few are read; parts sum to the score within 1e-6."""
    judge = LastFirst()
    own = replace(parts, scorer=judge)
    ids = publish(own, *((f"申请退款多久到账{n}", "三天") for n in range(SCORED - 3)))
    (right,) = publish(own, ("申请退款多久到支付宝账", "三天"))
    wanted = SearchRequest(ASKED, PUBLIC, limit=10)
    engine = SearchEngine(own)
    engine.refresh()
    first = engine.search(wanted).hits
    assert first[0].ref_id == right
    for hit in first:
        assert sum(each.value for each in contributions(hit)) == pytest.approx(hit.score, abs=1e-6)
    assert judge.asked == [(ASKED, len(ids) + 1)]
    engine.search(replace(wanted, offset=2))
    assert len(judge.asked) == 1


def test_suggestions_while_typing_do_not_wait_for_it(parts: IndexParts) -> None:
    """K1: instant."""
    judge = LastFirst()
    own = replace(parts, scorer=judge)
    publish(own, ("退款多久到账", "三天"), ("忘记密码", "点找回"))
    engine = SearchEngine(own)
    engine.refresh()
    assert engine.suggest("退款", PUBLIC, 5)
    assert judge.asked == []


def test_a_real_one_is_configured_and_searched_with(
    tmp_path: Path, tiny: Path, parts: IndexParts
) -> None:
    """The setting, the model, a search."""
    config = Config(data_dir=tmp_path / "data", encoder="none", reranker=f"cross-encoder:{tiny}")
    ports = bootstrap.build(config)
    assert ports.engine.parts.scorer is not None
    bootstrap.close(ports)
    publish(parts, ("申请退款多久到账", "三天"), ("申请退款以后多久能取消", "点找回"))
    engine = SearchEngine(replace(parts, scorer=ports.engine.parts.scorer))
    engine.refresh()
    hits = engine.search(SearchRequest(ASKED, PUBLIC)).hits
    assert len(hits) == 2
    assert any(hit.close > 0 for hit in hits)


def test_a_setting_that_names_no_model_is_refused_at_start(tmp_path: Path) -> None:
    """O1: named, no traceback."""
    config = Config(data_dir=tmp_path, encoder="none", reranker="cross-encoder:/no/such/model")
    with pytest.raises(ConfigError) as refused:
        bootstrap.check(config)
    assert any("WENDA_RERANKER" in fault for fault in refused.value.faults)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lean install."""
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EncoderMissing, match=r"requirements\.txt"):
        CrossEncoderScorer("any")


def test_two_models_of_one_folder_name_never_share_vectors(
    tmp_path_factory: pytest.TempPathFactory, tiny: Path
) -> None:
    """K1: the name tells the weights; the same model has the same name at every start."""
    from tests.contracts.tiny_model import make_tiny_model

    one, other = (make_tiny_model(tmp_path_factory.mktemp(name)) for name in ("one", "other"))
    names = [SentenceTransformerEncoder(str(path)).name for path in (one, one, other)]
    assert names[0] == names[1] != names[2]
    bare = one.parent / "bert"
    assert len({SentenceTransformerEncoder(str(bare)).name for _ in range(2)}) == 1
