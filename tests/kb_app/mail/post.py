"""A mailbox that never was on a network, and what came and went, in a few words."""

from __future__ import annotations

import email
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import sqlalchemy as sa

from kb_app import jobs
from kb_app.mail import fetching
from kb_app.ports import Ports
from models import Mailbox, MailIn, MailOut, Message, MessageKind, Ticket, reading, unit_of_work
from ticket_bridge.mail.boxes import BoxState

ADDRESS = "support@yujian.example"
BEFORE = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass
class FakeBox:
    """See OpenBox; its mails are numbered from 1."""

    mails: list[bytes] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    validity: int = 7

    def state(self) -> BoxState:
        """See OpenBox."""
        return BoxState(self.validity)

    def fresh(self, since: BoxState, known: frozenset[str]) -> Iterator[str]:
        """See OpenBox."""
        first = since.last_uid + 1 if since.validity == self.validity else 1
        for number in range(first, len(self.mails) + 1):
            if f"{self.validity}:{number}" not in known:
                yield f"{self.validity}:{number}"

    def fetch(self, uid: str, most: int) -> bytes | None:
        """See OpenBox."""
        data = self.mails[int(uid.partition(":")[2]) - 1]
        return data if len(data) <= most else None

    def done(self, uid: str) -> None:
        """See OpenBox."""
        self.marked.append(uid)

    def wait(self, seconds: float) -> bool:
        """See OpenBox."""
        return False

    def close(self) -> None:
        """See OpenBox."""


def make_box(ports: Ports, **facts: object) -> Mailbox:
    """The site's mailbox."""
    with unit_of_work(ports.database) as session:
        known = {"name": "客服", "address": ADDRESS, "host": "localhost", "port": 143}
        known["created_at"] = BEFORE
        box = Mailbox(**{**known, "username": "support", **facts})
        session.add(box)
        session.flush()
        return box


def deliver(ports: Ports, box: Mailbox, *mails: bytes) -> None:
    """These mails arrive and are worked off."""
    with reading(ports.database) as session:
        count = session.scalar(sa.select(sa.func.count()).select_from(MailIn)) or 0
    fake = FakeBox([b""] * count + list(mails))
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(Mailbox).values(uid_validity=7, last_uid=count))
    fetching.take_over(ports, box, fake)
    jobs.drain(ports)


def came(ports: Ports) -> list[MailIn]:
    """Every mail that came."""
    with reading(ports.database) as session:
        return list(session.scalars(sa.select(MailIn).order_by(MailIn.id)))


def went(ports: Ports) -> list[MailOut]:
    """Every mail that goes."""
    with reading(ports.database) as session:
        return list(session.scalars(sa.select(MailOut).order_by(MailOut.id)))


def tickets(ports: Ports) -> list[Ticket]:
    """Every ticket."""
    with reading(ports.database) as session:
        return list(session.scalars(sa.select(Ticket).order_by(Ticket.id)))


def words(ports: Ports, kind: MessageKind = MessageKind.REPLY) -> list[str]:
    """Every message of a kind."""
    with reading(ports.database) as session:
        query = sa.select(Message.body).where(Message.kind == kind).order_by(Message.id)
        return list(session.scalars(query))


def sent(folder: Path) -> list[EmailMessage]:
    """What lies in the folder outgoing mail is written to, oldest first."""
    paths = sorted((folder / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    found = (email.message_from_bytes(path.read_bytes(), policy=default) for path in paths)
    return list(found)


def said(mail: EmailMessage) -> str:
    """Its plain text."""
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""
