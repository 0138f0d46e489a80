"""Public questions somebody follows: they hear of every new answer, once."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.eligibility import has_gone_out, indexable_questions
from kb_app.errors import NotFound
from kb_app.letters import FOLLOWED_BODY, FOLLOWED_SUBJECT
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.proven_mail import is_proven
from kb_app.public_questions import public_text
from kb_app.question_texts import said
from models import (
    JobKind,
    Message,
    MessageKind,
    Question,
    QuestionFollow,
    Ticket,
    User,
    Viewer,
    enqueue,
    insert_if_absent,
    reading,
    unit_of_work,
)

SHOWN = 100
TITLE_CHARS = 40


@dataclass(frozen=True)
class FollowedRow:
    """A question I follow; it is out of sight when it is not public any more."""

    public_id: str
    text: str


def follow(ports: Ports, viewer: Viewer, public_id: str) -> bool:
    """Follow a public question, or stop; returns whether it is followed now."""
    require(viewer, Permission.ACCOUNT)
    with unit_of_work(ports.database) as session:
        question = session.scalar(
            sa.select(Question).where(Question.public_id == public_id, indexable_questions())
        )
        if question is None or viewer.user_id is None:
            raise NotFound(public_id)
        row = session.get(QuestionFollow, (question.id, viewer.user_id))
        if row is not None:
            session.delete(row)
            return False
        insert_if_absent(
            session,
            QuestionFollow,
            question_id=question.id,
            user_id=viewer.user_id,
            told_id=session.scalar(_last_answer(question.id)) or 0,
            created_at=ports.clock(),
        )
        return True


def _last_answer(question_id: int) -> sa.Select[int]:
    return (
        sa.select(sa.func.max(Message.id))
        .join(Ticket, Ticket.id == Message.ticket_id)
        .where(Ticket.question_id == question_id, Message.from_staff)
    )


def follows(session: Session, viewer: Viewer, question_id: int) -> bool:
    """Whether I follow it."""
    if viewer.user_id is None:
        return False
    return session.get(QuestionFollow, (question_id, viewer.user_id)) is not None


def followed(session: Session, viewer: Viewer) -> tuple[FollowedRow, ...]:
    """What I follow, the newest first."""
    if viewer.user_id is None:
        return ()
    rows = session.scalars(
        sa.select(Question)
        .join(QuestionFollow, QuestionFollow.question_id == Question.id)
        .where(QuestionFollow.user_id == viewer.user_id, indexable_questions())
        .order_by(QuestionFollow.created_at.desc())
        .limit(SHOWN)
    )
    return tuple(FollowedRow(each.public_id, said(public_text(each))[0]) for each in rows)


def tend(ports: Ports) -> int:
    """Tell followers of answers they have not heard of; returns how many mails. Each once."""
    query = (
        sa.select(QuestionFollow.question_id, QuestionFollow.user_id, sa.func.max(Message.id))
        .join(Ticket, Ticket.question_id == QuestionFollow.question_id)
        .join(Message, Message.ticket_id == Ticket.id)
        .where(
            Message.id > QuestionFollow.told_id,
            Message.from_staff,
            Message.kind == MessageKind.REPLY,
            Message.client_key.not_like("%:rule-%"),
            has_gone_out(),
        )
        .group_by(QuestionFollow.question_id, QuestionFollow.user_id)
    )
    with reading(ports.database) as session:
        rows = session.execute(query).all()
    return sum(_told(ports, row[0], row[1], row[2]) for row in rows)


def _told(ports: Ports, question_id: int, user_id: int, message_id: int) -> bool:
    with unit_of_work(ports.database) as session:
        row = session.get(QuestionFollow, (question_id, user_id), with_for_update=True)
        if row is None or row.told_id >= message_id:
            return False
        row.told_id = message_id
        user = session.get_one(User, user_id)
        question = session.scalar(
            sa.select(Question).where(Question.id == question_id, indexable_questions())
        )
        if question is None or not user.is_active or question.asker_id == user_id:
            return False
        if not is_proven(session, user_id):
            # Anybody can register with any address; it hears nothing before it said yes.
            return False
        text = said(public_text(question))[0]
        enqueue(
            session,
            JobKind.SEND_MAIL,
            to=user.email,
            subject=FOLLOWED_SUBJECT.format(title=text[:TITLE_CHARS]),
            body=FOLLOWED_BODY.format(
                name=user.name,
                question=text,
                link=f"{ports.config.base_url}/questions/{question.public_id}",
                stop=f"{ports.config.base_url}/my",
                site=ports.config.site_name,
            ),
        )
        return True
