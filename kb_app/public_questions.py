"""Questions everybody may read: public by their asker's choice, answered by a person, masked."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.redact import redact
from indexer.eligibility import indexable_questions
from models import Message, MessageKind, Question, Ticket


def public_questions() -> sa.Select[Question]:
    """All of them."""
    return sa.select(Question).where(indexable_questions())


def public_text(question: Question) -> str:
    """What was asked, private data masked."""
    return redact(question.text).text


def public_answer(session: Session, question_id: int) -> str:
    """The last public reply from staff, private data masked; empty when there is none."""
    body = session.scalar(
        sa.select(Message.body)
        .join(Ticket, Ticket.id == Message.ticket_id)
        .where(
            Ticket.question_id == question_id,
            Message.from_staff.is_(True),
            Message.kind == MessageKind.REPLY,
        )
        .order_by(Message.id.desc())
        .limit(1)
    )
    return redact(body or "").text
