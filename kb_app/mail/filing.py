"""What a mail becomes on tickets: a message, a note, a question, with its files.

All but a colleague's reply happens in the caller's transaction; bytes of files are put away
before it, under their hash.
"""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kb_app.errors import FileTooLarge, InvalidInput
from kb_app.files import receive, safe_name
from kb_app.mail import texts
from kb_app.mail.arriving import Arrival
from kb_app.mail.notes import note
from kb_app.mail.staff_letters import tell_assignee
from kb_app.mail.writers import writer
from kb_app.notices import NoticeKind, concerned, tell
from kb_app.ports import Ports
from kb_app.ticket_log import SYSTEM, add_message
from kb_app.ticket_moves import move
from kb_app.tickets import LONGEST_MESSAGE, Posting, post_message
from kb_app.typed_text import clean
from models import (
    FormFile,
    MailInState,
    Message,
    MessageKind,
    Question,
    Ticket,
    TicketStatus,
    Viewer,
)
from ticket_bridge.lifecycle import after_customer_reply, may_move
from ticket_bridge.mail.deciding import Deed
from ticket_bridge.mail.parsed import MailFile, ReadMail
from ticket_bridge.mail.quotes import forwarded

LONGEST_QUESTION = 5_000
FIELD = "邮件附件"
KEY_CHARS = 32


@dataclass(frozen=True)
class KeptFile:
    """A file of a mail that is put away."""

    filename: str
    sha256: str
    media_type: str
    size: int


@dataclass(frozen=True)
class Kept:
    """The files of a mail, and the names of those the site does not take."""

    files: tuple[KeptFile, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def lines(self) -> str:
        """What stands below the text about files."""
        names, lost = "、".join(f.filename for f in self.files), "、".join(self.lost)
        said = [texts.FILES_LINE.format(names=names)] if names else []
        said += [texts.LOST_FILES_LINE.format(names=lost)] if lost else []
        return "".join(f"\n\n{line}" for line in said)


def keep_files(ports: Ports, mail: ReadMail) -> Kept:
    """Put the files away by the site's rules for uploads; too large or infected ones are named."""
    files = list(mail.files)
    if len(mail.said) > LONGEST_QUESTION:
        files.append(MailFile(texts.LONG_NAME, "text/plain", mail.text.encode()))
    kept: list[KeptFile] = []
    lost: list[str] = []
    for file in files:
        try:
            name = safe_name(file.filename)
            stored = receive(ports, SYSTEM, io.BytesIO(file.content))
        except (FileTooLarge, InvalidInput):
            lost.append(file.filename[:80])
            continue
        kept.append(KeptFile(name, stored.sha256, stored.media_type, stored.size))
    return Kept(tuple(kept), tuple(lost))


def attach(session: Session, question_id: int | None, kept: Kept) -> None:
    """Put the files beside the question, where its ticket shows them."""
    if question_id is None:
        return
    session.add_all(
        FormFile(
            question_id=question_id,
            field=FIELD,
            sha256=file.sha256,
            filename=file.filename,
            media_type=file.media_type,
            size=file.size,
        )
        for file in kept.files
    )


def body_of(mail: ReadMail, kept: Kept, longest: int = LONGEST_MESSAGE) -> str:
    """What the writer says, storable and within the limit, with the names of the files."""
    said = clean(mail.said) or clean(mail.subject) or "（没有文字）"
    room = longest - 1_000
    if len(said) > room:
        said = f"{said[:room]}…\n\n{texts.LONG_LINE}"
    return (said + kept.lines)[:longest]


def customer_reply(ports: Ports, session: Session, found: Arrival, kept: Kept) -> None:
    """Their words on the ticket, which wakes up."""
    ticket = _ticket(found)
    body = body_of(found.mail, kept)
    add_message(
        session,
        Message(
            ticket_id=ticket.id,
            author_id=found.writer.user_id,
            author_name=found.writer.name or ticket.requester_name,
            from_staff=False,
            kind=MessageKind.REPLY,
            body=body,
            client_key=f"{ticket.id}:mail-{found.mail.digest[:KEY_CHARS]}",
        ),
    )
    attach(session, ticket.question_id, kept)
    move(ports, session, ticket, found.writer, after_customer_reply(ticket.status))
    who, mark = concerned(session, ticket), str(found.row.id)
    tell(session, who, ticket.id, NoticeKind.CUSTOMER_WROTE, mark)
    ticket.updated_at = ports.clock()
    found.row.ticket_id = ticket.id
    if "forged" in found.mail.notes:
        note(session, ticket.id, texts.FORGED_NOTE, f"forged-{found.row.id}")
    tell_assignee(ports, session, ticket, found.row.id, body)


def noted(session: Session, found: Arrival, deed: Deed, kept: Kept) -> None:
    """A machine's or a stranger's words, for staff alone."""
    ticket = _ticket(found)
    text = body_of(found.mail, kept)
    who = found.mail.sender.email
    if deed is Deed.OUTSIDER_NOTE:
        body = texts.OUTSIDER_NOTE.format(who=who, text=text)
    else:
        kind = texts.MACHINES.get(str(found.mail.auto), texts.MACHINES["generated"])
        body = texts.MACHINE_NOTE.format(what=kind, who=who, text=text)
    note(session, ticket.id, body, f"in-{found.row.id}", found.mail.sender.name)
    attach(session, ticket.question_id, kept)
    found.row.ticket_id = ticket.id


def asked(ports: Ports, session: Session, found: Arrival, kept: Kept) -> None:
    """A new question: stored first, looked up afterwards."""
    text = question_text(found.mail.subject, found.mail.said)
    _ask(ports, session, found, found.writer, text)
    attach(session, found.row.question_id, kept)


def asked_by_another(ports: Ports, session: Session, found: Arrival, kept: Kept) -> None:
    """A colleague sent a customer's mail on: the question is the customer's."""
    told = forwarded(found.mail.text)
    name, email, said = told or ("", found.mail.sender.email, found.mail.said)
    text = question_text(found.mail.subject, said)
    _ask(ports, session, found, writer(session, email, name), text)
    attach(session, found.row.question_id, kept)


def _ask(ports: Ports, session: Session, found: Arrival, asker: Viewer, text: str) -> None:
    question = Question(
        public_id=secrets.token_urlsafe(12),
        text=text,
        asker_id=asker.user_id,
        asker_key=asker.voter_key,
        contact_email=asker.email,
        submission_key=f"mail-{found.mail.digest[:KEY_CHARS]}-{found.row.id}",
        created_at=ports.clock(),
    )
    session.add(question)
    session.flush()
    found.row.question_id, found.row.state = question.id, MailInState.ASKED


def question_text(subject: str, said: str) -> str:
    """Subject and words as one question, storable and within the limit."""
    title, body = bare_subject(subject), clean(said)
    text = body if not title or title in body else f"{title}\n\n{body}".strip()
    if len(text) > LONGEST_QUESTION:
        text = text[: LONGEST_QUESTION - 60] + f"…\n\n{texts.LONG_LINE}"
    return text or "（没有文字）"


def bare_subject(subject: str) -> str:
    """Without 回复, Re, 转发 and Fwd."""
    marks = ("re:", "fw:", "fwd:", "aw:", "回复:", "答复:", "转发:", "回覆:", "轉寄:")
    title = clean(subject).replace("：", ":", 3)
    while title.lower().startswith(marks):
        title = title.partition(":")[2].strip()
    return title if title != clean(subject).replace("：", ":", 3) else clean(subject)


def post_as_staff(
    ports: Ports, viewer: Viewer, place: tuple[str, int, TicketStatus], mail: ReadMail
) -> None:
    """A colleague's public reply by mail; a last line such as #解决 moves the ticket too."""
    number, version, status = place
    lines = body_of(mail, Kept()).rstrip().split("\n")
    solves = lines[-1].strip().lower() in texts.SOLVED_LINES
    body = "\n".join(lines[:-1] if solves else lines).strip() or "已处理完毕。"
    key = f"mail-{mail.digest[:KEY_CHARS]}"
    solved = solves and may_move(status, TicketStatus.SOLVED)
    after = TicketStatus.SOLVED if solved else None
    post_message(ports, viewer, number, Posting(MessageKind.REPLY, body, key, version, after))


def _ticket(found: Arrival) -> Ticket:
    assert found.ticket is not None  # noqa: S101  decided so before
    return found.ticket
