"""Another encoder re-encodes beside the old vectors, then swaps (O2, K1)."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa

from indexer import replacing
from indexer.backend import SearchRequest
from indexer.encoder import Encoder, EncoderMissing, whole_name
from indexer.encoder_switch import EncoderSwitch, settled
from indexer.encoding import encode_missing
from indexer.search import IndexParts, SearchEngine
from indexer.sync import sync_articles
from models import (
    EncoderInUse,
    IndexEntry,
    LearnedChange,
    LearnedKind,
    LearnedState,
    PassageTokens,
    TokensToCome,
    VectorsToCome,
    reading,
    unit_of_work,
)
from tests.fakes import TokenEncoder, WordEncoder
from tests.indexer.conftest import PUBLIC, publish

OLD, NEW = "old", "new"
TEXTS = (("忘记密码怎么办", "点登录页的找回密码"), ("退款多久到账", "三个工作日内原路退回"))


class OtherEncoder(TokenEncoder):
    """Another model with fewer dimensions, and tokens."""

    name = "other"
    dimensions = 32


def _load(spec: str) -> Encoder:
    if spec == OLD:
        return WordEncoder()
    if spec == NEW:
        return OtherEncoder()
    raise EncoderMissing(f"no {spec}")


@pytest.fixture
def old(parts: IndexParts) -> IndexParts:
    """A base that is searched by the old encoder."""
    found = replace(parts, encoder=EncoderSwitch(WordEncoder(), OLD, _load))
    publish(found, *TEXTS)
    replacing.replace_some(found)
    return found


def _configured(parts: IndexParts, configured: str) -> IndexParts:
    """The same base after a restart with another setting."""
    return replace(parts, encoder=EncoderSwitch(WordEncoder(), OLD, _load, configured))


def _meaning(engine: SearchEngine, text: str) -> list[float]:
    engine.refresh()
    return [hit.title_cosine for hit in engine.search(SearchRequest(text, PUBLIC)).hits]


def _names(parts: IndexParts) -> set[str]:
    with reading(parts.database) as session:
        return set(session.scalars(sa.select(IndexEntry.encoder)))


def test_it_searches_by_the_old_vectors_until_the_last_new_one_is_made(old: IndexParts) -> None:
    """K1: no moment at which meaning is lost."""
    parts = _configured(old, NEW)
    engine = SearchEngine(parts)
    before = _meaning(engine, "忘记密码怎么办")
    for _ in TEXTS:
        assert replacing.replace_some(parts, limit=1)
        assert _names(parts) == {whole_name(WordEncoder())}
        assert _meaning(engine, "忘记密码怎么办") == before
    assert replacing.replace_some(parts, limit=1)  # the swap
    assert _names(parts) == {whole_name(OtherEncoder())}
    assert _meaning(engine, "忘记密码怎么办")[0] == pytest.approx(1.0, abs=1e-2)
    assert settled(parts.encoder).name == "other"
    with reading(parts.database) as session:
        assert session.get_one(EncoderInUse, 1).spec == NEW
        assert session.scalars(sa.select(VectorsToCome)).all() == []


def test_tokens_follow_their_vectors(old: IndexParts) -> None:
    """Those of the old encoder are gone with the swap; the new ones move in portions."""
    parts = _configured(old, NEW)
    while replacing.replace_some(parts):
        pass
    with reading(parts.database) as session:
        assert session.scalars(sa.select(TokensToCome)).all() == []
        kept = session.scalars(sa.select(PassageTokens)).all()
        assert {len(row.tokens) % 16 for row in kept} == {0}
        assert len(kept) >= len(TEXTS)


def test_another_process_goes_over_by_itself(old: IndexParts) -> None:
    """O1: only one process makes the vectors, all search by them."""
    here, there = _configured(old, NEW), _configured(old, NEW)
    engine = SearchEngine(there)
    assert _meaning(engine, "退款")
    while replacing.replace_some(here):
        pass
    for _ in range(100):
        engine.refresh()
        if settled(there.encoder).name == "other":
            break
        threading.Event().wait(0.02)
    engine.refresh()
    assert settled(there.encoder).name == "other"
    assert _meaning(engine, "忘记密码怎么办")[0] == pytest.approx(1.0, abs=1e-2)


def test_what_changes_meanwhile_is_searched_and_swapped_with_its_new_text(old: IndexParts) -> None:
    """K6: an edit in the middle is in both."""
    parts = _configured(old, NEW)
    replacing.replace_some(parts)
    [added] = publish(parts, ("门锁怎么换电池", "拧开后盖"))
    engine = SearchEngine(parts)
    engine.refresh()
    assert added in [hit.ref_id for hit in engine.search(SearchRequest("门锁电池", PUBLIC)).hits]
    while replacing.replace_some(parts):
        pass
    assert _names(parts) == {whole_name(OtherEncoder())}
    assert _meaning(engine, "门锁怎么换电池")[0] == pytest.approx(1.0, abs=1e-2)
    sync_articles(parts, [added])
    assert _names(parts) == {whole_name(OtherEncoder())}


def test_an_encoder_that_cannot_be_had_leaves_the_old_one_at_work(old: IndexParts) -> None:
    """Bad input: a mistyped path costs nothing but a message."""
    parts = _configured(old, "mistyped")
    with pytest.raises(EncoderMissing, match="mistyped"):
        replacing.replace_some(parts)
    assert replacing.replace_some(parts) is False  # too soon to try again
    assert _meaning(SearchEngine(parts), "忘记密码怎么办")[0] == pytest.approx(1.0, abs=1e-2)


def test_without_old_vectors_the_new_encoder_is_at_work_at_once(parts: IndexParts) -> None:
    """A first start, or one after `none`: words serve while vectors are made in place."""
    none = replace(parts, encoder=EncoderSwitch(OtherEncoder(), NEW, _load))
    replacing.put_in_use(replace(parts, encoder=EncoderSwitch(WordEncoder(), OLD, _load)), OLD,
                         WordEncoder())  # fmt: skip
    publish(replace(parts, encoder=OtherEncoder()), *TEXTS)
    assert replacing.replace_some(none) is False
    with reading(parts.database) as session:
        assert session.get_one(EncoderInUse, 1).name == "other"
    while encode_missing(none):
        pass
    assert _names(none) == {whole_name(OtherEncoder())}


def test_a_trained_encoder_is_wanted_while_the_configured_one_stays(old: IndexParts) -> None:
    """Q4: learned, in effect, and taken back; another setting by hand wins over it."""
    with unit_of_work(old.database) as session:
        session.add(
            LearnedChange(
                kind=LearnedKind.ENCODER,
                state=LearnedState.ACTIVE,
                after={"spec": NEW, "configured": OLD},
            )
        )
    parts = _configured(old, OLD)
    assert replacing.progress(parts).wanted == NEW
    while replacing.replace_some(parts):
        pass
    assert replacing.progress(parts).serving == NEW
    assert replacing.progress(_configured(old, "third")).wanted == "third"


def test_a_question_is_read_by_the_encoder_of_the_vectors_it_is_compared_with(
    old: IndexParts,
) -> None:
    """A swap between the look at the base and the reading of the question harms nobody."""
    engine = SearchEngine(old)
    engine.refresh()
    switch = old.encoder
    assert isinstance(switch, EncoderSwitch)
    switch.use(NEW, OtherEncoder())
    assert engine.search(SearchRequest("忘记密码怎么办", PUBLIC)).hits
