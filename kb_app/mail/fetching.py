"""Taking over what is new in a box: bytes to the disk, then a row with its job, then the mark.

Killed between any two of these, the next round does what is missing and nothing twice.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

import sqlalchemy as sa

from kb_app.events import Event, happened
from kb_app.mail import raw
from kb_app.mail.access import open_box
from kb_app.ports import Ports
from models import (
    JobKind,
    Mailbox,
    MailIn,
    MailInState,
    enqueue,
    reading,
    unit_of_work,
)
from ticket_bridge.mail.boxes import BoxFault, BoxState, OpenBox
from ticket_bridge.mail.reading import MOST_BYTES

LEASE = timedelta(minutes=3)
MOST_AT_ONCE = 500
# What was there longer than this when the box was added stays there.
OLDER = timedelta(days=2)


def fetch(ports: Ports, mailbox_id: int) -> int:
    """Take over what is new; returns how many. BoxFault is written on the box, and raised."""
    with reading(ports.database) as session:
        box = session.get_one(Mailbox, mailbox_id)
    try:
        connection = open_box(ports, box)
        try:
            return take_over(ports, box, connection)
        finally:
            connection.close()
    except BoxFault as fault:
        note_fault(ports, mailbox_id, fault)
        raise


def take_over(ports: Ports, box: Mailbox, connection: OpenBox) -> int:
    """The same over an open connection."""
    since, count = _progress(ports, box.id), 0
    for uid in connection.fresh(since, _known(ports, box, connection)):
        _take_in(ports, box.id, uid, connection.fetch(uid, MOST_BYTES))
        connection.done(uid)
        _advance(ports, box.id, uid)
        count += 1
        if count >= MOST_AT_ONCE:
            break
    with unit_of_work(ports.database) as session:
        found = session.get_one(Mailbox, box.id, with_for_update=True)
        found.seen_at, found.fault, found.faults = ports.clock(), "", 0
    return count


def _progress(ports: Ports, mailbox_id: int) -> BoxState:
    with reading(ports.database) as session:
        box = session.get_one(Mailbox, mailbox_id)
        return BoxState(box.uid_validity, box.last_uid, (box.created_at - OLDER).date())


def _known(ports: Ports, box: Mailbox, connection: OpenBox) -> frozenset[str]:
    """What was taken over already, for boxes that cannot say "after this one" (POP3).

    IMAP can; a mail that was taken in but not marked comes again, to be marked. So does every
    mail of a box that was built anew: its digest tells it is a copy.
    """
    if connection.state().validity:
        return frozenset()
    with reading(ports.database) as session:
        rows = session.scalars(sa.select(MailIn.uid).where(MailIn.mailbox_id == box.id))
        return frozenset(rows)


def _take_in(ports: Ports, mailbox_id: int, uid: str, data: bytes | None) -> None:
    """A row with its job, or none when there is one; what is too large is named, not taken."""
    raw_hash = raw.put(ports, data) if data is not None else ""
    with unit_of_work(ports.database) as session:
        known = sa.select(MailIn.id).where(MailIn.mailbox_id == mailbox_id, MailIn.uid == uid)
        if session.scalar(known) is not None:
            return
        row = MailIn(
            mailbox_id=mailbox_id,
            uid=uid,
            raw_hash=raw_hash,
            size=len(data or b""),
            received_at=ports.clock(),
        )
        if data is None:
            row.state, row.reason = MailInState.QUARANTINED, "too_large"
        session.add(row)
        session.flush()
        if data is not None:
            enqueue(session, JobKind.READ_MAIL, mail_id=row.id)


def _advance(ports: Ports, mailbox_id: int, uid: str) -> None:
    validity, colon, number = uid.partition(":")
    if not (colon and validity.isdigit() and number.isdigit()):
        return
    with unit_of_work(ports.database) as session:
        box = session.get_one(Mailbox, mailbox_id, with_for_update=True)
        if box.uid_validity != int(validity):
            box.uid_validity, box.last_uid = int(validity), 0
        box.last_uid = max(box.last_uid, int(number))


def note_fault(ports: Ports, mailbox_id: int, fault: BoxFault) -> None:
    """What went wrong, for whoever looks after the box."""
    with unit_of_work(ports.database) as session:
        box = session.get_one(Mailbox, mailbox_id, with_for_update=True)
        box.fault, box.faults = f"{fault.code}: {fault.detail}"[:300], box.faults + 1
    happened(Event.MAILBOX_FAILED, mailbox=mailbox_id, code=fault.code)


def hold(ports: Ports, mailbox_id: int, holder: str) -> bool:
    """Whether this process has the box for the next LEASE; of several workers one fetches."""
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        box = session.get(Mailbox, mailbox_id, with_for_update=True)
        if box is None or not box.is_active:
            return False
        free = box.leased_until is None or box.leased_until < now
        if not free and box.leased_by != holder:
            return False
        box.leased_by, box.leased_until = holder, now + LEASE
        return True


def let_go(ports: Ports, mailbox_id: int, holder: str) -> None:
    """Another process may have the box."""
    with unit_of_work(ports.database) as session:
        box = session.get(Mailbox, mailbox_id, with_for_update=True)
        if box is not None and box.leased_by == holder:
            box.leased_until = None


def new_holder() -> str:
    """A name for this process's hold on boxes."""
    return secrets.token_hex(8)
