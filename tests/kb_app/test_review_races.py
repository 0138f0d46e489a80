"""Two at once, on SQLite and PostgreSQL: one row, nothing lost, no fault shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from threading import Barrier

import pytest
import sqlalchemy as sa

from kb_app import accounts, editing
from kb_app.accounts import Registration, adopt, register, sign_in
from kb_app.editing import ArticleInput, create
from kb_app.ports import Ports
from kb_app.usage import opened
from kb_app.voting import vote
from models import (
    Article,
    ArticleStats,
    Database,
    Role,
    Viewer,
    Vote,
    reading,
    unit_of_work,
    visitor,
)
from tests.factories import make_article, make_user

AT_ONCE = 8


@pytest.fixture
def shared(ports: Ports, any_database: Database) -> Ports:
    """The product on each kind of database."""
    return replace(ports, database=any_database)


@pytest.fixture
def article_id(shared: Ports) -> int:
    """An article nobody has opened yet."""
    with unit_of_work(shared.database) as session:
        return make_article(session, "忘记密码").id


@pytest.fixture
def writer(shared: Ports) -> Viewer:
    """A content manager."""
    with unit_of_work(shared.database) as session:
        return make_user(session, "林知夏", Role.CONTENT_MANAGER).as_viewer()


@pytest.fixture
def together() -> Iterator[Callable[[Callable[[int], object]], list[object]]]:
    """Runs something AT_ONCE times in the same moment; raises what any of them raised."""
    with ThreadPoolExecutor(AT_ONCE) as pool:

        def run(deed: Callable[[int], object]) -> list[object]:
            gate = Barrier(AT_ONCE)

            def start(place: int) -> object:
                gate.wait(10)
                return deed(place)

            return list(pool.map(start, range(AT_ONCE)))

        yield run


def stats(ports: Ports, article_id: int) -> ArticleStats:
    """The counters as they are stored."""
    with reading(ports.database) as session:
        return session.get_one(ArticleStats, article_id)


def test_it_counts_every_one_of_the_first_readers(
    shared: Ports, article_id: int, together: Callable[[Callable[[int], object]], list[object]]
) -> None:
    """K4 O1: the first counters of an article are made by several at once, and none is lost."""
    together(lambda place: opened(shared, visitor(f"v{place}"), article_id, None))
    assert stats(shared, article_id).views == AT_ONCE


def test_it_keeps_one_of_eight_first_votes_of_one_person(
    shared: Ports, article_id: int, together: Callable[[Callable[[int], object]], list[object]]
) -> None:
    """K3: one vote a person, however often the button was pressed before the answer came."""
    together(lambda _: vote(shared, visitor("same"), article_id, 1))
    with reading(shared.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Vote)) == 1
    assert stats(shared, article_id).helpful == 1


def test_it_gives_articles_of_one_title_made_at_once_an_address_each(
    shared: Ports, writer: Viewer, together: Callable[[Callable[[int], object]], list[object]]
) -> None:
    """K8: the same title in the same moment is no error for anybody."""
    ids = together(lambda _: create(shared, writer, ArticleInput("同一个标题", "正文")))
    assert len(set(ids)) == AT_ONCE


def test_it_finds_another_address_when_one_was_taken_after_the_look(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K8: the look and the insert are not one step; the constraint decides, quietly."""
    with unit_of_work(ports.database) as session:
        taken = make_article(session, "忘记密码").slug
        writer = make_user(session, "林知夏", Role.CONTENT_MANAGER).as_viewer()
    monkeypatch.setattr(editing, "unique_slug", lambda _session, _title: taken)
    article_id = create(ports, writer, ArticleInput("忘记密码", "正文", access="staff"))
    with reading(ports.database) as session:
        made = session.get_one(Article, article_id)
        assert made.slug.startswith(f"{taken}-")
        assert made.access_keys == {"staff"}


def test_it_makes_one_voice_of_a_visitor_and_their_account(ports: Ports) -> None:
    """K3: voting, signing in and voting again does not count twice; other votes come along."""
    signed = register(ports, Registration("小艾", "xiaoai@example.com", "correct horse"))
    me = accounts.viewer_for(ports, signed.user_id, signed.session_epoch, "before")
    before = visitor("before")
    with unit_of_work(ports.database) as session:
        twice, once = (make_article(session, title).id for title in ("两次", "一次"))
    vote(ports, me, twice, 1)
    vote(ports, before, twice, -1)
    vote(ports, before, once, 1)
    adopt(ports, signed.user_id, before.voter_key)
    adopt(ports, signed.user_id, before.voter_key)
    assert (stats(ports, twice).helpful, stats(ports, twice).unhelpful) == (1, 0)
    assert vote(ports, me, once, 1).helpful == 1


def test_it_hashes_passwords_while_others_may_write(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O1 O3: guessing passwords does not hold SQLite's one write lock for everybody."""
    register(ports, Registration("小艾", "xiaoai@example.com", "correct horse"))
    real, free = accounts._matches, []

    def looking_at_the_lock(stored: str, password: str) -> bool:
        with closing(sqlite3.connect(ports.config.data_dir / "wenda.db", timeout=0.1)) as other:
            other.execute("BEGIN IMMEDIATE")
            free.append(True)
        return real(stored, password)

    monkeypatch.setattr(accounts, "_matches", looking_at_the_lock)
    signed = sign_in(ports, "xiaoai@example.com", "correct horse")
    me = accounts.viewer_for(ports, signed.user_id, signed.session_epoch, "")
    accounts.change_password(ports, me, "correct horse", "battery staple")
    assert free == [True, True]
