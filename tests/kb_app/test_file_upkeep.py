"""Nothing in use is ever cleared away; what nobody names goes (K7)."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kb_app.errors import InvalidInput, NotFound
from kb_app.file_upkeep import clear_orphans, forget_removed, tidy_files
from kb_app.files import detach, files_of, open_file, stored_path
from kb_app.ports import Ports
from models import (
    Article,
    ArticleDraft,
    ArticleRevision,
    ArticleStatus,
    Attachment,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import People
from tests.factories import make_article
from tests.kb_app.test_files import PNG, on_disk, put

ALL = -60.0  # as if every file had been put away a minute from now


@pytest.fixture
def article_id(ports: Ports) -> int:
    """A public article."""
    with unit_of_work(ports.database) as session:
        return make_article(session, "怎么接线").id


def removed_long_ago(ports: Ports, people: People, article_id: int) -> Attachment:
    """A file that was taken away two months ago."""
    link = put(ports, people, article_id, PNG, "接线图.png")
    detach(ports, people.linzhixia, article_id, link.id)
    with unit_of_work(ports.database) as session:
        row = session.get_one(Attachment, link.id)
        row.removed_at = utcnow() - timedelta(days=60)
        return row


def test_it_takes_a_file_away_and_brings_it_back(
    ports: Ports, people: People, article_id: int
) -> None:
    """K7: readers no longer get it, writers of old versions do; sending it again brings it back."""
    link = put(ports, people, article_id, PNG, "a.png")
    detach(ports, people.linzhixia, article_id, link.id)
    with pytest.raises(NotFound):
        open_file(ports, people.passer_by, link.id)
    assert open_file(ports, people.linzhixia, link.id).inline
    with reading(ports.database) as session:
        assert files_of(session, article_id) == ()
    assert put(ports, people, article_id, PNG, "a.png").id == link.id
    assert open_file(ports, people.passer_by, link.id).inline


@pytest.mark.parametrize("where", ["article", "version", "draft", "young"])
def test_it_keeps_what_any_version_shows(
    ports: Ports, people: People, article_id: int, where: str
) -> None:
    """K7 K8: the article, one of its versions, another's, or an unsaved draft."""
    row = removed_long_ago(ports, people, article_id)
    text = f"见图 ![图](/files/{row.id}/接线图.png)"
    with unit_of_work(ports.database) as session:
        other = make_article(session, "别的", text if where == "article" else "")
        if where == "version":
            revision = ArticleRevision(
                article_id=other.id, number=1, title="旧", body=text, status=ArticleStatus.DRAFT
            )
            session.add(revision)
        if where == "draft":
            user_id = people.linzhixia.user_id
            session.add(ArticleDraft(user_id=user_id, key="new-1", fields={"body": text}))
        if where == "young":
            session.get_one(Attachment, row.id).removed_at = utcnow()
    assert forget_removed(ports) == 0
    assert clear_orphans(ports, ALL) == 0
    assert len(on_disk(ports)) == 1


def test_it_clears_what_nobody_names(ports: Ports, people: People, article_id: int) -> None:
    """K7: first the row, then the bytes; the same bytes of another article stay."""
    removed_long_ago(ports, people, article_id)
    assert forget_removed(ports) == 1
    with unit_of_work(ports.database) as session:
        other = make_article(session, "别的").id
    link = put(ports, people, other, PNG, "b.png")
    assert clear_orphans(ports, ALL) == 0
    with unit_of_work(ports.database) as session:
        session.execute(sa.delete(Article))
    assert clear_orphans(ports) == 0
    assert clear_orphans(ports, ALL) == 1
    assert on_disk(ports) == []
    with pytest.raises(NotFound):
        open_file(ports, people.linzhixia, link.id)


def test_it_puts_back_what_a_killed_clearing_left_aside(
    ports: Ports, people: People, article_id: int
) -> None:
    """K7: moved aside and then killed: a day later it is where it was."""
    link = put(ports, people, article_id, PNG, "a.png")
    path = open_file(ports, people.passer_by, link.id).path
    aside = ports.config.files_dir / f"going-{path.name}"
    path.rename(aside)
    tidy_files(ports)
    assert aside.exists()
    later = ports.config.files_dir / "upload-old"
    later.write_bytes(b"x")
    os.utime(later, (0, 0))
    aside.rename(path)
    tidy_files(ports)
    assert not later.exists()
    assert open_file(ports, people.passer_by, link.id).path.read_bytes() == PNG


def test_it_refuses_a_file_that_was_swept_away_meanwhile(
    ports: Ports, people: People, article_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K7: a row without bytes is never made; the sender is told to send once more."""
    from kb_app import files

    received = files.receive

    def swept(*arguments: object) -> object:
        stored = received(*arguments)  # type: ignore[arg-type]
        stored_path(ports, stored.sha256).unlink()
        return stored

    monkeypatch.setattr(files, "receive", swept)
    with pytest.raises(InvalidInput, match="again"):
        put(ports, people, article_id, PNG, "a.png")
    with reading(ports.database) as session:
        assert session.scalars(sa.select(Attachment.id)).all() == []
