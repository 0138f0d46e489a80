"""A chat ends – by its agent in one of three ways, by its customer, by silence – and is rated."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.chat import letters
from kb_app.chat.opening import checked_contact
from kb_app.chat.queue import SAFETY, give_out
from kb_app.chat.talk import Say, add_event, add_line, locked, own
from kb_app.chat.ticketing import make_ticket, transcript
from kb_app.errors import IllegalMove, InvalidInput, NotAllowed
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.ticket_log import log
from kb_app.typed_text import optional, required
from kb_app.usage import solved_with
from kb_app.webhooks.others import CHAT_ENDED, CHAT_RATED, chat_changed
from models import (
    Chat,
    ChatMessage,
    ChatOutcome,
    ChatSide,
    ChatState,
    JobKind,
    ServiceNode,
    Viewer,
    enqueue,
    put_chat_text,
    record,
    unit_of_work,
)
from ticket_bridge.chat.life import BY_AGENT, leaves_ticket, left_by_customer

LONGEST_REASON = 500
BEST = 5


@dataclass(frozen=True)
class Ending:
    """How an agent ends a chat; a refusal says why, `node_id` what it was about."""

    outcome: ChatOutcome
    reason: str = ""
    node_id: int | None = None


def end(ports: Ports, viewer: Viewer, public_id: str, ending: Ending) -> str:
    """By its agent (or a lead); returns the number of the ticket that keeps it."""
    require(viewer, Permission.DESK)
    if ending.outcome not in BY_AGENT:
        raise InvalidInput("outcome", "unknown")
    reason = optional("reason", ending.reason, LONGEST_REASON)
    if ending.outcome is ChatOutcome.REFUSED:
        reason = required("reason", ending.reason, LONGEST_REASON)
    with unit_of_work(ports.database) as session:
        chat = locked(session, public_id)
        _check_mine(viewer, chat)
        chat.agent_id = chat.agent_id or viewer.user_id
        if ending.node_id is not None:
            if session.get(ServiceNode, ending.node_id) is None:
                raise InvalidInput("node_id", "unknown")
            chat.node_id = ending.node_id
        number = close(ports, session, chat, viewer, Ending(ending.outcome, reason))
        record(session, viewer, "chat.ended", f"chat:{chat.id}", outcome=ending.outcome.value)
        chat_id = chat.id
    ports.pulse.beat([chat_id], desk=True)
    give_out(ports)
    return number


def _check_mine(viewer: Viewer, chat: Chat) -> None:
    if chat.state is ChatState.ENDED:
        raise IllegalMove("ended")
    if chat.agent_id not in {None, viewer.user_id} and not may(viewer, Permission.MANAGE_DESK):
        raise NotAllowed(chat.public_id)


def close(ports: Ports, session: Session, chat: Chat, actor: Viewer, ending: Ending) -> str:
    """End a locked chat, leaving a ticket where one is due; returns its number or nothing."""
    had_agent = chat.accepted_at is not None
    can_answer = bool(chat.contact or chat.customer_id)
    keep = leaves_ticket(
        ending.outcome, had_agent=had_agent, can_answer=can_answer, urgent=chat.why == SAFETY
    )
    event = "quiet" if ending.outcome is ChatOutcome.QUIET else "ended"
    add_event(ports, session, chat, event)
    chat.state, chat.outcome = ChatState.ENDED, ending.outcome
    chat.end_reason, chat.ended_at, chat.offered_to_id = ending.reason, ports.clock(), None
    session.flush()
    _findable(session, chat)
    if not keep or (chat.customer_seq == 0 and not had_agent):
        chat_changed(ports, session, chat, CHAT_ENDED)
        return ""
    ticket = make_ticket(ports, session, chat, actor, ending.outcome)
    if ending.reason:
        log(session, ticket, actor, "chat_reason", "", ending.reason)
    chat_changed(ports, session, chat, CHAT_ENDED)
    return ticket.number


def _findable(session: Session, chat: Chat) -> None:
    """What was said can be searched for from now on."""
    said = session.scalars(
        sa.select(ChatMessage.body).where(ChatMessage.chat_id == chat.id).order_by(ChatMessage.seq)
    )
    put_chat_text(session, chat.id, [chat.customer_name, chat.contact, *said])


def leave(ports: Ports, viewer: Viewer, public_id: str, solved: bool) -> None:
    """The customer closes the chat; 没解决 with an agent leaves an open ticket."""
    require(viewer, Permission.ASK)
    with unit_of_work(ports.database) as session:
        chat = own(session, viewer, public_id)
        if chat.state is ChatState.ENDED:
            return
        outcome = left_by_customer(chat.state, solved)
        close(ports, session, chat, viewer, Ending(outcome))
        chat_id = chat.id
    ports.pulse.beat([chat_id], desk=True)
    give_out(ports)


def leave_word(ports: Ports, viewer: Viewer, public_id: str, body: str, contact: str) -> str:
    """Nobody is there: the whole chat becomes a ticket; returns its number."""
    require(viewer, Permission.ASK)
    text = optional("body", body, LONGEST_REASON * 8)
    address = checked_contact(contact)
    with unit_of_work(ports.database) as session:
        chat = own(session, viewer, public_id)
        if chat.state is ChatState.ENDED:
            return chat.ticket.number if chat.ticket else ""
        chat.contact = address or chat.contact or viewer.email
        if not chat.contact:
            raise InvalidInput("contact", "empty")
        if not text and chat.customer_seq == 0:
            raise InvalidInput("body", "empty")
        if text:
            words = Say(chat.id, text, "left:word", author_name=chat.customer_name)
            add_line(ports, session, chat, words)
            session.flush()
        number = close(ports, session, chat, viewer, Ending(ChatOutcome.LEFT_WORD))
        add_event(ports, session, chat, "left_word", number=number)
        chat_id = chat.id
    ports.pulse.beat([chat_id], desk=True)
    return number


def rate(ports: Ports, viewer: Viewer, public_id: str, rating: int, comment: str) -> None:
    """Satisfaction, 1 to 5, once a chat has ended; its ticket has the same."""
    require(viewer, Permission.ASK)
    if not 1 <= rating <= BEST:
        raise InvalidInput("rating", "unknown")
    said = optional("comment", comment, 1_000)
    with unit_of_work(ports.database) as session:
        chat = own(session, viewer, public_id)
        if chat.state is not ChatState.ENDED:
            raise IllegalMove("rating an open chat")
        before = chat.rating
        chat.rating, chat.rating_comment = rating, said
        if chat.ticket is not None:
            log(session, chat.ticket, viewer, "rated", str(chat.ticket.rating or ""), str(rating))
            chat.ticket.rating, chat.ticket.rating_comment = rating, said
        if rating != before:
            chat_changed(ports, session, chat, CHAT_RATED)
        chat_id = chat.id
    ports.pulse.beat([chat_id], desk=True)


def judge(ports: Ports, viewer: Viewer, public_id: str, seq: int, useful: int) -> None:
    """👍 or 👎 on one of the robot's answers; the first 👍 credits its article."""
    require(viewer, Permission.ASK)
    if useful not in {1, -1}:
        raise InvalidInput("useful", "unknown")
    with unit_of_work(ports.database) as session:
        chat = own(session, viewer, public_id)
        row = session.scalar(
            sa.select(ChatMessage).where(ChatMessage.chat_id == chat.id, ChatMessage.seq == seq)
        )
        if row is None or row.side is not ChatSide.ROBOT or row.data.get("reply") != "answer":
            raise InvalidInput("useful", "unknown")
        credited = bool(row.data.get("credited"))
        if useful == 1 and not credited:
            _credit(ports, session, row)
        row.data = {**row.data, "useful": useful, "credited": credited or useful == 1}


def _credit(ports: Ports, session: Session, row: ChatMessage) -> None:
    shown = row.data.get("shown") or []
    if shown and shown[0][0] == "article":
        solved_with(session, int(shown[0][1]), ports.clock())


def mail_transcript(ports: Ports, viewer: Viewer, public_id: str, email: str) -> None:
    """Send what was said to an address the customer names."""
    require(viewer, Permission.ASK)
    address = checked_contact(email or viewer.email)
    if "@" not in address:
        raise InvalidInput("email", "email")
    with unit_of_work(ports.database) as session:
        chat = own(session, viewer, public_id)
        when = f"{chat.created_at:%Y-%m-%d}"
        enqueue(
            session,
            JobKind.SEND_MAIL,
            to=address,
            subject=letters.MAIL_SUBJECT.format(when=when),
            body=letters.MAIL_BODY.format(
                site=ports.config.site_name, transcript=transcript(ports, session, chat)
            ),
        )
