"""The house's own desk under the same contract: a case stays where it is, as its ticket.

Used where no other system is named; its cursor holds the last message and the last event.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Database, Message, MessageKind, Ticket, TicketEvent, reading, unit_of_work
from ticket_bridge.handover import (
    Case,
    DeskFault,
    FaultCode,
    FileRef,
    Moved,
    News,
    NewsItem,
    NewsKind,
    Opened,
    Ours,
    Word,
    everything,
)

MARK = "word-"


@dataclass(frozen=True)
class BuiltinDesk:
    """Tickets of this database, by number."""

    database: Database

    def check(self) -> None:
        """See TicketDesk."""
        with reading(self.database) as session:
            session.scalar(sa.select(Ticket.id).limit(1))

    def open(self, case: Case) -> Opened:
        """See TicketDesk: it is here already."""
        with reading(self.database) as session:
            _ticket(session, case.key)
        return Opened(case.key, case.link)

    def say(self, external_id: str, word: Word) -> None:
        """See TicketDesk."""
        with unit_of_work(self.database) as session:
            ticket = _ticket(session, external_id)
            key = f"{ticket.id}:{MARK}{word.key}"[:64]
            if session.scalar(sa.select(Message.id).where(Message.client_key == key)) is None:
                session.add(
                    Message(
                        ticket_id=ticket.id,
                        author_name=word.author,
                        from_staff=not word.from_customer,
                        kind=MessageKind.REPLY,
                        body=word.text,
                        client_key=key,
                    )
                )

    def move(self, external_id: str, moved: Moved) -> None:
        """See TicketDesk: it has that state already."""

    def news(self, cursor: str, ours: Ours = everything) -> News:
        """See TicketDesk."""
        with reading(self.database) as session:
            newest = (_newest(session, Message), _newest(session, TicketEvent))
            if not cursor:
                return News((), "{}:{}".format(*newest))
            said, moved = (int(part) for part in cursor.split(":"))
            items = (*_answers(session, said), *_moves(session, moved))
            items = tuple(item for item in items if ours(item.external_id))
            return News(items, "{}:{}".format(*newest))

    def fetch(self, file: FileRef) -> bytes:
        """See TicketDesk: files lie with their ticket."""
        raise DeskFault(FaultCode.PROTOCOL, f"files lie with their ticket: {file.filename}")


def _ticket(session: Session, number: str) -> Ticket:
    found = session.scalar(sa.select(Ticket).where(Ticket.number == number))
    if found is None:
        raise DeskFault(FaultCode.INVALID, number)
    return found


def _newest(session: Session, kind: type[Message] | type[TicketEvent]) -> int:
    return session.scalar(sa.select(sa.func.max(kind.id))) or 0


def _answers(session: Session, after: int) -> list[NewsItem]:
    rows = session.execute(
        sa.select(Message, Ticket.number)
        .join(Ticket, Ticket.id == Message.ticket_id)
        .where(
            Message.id > after,
            Message.from_staff,
            Message.kind == MessageKind.REPLY,
            Message.client_key.not_like(f"%:{MARK}%"),
        )
        .order_by(Message.id)
    )
    return [
        NewsItem(f"m{said.id}", number, NewsKind.ANSWER, said.body, said.author_name)
        for said, number in rows
    ]


def _moves(session: Session, after: int) -> list[NewsItem]:
    rows = session.execute(
        sa.select(TicketEvent, Ticket.number)
        .join(Ticket, Ticket.id == TicketEvent.ticket_id)
        .where(TicketEvent.id > after, TicketEvent.action == "status")
        .order_by(TicketEvent.id)
    )
    return [
        NewsItem(f"e{e.id}", number, NewsKind.STATUS, author=e.actor_name, status=e.after)
        for e, number in rows
    ]
