"""What belongs into the index: each rule in Python and, beside it, as SQL.

Articles: published and not deleted. Questions: made public, and settled by a person, so
that there is an answer to show. Who may read an article is another matter (access keys).
"""

from __future__ import annotations

import sqlalchemy as sa

from models import (
    Article,
    ArticleStatus,
    Message,
    MessageKind,
    Question,
    QuestionStatus,
    Ticket,
    TicketStatus,
    utcnow,
)

SETTLED = frozenset({TicketStatus.SOLVED, TicketStatus.CLOSED})
ASKED = frozenset({QuestionStatus.ESCALATED, QuestionStatus.DEFLECTED})


def is_indexable(article: Article) -> bool:
    """Whether an article is to be found at all."""
    return article.status is ArticleStatus.PUBLISHED and article.deleted_at is None


def indexable_articles() -> sa.ColumnElement[bool]:
    """`is_indexable` as SQL."""
    return sa.and_(Article.status == ArticleStatus.PUBLISHED, Article.deleted_at.is_(None))


def is_indexable_question(question: Question, ticket: Ticket | None) -> bool:
    """Whether a question is public and its ticket was solved with an answer from staff."""
    return (
        question.is_public
        and question.status in ASKED
        and ticket is not None
        and ticket.status in SETTLED
        and answer_of(ticket) is not None
    )


def answer_of(ticket: Ticket) -> Message | None:
    """The last public reply from staff that has gone out: the answer that solved it."""
    now = utcnow()
    answers = [
        message
        for message in ticket.messages
        if message.from_staff
        and message.kind is MessageKind.REPLY
        and message.body.strip()
        and (message.held_until is None or message.held_until <= now)
    ]
    return answers[-1] if answers else None


def has_gone_out() -> sa.ColumnElement[bool]:
    """Whether a message can no longer be taken back, as SQL."""
    return sa.or_(Message.held_until.is_(None), Message.held_until <= utcnow())


def indexable_questions() -> sa.ColumnElement[bool]:
    """`is_indexable_question` as SQL."""
    answered = sa.exists().where(
        Message.ticket_id == Ticket.id,
        Message.from_staff.is_(True),
        Message.kind == MessageKind.REPLY,
        sa.func.trim(Message.body, " \t\r\n") != "",
        has_gone_out(),
    )
    settled = sa.exists().where(
        Ticket.question_id == Question.id, Ticket.status.in_(sorted(SETTLED)), answered
    )
    return sa.and_(Question.is_public.is_(True), Question.status.in_(sorted(ASKED)), settled)
