"""Everything known about a mail when it is decided what becomes of it: thread, writer, rule.

A mail belongs to a ticket by a signed address or by Message-IDs, never by its subject.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.mail.queueing import site_mark
from kb_app.mail.writers import is_requester, works_here, writer
from kb_app.ports import Ports
from models import (
    MailIn,
    MailOut,
    MailRule,
    Question,
    Ticket,
    TicketCopy,
    User,
    Viewer,
)
from ticket_bridge.lifecycle import HIDDEN
from ticket_bridge.mail import deciding, tags
from ticket_bridge.mail.deciding import Standing
from ticket_bridge.mail.parsed import ReadMail


@dataclass(frozen=True)
class Arrival:
    """A mail and what it belongs to; `staff` is set when its writer works here."""

    row: MailIn
    mail: ReadMail
    writer: Viewer
    ticket: Ticket | None
    question: Question | None
    standing: Standing
    staff: User | None
    rule: MailRule | None


@dataclass(frozen=True)
class _Thread:
    ticket_id: int | None = None
    question_id: int | None = None
    proven: bool = False


def arrival(ports: Ports, session: Session, row: MailIn, mail: ReadMail) -> Arrival:
    """Look it all up, in the caller's transaction."""
    email = mail.sender.email
    thread = _thread(ports, session, mail)
    ticket = _living(session, thread.ticket_id)
    question = session.get(Question, thread.question_id) if thread.question_id else None
    staff = works_here(session, email)
    return Arrival(
        row,
        mail,
        writer(session, email, mail.sender.name),
        ticket,
        question if ticket is None else None,
        _standing(session, email, ticket, question, staff if thread.proven else None),
        staff,
        rule_for(session, row, mail),
    )


def own_mail(ports: Ports, mail: ReadMail, own: frozenset[str]) -> bool:
    """Whether this site sent it: by its mark, its id, or its address."""
    marked = mail.origin.mark == site_mark(ports)
    ours = bool(tags.key_of(ports.config.secret_key, mail.message_id))
    return marked or ours or tags.untagged(mail.sender.email) in own


def _thread(ports: Ports, session: Session, mail: ReadMail) -> _Thread:
    secret = ports.config.secret_key
    ticket_id = tags.ticket_of(secret, [address.email for address in mail.to])
    genuine = [identity for identity in mail.answers if tags.key_of(secret, identity)]
    sent = list(session.scalars(sa.select(MailOut).where(MailOut.message_id.in_(genuine))))
    # A staff mail was sent to one person alone: who answers it from that address is that person.
    proven = any(out.kind == "staff" and out.to_email == mail.sender.email for out in sent)
    sent.sort(key=lambda out: genuine.index(out.message_id))
    for out in sent:
        ticket_id = ticket_id or out.ticket_id
    question_id = next((out.question_id for out in sent if out.question_id), None)
    if ticket_id is None:
        came = session.execute(
            sa.select(MailIn.ticket_id, MailIn.question_id)
            .where(
                MailIn.message_id.in_(mail.answers),
                MailIn.sender == mail.sender.email,
                sa.or_(MailIn.ticket_id.is_not(None), MailIn.question_id.is_not(None)),
            )
            .limit(1)
        ).first()
        if came is not None:
            ticket_id, question_id = came[0], question_id or came[1]
    if ticket_id is None and question_id is not None:
        ticket_id = session.scalar(sa.select(Ticket.id).where(Ticket.question_id == question_id))
    return _Thread(ticket_id, question_id, proven)


def _living(session: Session, ticket_id: int | None) -> Ticket | None:
    """The ticket, or the one it was joined with; None when it is put away."""
    seen: set[int] = set()
    while ticket_id is not None and ticket_id not in seen:
        seen.add(ticket_id)
        ticket = session.get(Ticket, ticket_id, with_for_update=True)
        if ticket is None or ticket.status in HIDDEN:
            return None
        if ticket.merged_into_id is None:
            return ticket
        ticket_id = ticket.merged_into_id
    return None


def _standing(
    session: Session,
    email: str,
    ticket: Ticket | None,
    question: Question | None,
    staff: User | None,
) -> Standing:
    if ticket is not None:
        if staff is not None:
            return Standing.STAFF
        copies = sa.select(TicketCopy.email).where(
            TicketCopy.ticket_id == ticket.id, sa.func.lower(TicketCopy.email) == email
        )
        if is_requester(session, ticket, email) or session.scalar(copies) is not None:
            return Standing.REQUESTER
        return Standing.OUTSIDER
    if question is not None and question.contact_email.lower() == email:
        return Standing.REQUESTER
    return Standing.NONE


def rule_for(session: Session, row: MailIn, mail: ReadMail) -> MailRule | None:
    """The first of the site's rules that fits."""
    rows = session.scalars(sa.select(MailRule).order_by(MailRule.position, MailRule.id)).all()
    rules = [
        deciding.Rule(each.id, each.place, tuple(each.words.split("\n")), each.mailbox_id)
        for each in rows
    ]
    found = deciding.fitting(rules, mail, row.mailbox_id)
    return next((each for each in rows if found and each.id == found.rule_id), None)
