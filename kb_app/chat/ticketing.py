"""What remains of a chat: a ticket with what was said, in the state its ending asks for."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import clocks
from kb_app.chat import letters
from kb_app.chat.talk import customer_of
from kb_app.ports import Ports
from kb_app.ticket_moves import assign, move, put_away
from kb_app.ticket_opening import Added, open_ticket
from models import (
    Chat,
    ChatKind,
    ChatMessage,
    ChatOutcome,
    ChatSide,
    Question,
    QuestionForm,
    QuestionStatus,
    Ticket,
    TicketStatus,
    User,
    Viewer,
    record,
)

LONGEST_TRANSCRIPT = 15_000
LONGEST_QUESTION = 1_000
ANSWER_LATER = frozenset({ChatOutcome.CONTINUED, ChatOutcome.LEFT_WORD, ChatOutcome.ABANDONED})


def make_ticket(
    ports: Ports, session: Session, chat: Chat, actor: Viewer, outcome: ChatOutcome
) -> Ticket:
    """The chat's ticket; asked again, the one it has."""
    if chat.ticket is not None:
        return chat.ticket
    customer = customer_of(session, chat)
    question = _question(session, chat)
    email = chat.contact if "@" in chat.contact else ""
    phone = "" if "@" in chat.contact else chat.contact
    extra = f"{phone}\n\n{transcript(ports, session, chat)}".strip()
    added = Added(extra, email, channel="chat", quiet=outcome not in ANSWER_LATER)
    ticket = open_ticket(ports, session, customer, question, added)
    ticket.requester_name = ticket.requester_name or chat.customer_name
    chat.ticket_id, chat.ticket = ticket.id, ticket
    _move_on(ports, session, chat, actor, outcome)
    record(session, actor, "chat.ticket", f"ticket:{ticket.id}", outcome=outcome.value)
    return ticket


def _move_on(
    ports: Ports, session: Session, chat: Chat, actor: Viewer, outcome: ChatOutcome
) -> None:
    ticket = chat.ticket
    if ticket is None:
        return
    agent = session.get(User, chat.agent_id) if chat.agent_id else None
    if agent is not None and ticket.assignee_id != agent.id:
        assign(session, ticket, agent.as_viewer())
    if outcome is ChatOutcome.REFUSED:
        put_away(ports, session, ticket, actor, TicketStatus.DELETED)
        return
    if agent is None:
        return
    move(ports, session, ticket, actor, TicketStatus.OPEN)
    clocks.responded(ports, session, ticket)
    ticket.first_reply_at = ticket.first_reply_at or chat.accepted_at
    if outcome not in ANSWER_LATER:
        move(ports, session, ticket, actor, TicketStatus.SOLVED)


def _question(session: Session, chat: Chat) -> Question:
    """What the customer asked, in their own words."""
    said = session.scalars(
        sa.select(ChatMessage.body)
        .where(
            ChatMessage.chat_id == chat.id,
            ChatMessage.side == ChatSide.CUSTOMER,
            ChatMessage.kind == ChatKind.TEXT,
        )
        .order_by(ChatMessage.seq)
    )
    text = "\n".join(said)[:LONGEST_QUESTION].strip() or chat.topic or letters.NO_WORDS
    question = Question(
        public_id=f"chat-{chat.public_id}"[:32],
        text=text,
        asker_id=chat.customer_id,
        asker_key=chat.customer_key,
        status=QuestionStatus.UNANSWERED,
        reason=chat.why,
        submission_key=f"chat-{chat.public_id}",
    )
    session.add(question)
    session.flush()
    if chat.node_id is not None:
        session.add(QuestionForm(question_id=question.id, node_id=chat.node_id, answers={}))
        session.flush()
    return question


def transcript(ports: Ports, session: Session, chat: Chat) -> str:
    """What both sides said, a line each, the last LONGEST_TRANSCRIPT characters of it."""
    rows = session.scalars(
        sa.select(ChatMessage)
        .where(ChatMessage.chat_id == chat.id, ChatMessage.kind != ChatKind.WHISPER)
        .order_by(ChatMessage.seq)
    )
    zone = ZoneInfo(ports.config.timezone)
    lines = [_line(row, zone) for row in rows if row.kind is not ChatKind.EVENT]
    text = "\n\n".join(lines)
    if len(text) > LONGEST_TRANSCRIPT:
        text = f"{letters.TRANSCRIPT_CUT}\n\n{text[-LONGEST_TRANSCRIPT:]}"
    return f"{letters.TRANSCRIPT_HEAD.format(when=_when(chat.created_at, zone))}\n\n{text}"


def _line(row: ChatMessage, zone: ZoneInfo) -> str:
    text = row.body
    if row.kind is ChatKind.FILE:
        text = letters.FILE_LINE.format(filename=row.data.get("filename", ""))
    name = row.author_name or _side_name(row.side)
    at = f"{row.created_at.astimezone(zone):%H:%M}"
    return letters.TRANSCRIPT_LINE.format(at=at, name=name, text=text)


def _side_name(side: ChatSide) -> str:
    if side is ChatSide.SYSTEM:
        return letters.SYSTEM_NAME
    return letters.CUSTOMER if side is ChatSide.CUSTOMER else letters.STAFF_NAME


def _when(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
