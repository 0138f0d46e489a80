"""Questions everybody may read: public by their asker's choice, answered by a person, masked."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.redact import redact
from indexer.eligibility import has_gone_out, indexable_questions
from models import Message, MessageKind, Question, Ticket


def public_questions() -> sa.Select[Question]:
    """All of them."""
    return sa.select(Question).where(indexable_questions())


def public_text(question: Question) -> str:
    """What was asked, private data masked."""
    return redact(question.text).text


def public_answer(session: Session, question_id: int) -> str:
    """The last public reply from staff, private data masked; empty when there is none."""
    return public_answers(session, [question_id]).get(question_id, "")


def public_answers(session: Session, question_ids: Iterable[int]) -> dict[int, str]:
    """The same for many questions, by question, in one query."""
    last = (
        sa.select(sa.func.max(Message.id))
        .join(Ticket, Ticket.id == Message.ticket_id)
        .where(
            Ticket.question_id.in_(list(question_ids)),
            Message.from_staff.is_(True),
            Message.kind == MessageKind.REPLY,
            has_gone_out(),
        )
        .group_by(Message.ticket_id)
    )
    rows = session.execute(
        sa.select(Ticket.question_id, Message.body)
        .join(Ticket, Ticket.id == Message.ticket_id)
        .where(Message.id.in_(last))
    )
    return {int(row.question_id): redact(row.body).text for row in rows}
