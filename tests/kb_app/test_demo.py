"""The demo fills an empty base once, and touches nothing else (O1)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from kb_app.accounts import change_password, sign_in
from kb_app.articles import home
from kb_app.demo import DEMO_PASSWORD, load, loading, logins
from kb_app.demo.loading import article_lines
from kb_app.desk_queue import queue
from kb_app.ports import Ports
from kb_app.ticket_rows import ALL, QueueFilter
from models import (
    Article,
    ArticleStats,
    Base,
    Job,
    Message,
    Role,
    Ticket,
    TicketStatus,
    User,
    Vote,
    reading,
    unit_of_work,
    visitor,
)
from tests.factories import make_article


def counts(ports: Ports) -> dict[str, int]:
    """Rows in every table."""
    with reading(ports.database) as session:
        return {
            table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


@pytest.mark.slow
def test_it_fills_an_empty_base_and_repeats_without_harm(ports: Ports) -> None:
    """O1: people, trees, articles, votes and tickets in every state; twice is once."""
    loaded = load(ports)
    first = counts(ports)
    assert loaded == first["article"] == len(list(article_lines()))
    assert load(ports) == loaded
    assert counts(ports) == first
    page = home(ports, visitor("v"))
    assert page.article_count == loaded
    assert page.hottest
    assert page.popular_queries
    with reading(ports.database) as session:
        assert set(session.scalars(sa.select(Ticket.status))) == set(TicketStatus)
        assert set(session.scalars(sa.select(User.role))) >= {Role.CUSTOMER, Role.AGENT}
        votes = session.execute(
            sa.select(
                Vote.article_id, sa.func.sum(sa.case((Vote.value == 1, 1), else_=0))
            ).group_by(Vote.article_id)
        )
        helpful = dict(
            session.execute(sa.select(ArticleStats.article_id, ArticleStats.helpful)).all()
        )
        assert all(helpful[article_id] == count for article_id, count in votes)
        agent = session.scalars(sa.select(User).where(User.role == Role.AGENT)).first()
        assert agent is not None
        viewer = agent.as_viewer()
        assert session.scalars(sa.select(Message.body)).first()
    put_away = 2
    assert queue(ports, viewer, QueueFilter(ALL)).total == first["ticket"] - put_away
    signed = sign_in(ports, viewer.email, DEMO_PASSWORD)
    assert viewer.email in {login.email for login in logins(ports)}
    change_password(ports, viewer, DEMO_PASSWORD, "not the demo's any more")
    assert viewer.email not in {login.email for login in logins(ports)}
    assert signed.user_id == viewer.user_id


@pytest.mark.slow
def test_it_finishes_a_loading_that_was_cut_off(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O1: killed half way, the next start completes it."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(loading, "add_tickets", die)
    with pytest.raises(KeyboardInterrupt):
        load(ports)
    monkeypatch.undo()
    assert counts(ports)["ticket"] == 0
    load(ports)
    assert counts(ports)["ticket"] > 0
    assert counts(ports)["article"] == len(list(article_lines()))


def test_it_leaves_a_base_with_content_alone(ports: Ports) -> None:
    """O1: a real site never wakes up with invented customers."""
    with unit_of_work(ports.database) as session:
        make_article(session, "我们自己的文章")
    load(ports)
    found = counts(ports)
    assert (found["article"], found["user_account"], found["ticket"]) == (1, 0, 0)
    with reading(ports.database) as session:
        assert session.scalars(sa.select(Article.title)).all() == ["我们自己的文章"]
        assert len(session.scalars(sa.select(Job)).all()) == 1
