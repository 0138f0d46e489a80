"""What every sentence encoder must do (K1): bundled, none, sentence-transformers, the fake."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from indexer.closeness import closeness
from indexer.encoder import Encoder, EncoderMissing
from indexer.encoders.bundled import BundledEncoder
from indexer.encoders.none import NoEncoder
from indexer.encoders.sentence_transformer import SentenceTransformerEncoder
from tests.fakes import TokenEncoder, WordEncoder

TEXTS = ("忘记密码怎么办", "密碼忘了", "退款多久到账", "", "😀", "\ud800密", "长" * 5000, "a\x00b")


@cache
def bundled() -> BundledEncoder:
    """Loaded once for all tests."""
    return BundledEncoder(threads=2)


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers model of a few kilobytes, made here, with random weights."""
    if os.environ.get("CI") != "true":
        pytest.importorskip("sentence_transformers")
    from tests.contracts.tiny_model import make_tiny_model

    return make_tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(params=["bundled", "none", "words", "tokens", "sentence-transformers"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    """Each implementation."""
    if request.param == "bundled":
        return bundled()
    if request.param == "none":
        return NoEncoder()
    if request.param == "words":
        return WordEncoder()
    if request.param == "tokens":
        return TokenEncoder()
    return SentenceTransformerEncoder(str(request.getfixturevalue("tiny_model")))


def test_any_texts_give_one_unit_vector_each(encoder: Encoder) -> None:
    """Empty, emoji, surrogates, far too long: never an error."""
    for vectors in (encoder.queries(TEXTS), encoder.passages(TEXTS)):
        assert vectors.shape == (len(TEXTS), encoder.dimensions)
        assert vectors.dtype == np.float32
        if encoder.dimensions:
            assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-3)


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    """An empty batch."""
    assert encoder.queries([]).shape == (0, encoder.dimensions)
    assert encoder.passages([]).shape == (0, encoder.dimensions)


def test_a_text_has_one_vector_whatever_stands_beside_it(encoder: Encoder) -> None:
    """Batches are for speed alone."""
    alone = encoder.queries(["退款多久到账"])[0]
    beside = encoder.queries(TEXTS)[2]
    assert np.allclose(alone, beside, atol=0.03)


def test_reading_gives_the_same_vectors_and_the_tokens_of_each_text(encoder: Encoder) -> None:
    """The second look: one int8 row a token, as long as the encoder says, or none at all."""
    for read, plain in (
        (encoder.read_queries(TEXTS), encoder.queries(TEXTS)),
        (encoder.read_passages(TEXTS), encoder.passages(TEXTS)),
    ):
        assert np.allclose(read.vectors, plain, atol=1e-3)
        assert len(read.tokens) == (len(TEXTS) if encoder.token_dimensions else 0)
        for tokens in read.tokens:
            assert tokens.dtype == np.int8
            assert tokens.ndim == tokens.shape[1] // encoder.token_dimensions + 1 == 2
    assert encoder.read_queries([]).tokens == encoder.read_passages([]).tokens == ()


def test_a_text_has_the_same_tokens_whatever_stands_beside_it(encoder: Encoder) -> None:
    """Passages are encoded in batches, questions alone; an encoder may have no tokens at all."""
    if not encoder.token_dimensions:
        assert encoder.read_queries(TEXTS).tokens == ()
        return
    for read in (encoder.read_queries, encoder.read_passages):
        alone, beside = read([TEXTS[2]]).tokens[0], read(TEXTS).tokens[2]
        assert len(alone) == len(beside) > 0
        assert closeness(alone, [beside])[0].weak > 0.97


def test_it_has_a_name_that_fits_the_column(encoder: Encoder) -> None:
    """models.IndexEntry.encoder."""
    assert 0 < len(encoder.name) <= 80


def test_threads_may_share_it(encoder: Encoder) -> None:
    """One encoder a process."""
    alone = encoder.queries([TEXTS[0]])
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(encoder.queries, [[TEXTS[0]]] * 8):
            assert np.allclose(vectors, alone, atol=1e-3)


def test_the_bundled_encoder_knows_what_sounds_different_but_means_the_same() -> None:
    """K1: customers' words."""
    asked, same, other = bundled().queries(["钱啥时候退回来", "退款多久到账", "门锁怎么换电池"])
    assert asked @ same > asked @ other + 0.1


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    """O1: a clear error at start, no traceback."""
    with pytest.raises(EncoderMissing, match=r"sentence-transformers|cannot load"):
        SentenceTransformerEncoder(str(tmp_path / "no-such-model"))


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lean install."""
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EncoderMissing, match=r"requirements\.txt"):
        SentenceTransformerEncoder("any")


def test_a_broken_bundled_model_is_named(tmp_path: Path) -> None:
    """A half copied installation."""
    with pytest.raises(EncoderMissing, match="bundled"):
        BundledEncoder(tmp_path)
