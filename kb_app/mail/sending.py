"""Sending: the same Message-ID at every try, a refusal visible on its ticket, a delay tried again.

A worker that dies while the server is taking a mail sends it again under the same id, which is
what mail programs and servers know a copy by.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.mail import queueing
from kb_app.mail.access import smtp_for
from kb_app.mail.notes import note
from kb_app.mail.queueing import Draft
from kb_app.mail.texts import FAILED_NOTE, FAILED_REASONS
from kb_app.ports import Ports
from models import Job, Mailbox, MailIn, MailOut, MailOutState, Ticket, reading, unit_of_work
from ticket_bridge.mail import tags
from ticket_bridge.mail.boxes import BoxFault
from ticket_bridge.mail.sender import MailFailed, MailRefused, OutgoingMail, TextFile, Thread

MOST_REFERENCES = 12
GIVE_UP_AFTER = timedelta(days=2)
ENDED = frozenset({MailOutState.SENT, MailOutState.FAILED, MailOutState.STOPPED, MailOutState.HELD})


def send(ports: Ports, job: Job) -> None:
    """Send the mail of a job, once in effect; MailFailed when it is to be tried again."""
    out_id = _begin(ports, job)
    if out_id is None:
        return
    with reading(ports.database) as session:
        row = session.get_one(MailOut, out_id)
        box = session.get(Mailbox, row.mailbox_id) if row.mailbox_id else None
        mail = _letter(ports, session, row, box)
    try:
        (smtp_for(ports, box) if box and box.smtp_host else ports.mail).send(mail)
    except MailRefused as error:
        _failed(ports, out_id, str(error))
    except (MailFailed, BoxFault) as error:
        if row.created_at < ports.clock() - GIVE_UP_AFTER:
            _failed(ports, out_id, "gave_up")
            return
        _delayed(ports, out_id, str(error))
        raise MailFailed(str(error)) from error
    else:
        _sent(ports, out_id)


def _begin(ports: Ports, job: Job) -> int | None:
    """The mail's row, marked as under way; None when there is nothing (more) to do."""
    with unit_of_work(ports.database) as session:
        if "out_id" in job.payload:
            row = session.get(MailOut, int(job.payload["out_id"]), with_for_update=True)
            if row is None:
                return None
        else:
            draft = _draft_of(job)
            row = queueing.by_key(session, draft.key) or queueing.written(ports, session, draft)
        if row.state in ENDED:
            if row.state is MailOutState.STOPPED and row.kind == "reply":
                _tell(session, row)
            return None
        row.state = MailOutState.SENDING
        row.attempts += 1
        return row.id


def _draft_of(job: Job) -> Draft:
    """What a use case asked for that knows nothing of boxes."""
    said = job.payload
    kind = str(said.get("mail_kind") or "notice")
    return Draft(
        key=f"job-{job.id}",
        kind=kind,
        to=str(said["to"]),
        subject=str(said["subject"]),
        body=str(said["body"]),
        ticket_id=said.get("ticket_id"),
        author_id=said.get("author_id"),
    )


def _letter(ports: Ports, session: Session, row: MailOut, box: Mailbox | None) -> OutgoingMail:
    thread = Thread(
        message_id=row.message_id,
        in_reply_to=_answered(session, row),
        references=_references(session, row),
        reply_to=_reply_to(ports, row, box),
        mark=queueing.site_mark(ports),
    )
    name = ports.config.site_name if box is not None else ""
    return OutgoingMail(
        row.to_email, row.subject, row.body, thread, row.automatic, name, _files(row)
    )


def _files(row: MailOut) -> tuple[TextFile, ...]:
    said = (row.headers or {}).get("file")
    return (TextFile(str(said["name"]), str(said["text"])),) if said else ()


def _belongs(row: MailOut, kind: type[MailIn] | type[MailOut]) -> sa.ColumnElement[bool] | None:
    if row.ticket_id is not None:
        return kind.ticket_id == row.ticket_id
    return kind.question_id == row.question_id if row.question_id is not None else None


def _answered(session: Session, row: MailOut) -> str:
    """The last mail its reader wrote about this."""
    where = _belongs(row, MailIn)
    if where is None:
        return ""
    mine = sa.case((MailIn.sender == row.to_email, 0), else_=1)
    query = sa.select(MailIn.message_id).where(where, MailIn.message_id != "")
    return session.scalar(query.order_by(mine, MailIn.id.desc()).limit(1)) or ""


def _references(session: Session, row: MailOut) -> tuple[str, ...]:
    came, went = _belongs(row, MailIn), _belongs(row, MailOut)
    if came is None or went is None:
        return ()
    rows = [
        *session.execute(
            sa.select(MailIn.received_at, MailIn.message_id).where(came, MailIn.message_id != "")
        ),
        *session.execute(
            sa.select(MailOut.sent_at, MailOut.message_id).where(
                went, MailOut.state == MailOutState.SENT, MailOut.to_email == row.to_email
            )
        ),
    ]
    found = [identity for at, identity in sorted(rows, key=lambda each: str(each[0]))]
    return tuple(dict.fromkeys(found))[-MOST_REFERENCES:]


def _reply_to(ports: Ports, row: MailOut, box: Mailbox | None) -> str:
    if box is None:
        return ""
    if box.tags and row.ticket_id is not None:
        return tags.tagged(ports.config.secret_key, box.address, row.ticket_id)
    return box.address


def _sent(ports: Ports, out_id: int) -> None:
    with unit_of_work(ports.database) as session:
        row = session.get_one(MailOut, out_id, with_for_update=True)
        row.state, row.sent_at, row.reason, row.body = MailOutState.SENT, ports.clock(), "", ""
        row.headers = {key: value for key, value in row.headers.items() if key != "file"}


def _delayed(ports: Ports, out_id: int, reason: str) -> None:
    with unit_of_work(ports.database) as session:
        row = session.get_one(MailOut, out_id, with_for_update=True)
        row.state, row.reason = MailOutState.WAITING, reason[:300]


def _failed(ports: Ports, out_id: int, reason: str) -> None:
    with unit_of_work(ports.database) as session:
        fail(session, session.get_one(MailOut, out_id, with_for_update=True), reason)


def fail(session: Session, row: MailOut, reason: str) -> None:
    """It will not go; staff see so."""
    row.state, row.reason = MailOutState.FAILED, reason[:300]
    _tell(session, row)


def _tell(session: Session, row: MailOut) -> None:
    """Staff see on the ticket what its customer did not get."""
    if row.ticket_id is None or session.get(Ticket, row.ticket_id) is None:
        return
    reason = FAILED_REASONS.get(row.reason, row.reason)
    text = FAILED_NOTE.format(email=row.to_email, reason=reason)
    note(session, row.ticket_id, text, f"out-{row.id}-failed")
