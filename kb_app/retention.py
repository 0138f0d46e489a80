"""After thirty days what was put away is gone: words and names; number and history remain.

The history cannot be altered (the database refuses it), so it holds no words of customers.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.desk_letters import GIVEN_TEXT
from kb_app.mail.raw import store
from kb_app.ports import Ports
from kb_app.ticket_log import SYSTEM, log, own_text
from models import (
    BulkDeed,
    CallBack,
    FormFile,
    Handover,
    HeldReply,
    MailIn,
    MailOut,
    PassedValues,
    PhoneCall,
    Question,
    QuestionForm,
    Ticket,
    TicketCopy,
    TicketDraft,
    TicketPresence,
    drop_text,
    reading,
    record,
    text_ref,
    unit_of_work,
)
from ticket_bridge.lifecycle import HIDDEN, KEEP_HIDDEN

DEEDS_KEPT = timedelta(days=2)
PRESENCE_KEPT = timedelta(minutes=10)


def sweep(ports: Ports) -> None:
    """What the worker does now and then; harmless as often as one likes."""
    forget_old(ports)
    _tidy(ports)


def forget_old(ports: Ports) -> int:
    """Empty what was put away long enough; returns how many tickets."""
    oldest = ports.clock() - KEEP_HIDDEN
    with reading(ports.database) as session:
        ids = session.scalars(
            sa.select(Ticket.id).where(
                Ticket.status.in_(sorted(HIDDEN)),
                Ticket.hidden_at <= oldest,
                Ticket.subject != GIVEN_TEXT,
            )
        ).all()
    for ticket_id in ids:
        _forget(ports, ticket_id)
    return len(ids)


def _forget(ports: Ports, ticket_id: int) -> None:
    with unit_of_work(ports.database) as session:
        ticket = session.get_one(Ticket, ticket_id, with_for_update=True)
        if ticket.status not in HIDDEN:
            return
        drop_text(session, text_ref(ticket.id), own_text(ticket))
        for message in ticket.messages:
            drop_text(session, text_ref(ticket.id, message.id), message.body)
        ticket.messages.clear()
        ticket.subject, ticket.body = GIVEN_TEXT, ""
        ticket.requester_name = ticket.requester_email = ticket.rating_comment = ""
        ticket.requester_key, ticket.requester_id = f"gone:{ticket.id}", None
        # Numbers and names of who called or was to be called; what another system said of it.
        for kind in (TicketCopy, TicketDraft, CallBack, PhoneCall, Handover):
            session.execute(sa.delete(kind).where(kind.ticket_id == ticket.id))
        _forget_question(session, ticket)
        letters = _forget_mail(session, ticket)
        log(session, ticket, SYSTEM, "emptied", ticket.status.value, "")
        record(session, SYSTEM, "ticket.emptied", f"ticket:{ticket.id}")
    for raw_hash in letters:
        store(ports).path(raw_hash).unlink(missing_ok=True)


def _forget_question(session: Session, ticket: Ticket) -> None:
    if ticket.question_id is None:
        return
    question = session.get_one(Question, ticket.question_id)
    question.text, question.contact_email, question.is_public = GIVEN_TEXT, "", False
    for kind in (QuestionForm, FormFile):
        session.execute(sa.delete(kind).where(kind.question_id == question.id))
    session.execute(sa.delete(PassedValues).where(PassedValues.question_id == question.id))


def _forget_mail(session: Session, ticket: Ticket) -> list[str]:
    """Who wrote and about what; returns the bytes that belong to this ticket alone."""
    mine = MailIn.ticket_id == ticket.id
    hashes = set(session.scalars(sa.select(MailIn.raw_hash).where(mine)))
    others = sa.or_(MailIn.ticket_id.is_(None), MailIn.ticket_id != ticket.id)
    shared = sa.select(MailIn.raw_hash).where(MailIn.raw_hash.in_(hashes), others)
    hashes -= set(session.scalars(shared))
    session.execute(sa.update(MailIn).where(mine).values(sender="", subject=""))
    session.execute(
        sa.update(MailOut)
        .where(MailOut.ticket_id == ticket.id)
        .values(to_email="", subject="", body="", headers={})
    )
    return sorted(hashes)


def _tidy(ports: Ports) -> None:
    """Forget old undo data and who looked at what."""
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        session.execute(sa.delete(BulkDeed).where(BulkDeed.created_at < now - DEEDS_KEPT))
        session.execute(sa.delete(HeldReply).where(HeldReply.until < now - PRESENCE_KEPT))
        session.execute(
            sa.delete(TicketPresence).where(TicketPresence.seen_at < now - PRESENCE_KEPT)
        )
