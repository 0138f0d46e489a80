"""Questions of a period with what was offered and how they ended; the stuff of funnel and lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.insight.period import Period
from kb_app.trees import Tree
from models import STAFF_ROLES, Question, QuestionShown, QuestionStatus, Ticket, User

MOST = 60_000


class Offer(StrEnum):
    """What an asker was offered."""

    ANSWER = "answer"
    SUGGESTIONS = "suggestions"
    NOTHING = "nothing"


class Ending(StrEnum):
    """How it ended; silence is not taken for a solution."""

    SOLVED = "solved"
    TICKET = "ticket"
    SILENT = "silent"


OFFERS = (Offer.NOTHING, Offer.SUGGESTIONS, Offer.ANSWER)


@dataclass(frozen=True)
class Asked:
    """One question; `ticket` is the number of its ticket, if there is one."""

    id: int
    public_id: str
    text: str
    asker_key: str
    category_id: int | None
    offer: Offer
    ending: Ending
    confidence: float | None
    reason: str
    ticket: str
    created_at: datetime


def read_asked(
    session: Session, period: Period, tree: Tree, category_id: int | None
) -> list[Asked]:
    """The period's questions by customers and visitors, newest first, MOST at most."""
    query = _in_period(period)
    if category_id is not None:
        query = query.where(Question.category_id.in_(sorted(tree.below(category_id))))
    return [_asked(row) for row in session.execute(query)]


def _in_period(period: Period) -> sa.Select[*tuple[Any, ...]]:
    shown = sa.exists().where(QuestionShown.question_id == Question.id)
    answered = sa.exists().where(
        QuestionShown.question_id == Question.id, QuestionShown.as_answer.is_(True)
    )
    staff = sa.select(User.id).where(User.role.in_(sorted(STAFF_ROLES)))
    return (
        sa.select(
            Question.id,
            Question.public_id,
            Question.text,
            Question.asker_key,
            Question.category_id,
            Question.status,
            Question.confidence,
            Question.reason,
            Question.created_at,
            Ticket.number,
            sa.case((answered, 2), (shown, 1), else_=0).label("offered"),
        )
        .outerjoin(Ticket, Ticket.question_id == Question.id)
        .where(Question.created_at >= period.start, Question.created_at < period.end)
        .where(sa.or_(Question.asker_id.is_(None), Question.asker_id.not_in(staff)))
        .order_by(Question.created_at.desc(), Question.id.desc())
        .limit(MOST)
    )


def _asked(row: sa.Row[*tuple[Any, ...]]) -> Asked:
    return Asked(
        id=row.id,
        public_id=row.public_id,
        text=row.text,
        asker_key=row.asker_key,
        category_id=row.category_id,
        offer=OFFERS[row.offered],
        ending=_ending(row.status, row.number),
        confidence=row.confidence,
        reason=row.reason,
        ticket=row.number or "",
        created_at=row.created_at,
    )


def _ending(status: QuestionStatus, ticket: str | None) -> Ending:
    if ticket or status is QuestionStatus.ESCALATED:
        return Ending.TICKET
    return Ending.SOLVED if status is QuestionStatus.DEFLECTED else Ending.SILENT
