"""解决了 and 没解决 from a mail, without signing in: a signed link opens a page, buttons act."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from kb_app import questions
from kb_app.errors import LinkExpired
from kb_app.mail.opening import open_for, receipt
from kb_app.mail.writers import asker
from kb_app.ports import Ports
from kb_app.rendering import render
from kb_app.typed_text import optional
from models import (
    MailIn,
    Question,
    QuestionStatus,
    Ticket,
    Viewer,
    reading,
    unit_of_work,
)

LASTS = 30 * 24 * 3600
LONGEST_EXTRA = 5_000
SHOWN_CHARS = 1_000


@dataclass(frozen=True)
class MailedAnswer:
    """The page of a mailed answer; `number` once a person has it."""

    token: str
    question: str
    answers: tuple[str, ...]
    solved: bool
    number: str


def answer_links(ports: Ports, public_id: str) -> tuple[str, str]:
    """The addresses for 解决了 and 没解决."""
    base = f"{ports.config.base_url}/m/{_serializer(ports).dumps(public_id)}"
    return f"{base}?is=solved", f"{base}?is=unsolved"


def mailed_answer(ports: Ports, token: str) -> MailedAnswer:
    """What was asked and answered; LinkExpired."""
    with reading(ports.database) as session:
        question = _question(ports, session, token)
        number = session.scalar(sa.select(Ticket.number).where(Ticket.question_id == question.id))
        return MailedAnswer(
            token,
            question.text[:SHOWN_CHARS],
            tuple(render(reply.body).html for reply in question.replies),
            question.status is QuestionStatus.DEFLECTED,
            number or "",
        )


def solved(ports: Ports, token: str) -> None:
    """解决了; pressing twice is pressing once."""
    viewer, public_id = _asker(ports, token)
    questions.settle(ports, viewer, public_id)


def unsolved(ports: Ports, token: str, extra: str) -> str:
    """没解决: a person takes it; returns the ticket's number, the same when pressed twice."""
    said = optional("extra", extra, LONGEST_EXTRA)
    with unit_of_work(ports.database) as session:
        question = _question(ports, session, token)
        known = session.scalar(sa.select(Ticket.number).where(Ticket.question_id == question.id))
        if known is not None:
            return known
        viewer = asker(session, question)
        ticket = open_for(ports, session, viewer, question, "", None, said)
        first = session.scalar(
            sa.select(MailIn).where(MailIn.question_id == question.id).order_by(MailIn.id).limit(1)
        )
        if first is not None:
            receipt(ports, session, ticket, first, None)
        return ticket.number


def _asker(ports: Ports, token: str) -> tuple[Viewer, str]:
    with reading(ports.database) as session:
        question = _question(ports, session, token)
        return asker(session, question), question.public_id


def _question(ports: Ports, session: Session, token: str) -> Question:
    try:
        public_id = _serializer(ports).loads(token, max_age=LASTS)
    except BadData as error:
        raise LinkExpired("mail link") from error
    found = session.scalar(
        sa.select(Question).where(Question.public_id == str(public_id)).with_for_update()
    )
    if found is None:
        raise LinkExpired("mail link")
    return found


def _serializer(ports: Ports) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(ports.config.secret_key, salt="mail-answer")
