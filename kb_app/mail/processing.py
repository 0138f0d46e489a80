"""One mail that came, step by step to its end; every step is one transaction and harmless twice.

new → (filed at its ticket) done, or → asked → (answered, or made a ticket) done. What cannot be
read is quarantined under a name, never dropped.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.bridging import by_mail
from kb_app.bridging.arriving import CameFile
from kb_app.errors import IllegalMove, InvalidInput, NotFound
from kb_app.events import Event, happened
from kb_app.mail import answering, fetching, filing, raw
from kb_app.mail.arriving import Arrival, arrival, own_mail
from kb_app.mail.bouncing import bounced
from kb_app.mail.writers import own_addresses
from kb_app.ports import Ports
from models import Job, MailDeed, MailIn, MailInState, reading, unit_of_work
from ticket_bridge.mail.deciding import Deed, Facts, decide
from ticket_bridge.mail.parsed import MailUnreadable, ReadMail
from ticket_bridge.mail.quotes import forwarded
from ticket_bridge.mail.reading import read

MOST_ATTEMPTS = 12
IGNORED = {Deed.LOOP, Deed.AUTO_REPLY, Deed.BY_RULE, Deed.OLD}


def work(ports: Ports, job: Job) -> None:
    """The job of one mail; a mail that keeps killing or failing its worker is set apart."""
    mail_id = int(job.payload["mail_id"])
    if job.attempts > MOST_ATTEMPTS:
        quarantine(ports, mail_id, f"failed:{job.last_error[:60]}")
        return
    process(ports, mail_id)


def process(ports: Ports, mail_id: int) -> None:
    """Bring the mail to its end."""
    with reading(ports.database) as session:
        row = session.get(MailIn, mail_id)
        if row is None or row.state not in {MailInState.NEW, MailInState.ASKED}:
            return
        own = own_addresses(session, ports.config.mail_from)
    try:
        mail = read(raw.get(ports, row.raw_hash), own)
    except MailUnreadable as error:
        quarantine(ports, mail_id, error.code)
        return
    except OSError:
        quarantine(ports, mail_id, "bytes_missing")
        return
    if row.state is MailInState.NEW and _file(ports, mail_id, mail, own):
        staff_reply(ports, mail_id, mail)
    answering.answer(ports, mail_id, mail)


def _file(ports: Ports, mail_id: int, mail: ReadMail, own: frozenset[str]) -> bool:
    """Decide and act in one transaction; whether it is a reply of staff, which takes its own."""
    kept = filing.keep_files(ports, mail)
    with unit_of_work(ports.database) as session:
        row = session.get_one(MailIn, mail_id, with_for_update=True)
        if row.state is not MailInState.NEW or _is_copy(ports, session, row, mail):
            return False
        found = arrival(ports, session, row, mail)
        deed = decide(_facts(ports, found, own))
        row.outcome = deed.value
        if found.rule is not None and deed in {Deed.NEW, Deed.BY_RULE}:
            found.rule.hits += 1
        if deed is Deed.STAFF_REPLY:
            return True
        _act(ports, session, found, deed, kept)
        if row.state is MailInState.NEW:
            row.state = MailInState.IGNORED if deed in IGNORED else MailInState.DONE
        row.done_at = None if row.state is MailInState.ASKED else ports.clock()
    return False


def _is_copy(ports: Ports, session: Session, row: MailIn, mail: ReadMail) -> bool:
    """Note what the mail is; the same mail by another way, or read a second time, counts once."""
    row.message_id = mail.message_id
    row.sender, row.subject = mail.sender.email, mail.subject[:200]
    first = session.scalar(
        sa.select(MailIn.id).where(MailIn.digest == mail.digest, MailIn.id != row.id)
    )
    if first is not None:
        row.state, row.reason, row.done_at = MailInState.DUPLICATE, str(first), ports.clock()
        return True
    row.digest = mail.digest
    return False


def _facts(ports: Ports, found: Arrival, own: frozenset[str]) -> Facts:
    mail = found.mail
    return Facts(
        own=own_mail(ports, mail, own),
        auto=mail.auto,
        on_ticket=found.ticket is not None,
        on_question=found.question is not None,
        standing=found.standing,
        forwards=found.staff is not None and forwarded(mail.text) is not None,
        unwanted=found.rule is not None and found.rule.deed is MailDeed.IGNORE,
        old=_is_old(found),
        released=found.row.released,
    )


def _is_old(found: Arrival) -> bool:
    """Whether it lay in the box before the site knew the box: nobody waits for an answer."""
    sent, box = found.mail.origin.sent_at, found.row.mailbox
    return sent is not None and box is not None and sent < box.created_at - fetching.OLDER


def _act(ports: Ports, session: Session, found: Arrival, deed: Deed, kept: filing.Kept) -> None:
    if deed is Deed.BOUNCE:
        bounced(ports, session, found)
    elif deed is Deed.LIST:
        found.row.state, found.row.reason = MailInState.QUARANTINED, "list"
    elif deed is Deed.CUSTOMER_REPLY:
        filing.customer_reply(ports, session, found, kept)
    elif deed in {Deed.NOTE, Deed.OUTSIDER_NOTE}:
        _noted(ports, session, found, deed, kept)
    elif deed is Deed.QUESTION_REPLY:
        answering.not_solved(ports, session, found, kept)
    elif deed is Deed.NEW:
        filing.asked(ports, session, found, kept)
    elif deed is Deed.FORWARDED:
        filing.asked_by_another(ports, session, found, kept)


def _noted(ports: Ports, session: Session, found: Arrival, deed: Deed, kept: filing.Kept) -> None:
    """For staff alone, unless people to whom the ticket was handed by mail answer."""
    files = [CameFile(f.filename, f.sha256, f.media_type, f.size) for f in kept.files]
    ticket = found.ticket if deed is Deed.OUTSIDER_NOTE else None
    if ticket is not None and by_mail.taken(ports, session, ticket, found.mail, files):
        found.row.outcome, found.row.ticket_id = "bridge_reply", ticket.id
        return
    filing.noted(session, found, deed, kept)


def staff_reply(ports: Ports, mail_id: int, mail: ReadMail) -> None:
    """A colleague answered by mail: posted once (by the mail's digest), then done."""
    with reading(ports.database) as session:
        row = session.get_one(MailIn, mail_id)
        found = arrival(ports, session, row, mail)
        ticket = found.ticket
        place = (ticket.number, ticket.version, ticket.status) if ticket else None
        ticket_id = ticket.id if ticket else None
    try:
        if place is None:
            raise NotFound(mail_id)
        filing.post_as_staff(ports, found.writer, place, mail)
    except (NotFound, IllegalMove, InvalidInput) as error:
        quarantine(ports, mail_id, f"staff:{type(error).__name__}")
        return
    with unit_of_work(ports.database) as session:
        row = session.get_one(MailIn, mail_id, with_for_update=True)
        row.state, row.ticket_id, row.done_at = MailInState.DONE, ticket_id, ports.clock()


def quarantine(ports: Ports, mail_id: int, reason: str) -> None:
    """Set apart under a name, where people see it."""
    with unit_of_work(ports.database) as session:
        row = session.get_one(MailIn, mail_id, with_for_update=True)
        row.state, row.reason, row.done_at = MailInState.QUARANTINED, reason[:100], ports.clock()
    happened(Event.MAIL_QUARANTINED, mail=mail_id, reason=reason.partition(":")[0])
