"""The resident copy of the index follows the database, whatever goes wrong on the way (K4 O1)."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from indexer.backend import SearchFilter
from indexer.catalogue import Catalogue
from indexer.circumstances import Circumstances
from indexer.document import DocKind
from indexer.encoding import count_missing, encode_missing
from indexer.extending import Entry, empty, extended
from indexer.narrowing import DocType, type_bits
from indexer.search import IndexParts
from indexer.sync import sync_articles
from models import (
    Article,
    ArticleStats,
    ArticleStatus,
    Attachment,
    IndexEntry,
    PassageTokens,
    reading,
    unit_of_work,
    utcnow,
)
from tests.indexer.conftest import PUBLIC, publish


def _edit(parts: IndexParts, number: int, **told: object) -> None:
    with unit_of_work(parts.database) as session:
        article = session.get_one(Article, number)
        for name, value in told.items():
            setattr(article, name, value)


def test_a_look_that_failed_half_way_loses_nothing(
    parts: IndexParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O1: the database went away between two queries of one look."""
    first, second = publish(parts, ("密码", "甲"), ("退款", "乙"))
    catalogue = Catalogue(parts.database, parts.encoder)
    before = catalogue.refresh()
    (third,) = publish(parts, ("门锁", "丙"))
    with unit_of_work(parts.database) as session:
        session.add(ArticleStats(article_id=second, helpful=90, changed_at=utcnow()))
    look = Circumstances._look_at_files

    def gone(*_: object) -> bool:
        raise OperationalError("select", {}, Exception("connection lost"))

    monkeypatch.setattr(Circumstances, "_look_at_files", gone)
    with pytest.raises(OperationalError):
        catalogue.refresh()
    assert catalogue.snapshot() is before
    monkeypatch.setattr(Circumstances, "_look_at_files", look)
    after = catalogue.refresh()
    rows = [after.row_of(f"a:{number}") for number in (first, second, third)]
    assert None not in rows
    assert after.prior[rows[1]] > after.prior[rows[0]]


def test_a_file_put_in_the_place_of_the_last_one_is_noticed(parts: IndexParts) -> None:
    """K2: SQLite gives its number out again, so number and count alone tell nothing."""
    one, other = publish(parts, ("密码", "甲"), ("退款", "乙"))

    def attach(number: int, name: str, minutes: int) -> None:
        with unit_of_work(parts.database) as session:
            session.execute(sa.delete(Attachment))
            session.add(
                Attachment(
                    article_id=number,
                    sha256="0" * 64,
                    filename=name,
                    media_type="application/pdf",
                    size=1,
                    created_at=utcnow() + timedelta(minutes=minutes),
                )
            )

    attach(one, "手册.pdf", 0)
    catalogue = Catalogue(parts.database, parts.encoder)
    catalogue.refresh()
    attach(other, "表.xlsx", 1)
    snapshot = catalogue.refresh()
    types = {n: int(snapshot.shelf.types[snapshot.row_of(f"a:{n}")]) for n in (one, other)}
    assert types == {
        one: type_bits([DocType.ARTICLE]),
        other: type_bits([DocType.ARTICLE, DocType.SHEET]),
    }


@pytest.mark.parametrize(
    ("away", "back"),
    [
        ({"body": "另一段话"}, {"body": "正文"}),
        ({"status": ArticleStatus.ARCHIVED}, {"status": ArticleStatus.PUBLISHED}),
    ],
)
def test_a_change_taken_back_while_vectors_are_made_leaves_the_right_vectors(
    parts: IndexParts, away: dict[str, object], back: dict[str, object]
) -> None:
    """K1: a vector is only kept for the text it was made from, and none is missing for ever."""
    ids = publish(parts, *((f"标题{n}", "正文") for n in range(9)))  # too many to encode at once
    _edit(parts, ids[0], **away)
    encode_missing(parts)
    _edit(parts, ids[0], **back)
    sync_articles(parts, ids)
    while encode_missing(parts):
        pass
    assert count_missing(parts) == 0
    with reading(parts.database) as session:
        stored = session.get_one(IndexEntry, f"a:{ids[0]}").body_vector
        orphans = session.scalars(sa.select(PassageTokens.doc_id)).all()
    made = parts.encoder.passages(["标题0 正文"]).astype("<f2")
    assert stored == made.tobytes()
    assert not orphans


def test_masks_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every person may have keys of their own; memory may not grow with them."""
    monkeypatch.setattr("indexer.snapshot.MASK_BYTES", 10)
    blank = np.zeros((0, 2), np.float16)
    entries = [Entry(n, frozenset({"public"}), (), (), blank, blank) for n in range(1, 6)]
    snapshot = extended(empty(np.zeros(2, np.float32)), entries)
    for n in range(40):
        wanted = SearchFilter(frozenset({f"user:{n}", "public"}), frozenset({DocKind.ARTICLE}))
        assert snapshot.mask(wanted).all()
    assert len(snapshot.store.passing) <= 3
    assert snapshot.mask(PUBLIC).all()
