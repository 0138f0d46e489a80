"""What a base of before, or a large one, needs to be judged well (Q3 K10)."""

from __future__ import annotations

from dataclasses import replace
from weakref import WeakSet

import pytest
import sqlalchemy as sa

from answerer import confidence
from indexer.encoding import encode_missing
from indexer.looking import TITLE
from indexer.search import SearchEngine
from kb_app import indexing
from kb_app.indexing import encode_some
from kb_app.learning.model import current_model, encoder_of, shipped_for
from kb_app.ports import Ports
from models import PassageTokens, reading, unit_of_work
from tests.factories import publish_articles
from tests.fakes import TokenEncoder

TWO = (("忘记密码怎么办", "点忘记密码。"), ("退款多久到账", "一到五天。"))


def test_the_worker_reads_titles_encoded_before(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Q3: otherwise every decision would read them."""
    publish_articles(ports, *TWO)
    monkeypatch.setattr(indexing, "_TITLES_READ", WeakSet())
    parts = replace(ports.engine.parts, encoder=TokenEncoder())
    own = replace(ports, engine=SearchEngine(parts))
    while encode_missing(parts):
        pass
    titles = PassageTokens.number == TITLE
    with unit_of_work(own.database) as session:
        session.execute(sa.delete(PassageTokens).where(titles))
    while encode_some(own):
        pass
    with reading(own.database) as session:
        assert session.scalar(sa.select(sa.func.count()).where(titles)) == len(TWO)


def test_a_large_base_is_judged_by_thresholds_of_its_own(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Q3: as many as can be found, whoever may."""
    usual = shipped_for(encoder_of(ports))
    publish_articles(ports, *TWO)
    assert current_model(ports).thresholds == usual.thresholds
    monkeypatch.setattr(confidence, "LARGE_BASE", len(TWO))
    assert current_model(ports).thresholds == usual.large_thresholds != usual.thresholds
