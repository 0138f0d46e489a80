"""Tickets that belong together: merged into one, split into two, or linked.

Only tickets of one customer are merged: a conversation never shows up in front of another.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import assigning, clocks
from kb_app.bridging_marks import CAME
from kb_app.desk_letters import MERGED_BODY, MERGED_HEADING, SPLIT_NOTE
from kb_app.errors import IllegalMove, InvalidInput
from kb_app.held_replies import is_held
from kb_app.letters import REPLY_SUBJECT
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.proven_mail import is_proven
from kb_app.ticket_log import add_message, findable, log
from kb_app.ticket_moves import locked, move, restand
from kb_app.typed_text import clean_line, required
from models import (
    JobKind,
    LinkKind,
    Message,
    MessageKind,
    Ticket,
    TicketLink,
    TicketStatus,
    TicketWatch,
    Viewer,
    drop_text,
    enqueue,
    insert_if_absent,
    put_text,
    reading,
    record,
    text_ref,
    unit_of_work,
)
from ticket_bridge.lifecycle import HIDDEN

FIRST_NUMBER = 1000
VISITOR_KEY = "v:"
# What no person here said stays so in another ticket: a rule's words, another system's.
MARKS = (":rule-", CAME)


@dataclass(frozen=True)
class SplitInput:
    """Which messages become a ticket of their own, and what it is about."""

    message_ids: tuple[int, ...]
    subject: str


def merge(ports: Ports, viewer: Viewer, number: str, into: str) -> str:
    """Put the conversation into the other ticket, in order of time; returns its number.

    The merged ticket closes and leads to the other one from then on; the customer is told.
    """
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        ticket, target = _both(session, number, into)
        if not _same_customer(session, ticket, target):
            raise InvalidInput("into", "other_customer")
        _move_messages(session, ticket, target)
        _take_along(session, ticket, target)
        log(session, ticket, viewer, "merged", ticket.number, target.number)
        log(session, target, viewer, "merged", ticket.number, target.number)
        if ticket.status is not TicketStatus.CLOSED:
            move(ports, session, ticket, viewer, TicketStatus.CLOSED)
        ticket.merged_into_id = target.id
        restand(session, target)
        ticket.updated_at = target.updated_at = ports.clock()
        _tell_customer(ports, session, ticket, target)
        record(session, viewer, "ticket.merged", f"ticket:{ticket.id}", into=target.number)
        return target.number


def _same_customer(session: Session, ticket: Ticket, target: Ticket) -> bool:
    """One address is one customer, except where it was only typed: it may be another's."""
    if ticket.requester_key == target.requester_key:
        return True
    email = ticket.requester_email
    account = target.requester_id
    unproven = target.requester_key.startswith(VISITOR_KEY) or (
        account is not None and not is_proven(session, account)
    )
    return bool(email) and email == target.requester_email and not unproven


def _both(session: Session, number: str, other: str) -> tuple[Ticket, Ticket]:
    wanted = clean_line(other).upper()
    if not wanted:
        raise InvalidInput("into", "empty")
    if wanted == number.upper():
        raise InvalidInput("into", "itself")
    # In one order whoever asks, so that two merges at once do not wait for each other.
    rows = {
        name: session.scalar(sa.select(Ticket).where(Ticket.number == name).with_for_update())
        for name in sorted((number, wanted))
    }
    ticket, target = locked(session, number), rows[wanted]
    if target is None:
        raise InvalidInput("into", "unknown")
    if target.merged_into_id is not None or target.status in HIDDEN:
        raise InvalidInput("into", "hidden")
    if ticket.merged_into_id is not None or ticket.status in HIDDEN:
        raise IllegalMove(f"{number} is merged or hidden")
    return ticket, target


def _move_messages(session: Session, ticket: Ticket, target: Ticket) -> None:
    heading = MERGED_HEADING.format(number=ticket.number, subject=ticket.subject, body=ticket.body)
    add_message(
        session,
        Message(
            ticket_id=target.id,
            author_id=ticket.requester_id,
            author_name=ticket.requester_name,
            kind=MessageKind.REPLY,
            body=heading,
            client_key=f"{target.id}:merged-{ticket.id}",
            created_at=ticket.created_at,
        ),
    )
    for message in list(ticket.messages):
        _rehome(session, message, ticket.id, target.id)
    session.flush()
    session.expire(ticket, ["messages"])


def _rehome(session: Session, message: Message, old_id: int, new_id: int) -> None:
    drop_text(session, text_ref(old_id, message.id), message.body)
    put_text(session, text_ref(new_id, message.id), message.body)
    marks = "".join(mark for mark in MARKS if mark in message.client_key)
    session.execute(
        sa.update(Message)
        .where(Message.id == message.id)
        .values(ticket_id=new_id, client_key=f"{new_id}:moved-{message.id}{marks}")
        .execution_options(synchronize_session=False)
    )


def _take_along(session: Session, ticket: Ticket, target: Ticket) -> None:
    watchers = session.scalars(
        sa.select(TicketWatch.user_id).where(
            TicketWatch.ticket_id == ticket.id, TicketWatch.follows
        )
    ).all()
    for user_id in watchers:
        insert_if_absent(
            session, TicketWatch, ticket_id=target.id, user_id=user_id, follows=True, starred=False
        )


def _tell_customer(ports: Ports, session: Session, ticket: Ticket, target: Ticket) -> None:
    body = MERGED_BODY.format(old=ticket.number, new=target.number, subject=ticket.subject)
    link = f"{ports.config.base_url}/tickets/{target.number}"
    if target.requester_email:
        enqueue(
            session,
            JobKind.SEND_MAIL,
            to=target.requester_email,
            subject=REPLY_SUBJECT.format(number=target.number),
            body=f"{body}\n\n{link}\n\n{ports.config.site_name}\n",
        )


def merged_into(ports: Ports, viewer: Viewer, number: str) -> str | None:
    """The number that an old number of mine leads to, through all merges; None when it stands."""
    with reading(ports.database) as session:
        current, seen = session.scalar(sa.select(Ticket).where(Ticket.number == number)), set()
        if current is None or current.requester_key != viewer.voter_key:
            return None
        while current is not None and current.merged_into_id and current.id not in seen:
            seen.add(current.id)
            current = session.get(Ticket, current.merged_into_id)
        return current.number if current is not None and seen else None


def split(ports: Ports, viewer: Viewer, number: str, form: SplitInput) -> str:
    """Make a linked ticket of some messages; returns its number. Nothing is said twice."""
    require(viewer, Permission.DESK)
    subject = required("subject", clean_line(form.subject), 200)
    if not form.message_ids:
        raise InvalidInput("messages", "empty")
    with unit_of_work(ports.database) as session:
        ticket = locked(session, number)
        if ticket.merged_into_id is not None or ticket.status in HIDDEN:
            raise IllegalMove(f"{number} is merged or hidden")
        chosen = [m for m in _gone_out(ports, ticket) if m.id in set(form.message_ids)]
        if len(chosen) != len(set(form.message_ids)):
            raise InvalidInput("messages", "unknown")
        made = _split_off(ports, session, ticket, subject, chosen)
        log(session, made, viewer, "created", "", made.status.value)
        note = SPLIT_NOTE.format(number=ticket.number)
        add_message(session, _note(made, viewer, note))
        for message in chosen[1:]:
            _rehome(session, message, ticket.id, made.id)
        drop_text(session, text_ref(ticket.id, chosen[0].id), chosen[0].body)
        session.delete(chosen[0])
        session.flush()
        session.expire(ticket, ["messages"])
        _link(session, ticket, made, LinkKind.SPLIT)
        log(session, ticket, viewer, "split", ticket.number, made.number)
        for each in (ticket, made):
            restand(session, each)
        clocks.begin(ports, session, made)
        assigning.place(ports, session, made)
        ticket.updated_at = ports.clock()
        return made.number


def _gone_out(ports: Ports, ticket: Ticket) -> list[Message]:
    """What everybody may read: the first one chosen becomes a text the customer sees."""
    now = ports.clock()
    return [m for m in ticket.messages if m.kind is MessageKind.REPLY and not is_held(m, now)]


def _split_off(
    ports: Ports, session: Session, ticket: Ticket, subject: str, chosen: list[Message]
) -> Ticket:
    """The new ticket; the first chosen message is what it begins with."""
    made = Ticket(
        number=f"split-{secrets.token_hex(5)}",
        subject=subject,
        body=chosen[0].body,
        created_at=ports.clock(),
        updated_at=ports.clock(),
        **{
            name: getattr(ticket, name)
            for name in (
                "requester_id",
                "requester_key",
                "requester_name",
                "requester_email",
                "category_id",
                "product_id",
                "node_id",
                "channel",
                "urgency",
                "impact",
                "priority",
            )
        },
    )
    session.add(made)
    session.flush()
    made.number = f"WD-{FIRST_NUMBER + made.id}"
    findable(session, made)
    return made


def _note(ticket: Ticket, viewer: Viewer, body: str) -> Message:
    return Message(
        ticket_id=ticket.id,
        author_id=viewer.user_id,
        author_name=viewer.name,
        from_staff=True,
        kind=MessageKind.NOTE,
        body=body,
        client_key=f"{ticket.id}:note-{secrets.token_hex(6)}",
    )


def link(ports: Ports, viewer: Viewer, number: str, other: str, kind: LinkKind) -> None:
    """Say that two tickets belong together; saying it twice changes nothing."""
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        ticket, target = _both(session, number, other)
        _link(session, ticket, target, kind)
        log(session, ticket, viewer, "linked", kind.value, target.number)
        log(session, target, viewer, "linked", kind.value, ticket.number)


def _link(session: Session, ticket: Ticket, target: Ticket, kind: LinkKind) -> None:
    insert_if_absent(session, TicketLink, from_id=ticket.id, to_id=target.id, kind=kind)
