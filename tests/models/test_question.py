"""What the tables of asking refuse by themselves, and what dies with what (Q2, T1)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from models import (
    Article,
    ArticleStats,
    Database,
    Message,
    MessageKind,
    Question,
    QuestionShown,
    Reply,
    ShownKind,
    Ticket,
    Vote,
    reading,
    unit_of_work,
)
from tests.factories import make_article
from tests.factories_tickets import make_ticket


def _question(key: str = "k") -> Question:
    return Question(public_id=f"p-{key}", text="门锁", asker_key="v:a", submission_key=key)


def test_it_refuses_a_second_question_of_one_sending(database: Database) -> None:
    """Q2: pressing twice cannot make two, whatever the code does."""
    with pytest.raises(IntegrityError), unit_of_work(database) as session:
        session.add_all([_question(), Question(**{**_columns(), "public_id": "other"})])


def _columns() -> dict[str, str]:
    return {"public_id": "p-k", "text": "门锁", "asker_key": "v:a", "submission_key": "k"}


def _two_tickets(session: Session) -> None:
    question = _question()
    session.add(question)
    session.flush()
    for _ in range(2):
        make_ticket(session).question_id = question.id
        session.flush()


def test_it_refuses_two_tickets_of_one_question(database: Database) -> None:
    """Q2: one question becomes at most one ticket."""
    with pytest.raises(IntegrityError), unit_of_work(database) as session:
        _two_tickets(session)


def test_it_refuses_the_same_message_twice(database: Database) -> None:
    """T1 C9: a sending that was repeated is kept once."""
    with unit_of_work(database) as session:
        ticket_id = make_ticket(session).id
    said = {"ticket_id": ticket_id, "kind": MessageKind.REPLY, "body": "好", "client_key": "1:a"}
    with pytest.raises(IntegrityError), unit_of_work(database) as session:
        session.add_all([Message(**said), Message(**said)])


@pytest.mark.parametrize("rating", [0, 6, -1])
def test_it_refuses_a_rating_off_the_scale(database: Database, rating: int) -> None:
    """T1: satisfaction is 1 to 5 by the database's own rule."""
    with pytest.raises(IntegrityError), unit_of_work(database) as session:
        make_ticket(session).rating = rating


@pytest.mark.parametrize("value", [0, 2, -2])
def test_it_refuses_a_vote_that_is_neither_for_nor_against(database: Database, value: int) -> None:
    """K3: nobody's vote weighs double."""
    with unit_of_work(database) as session:
        article_id = make_article(session, "文章").id
    with pytest.raises(IntegrityError), unit_of_work(database) as session:
        session.add(Vote(article_id=article_id, voter_key="u:1", value=value))


def test_it_refuses_a_state_that_does_not_exist(database: Database) -> None:
    """T1: a ticket is in one of five states."""
    with pytest.raises(StatementError), unit_of_work(database) as session:
        make_ticket(session).status = "lost"  # type: ignore[assignment]  # on purpose


def test_it_forgets_votes_and_counters_with_their_article(database: Database) -> None:
    """K3: nothing points at an article that is gone."""
    with unit_of_work(database) as session:
        article = make_article(session, "文章")
        session.add(Vote(article_id=article.id, voter_key="u:1", value=1))
        session.add(ArticleStats(article_id=article.id, helpful=1))
    with unit_of_work(database) as session:
        session.execute(sa.delete(Article))
    with reading(database) as session:
        assert session.scalars(sa.select(Vote)).all() == []
        assert session.scalars(sa.select(ArticleStats)).all() == []


def test_it_keeps_an_answer_when_its_article_is_gone(database: Database) -> None:
    """Q7: what a customer was told stays, the link to the source goes."""
    with unit_of_work(database) as session:
        article = make_article(session, "文章")
        question = _question()
        question.replies = [Reply(article_id=article.id, body="这样做", confidence=0.9)]
        question.shown = [
            QuestionShown(kind=ShownKind.ARTICLE, target_id=article.id, position=1, score=1.0)
        ]
        session.add(question)
    with unit_of_work(database) as session:
        session.execute(sa.delete(Article))
    with reading(database) as session:
        reply = session.scalars(sa.select(Reply)).one()
        assert (reply.article_id, reply.body) == (None, "这样做")


def test_it_keeps_a_ticket_when_its_question_is_gone(database: Database) -> None:
    """T1: a customer's erased question does not take the agents' work with it."""
    with unit_of_work(database) as session:
        question = _question()
        session.add(question)
        session.flush()
        make_ticket(session).question_id = question.id
    with unit_of_work(database) as session:
        session.execute(sa.delete(Question))
    with reading(database) as session:
        assert session.scalars(sa.select(Ticket)).one().question_id is None
