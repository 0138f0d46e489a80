"""What a solved ticket offers for an article: its public messages, masked, and its files.

Private notes and replies that are still held back are never part of it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.draft import TITLE, Draft, Masked, Said, draft, restored
from kb_app.errors import NotFound, NotSolved
from kb_app.files import stored_path
from kb_app.ports import Ports
from models import Chat, ChatFile, FormFile, Message, MessageKind, Ticket
from ticket_bridge.lifecycle import ENDED

QUESTION = "q"
EXCERPT = 80


@dataclass(frozen=True)
class PartChoice:
    """One message that may go into the draft, masked; `place` is 1 for the question."""

    key: str
    place: int
    by_staff: bool
    name: str
    excerpt: str
    at: datetime


@dataclass(frozen=True)
class HiddenRow:
    """One piece of private data: what it was, where (0 is the title), how it is masked."""

    key: str
    kind: str
    word: str
    around: str
    places: tuple[int, ...]


@dataclass(frozen=True)
class FileChoice:
    """A file of the ticket that may be carried over."""

    key: str
    filename: str
    size: int
    sha256: str
    media_type: str


@dataclass(frozen=True)
class Material:
    """A ticket's draft and everything to choose from."""

    draft: Draft
    parts: tuple[PartChoice, ...]
    files: tuple[FileChoice, ...]

    @property
    def hidden(self) -> tuple[HiddenRow, ...]:
        """What was masked, in the order it appears."""
        places = {TITLE: 0} | {part.key: part.place for part in self.parts}
        return tuple(
            HiddenRow(
                key_of(each),
                each.kind,
                each.word,
                each.around,
                tuple(places[place] for place in each.places),
            )
            for each in self.draft.hidden
        )

    def finished(self, text: str, kept: tuple[str, ...]) -> str:
        """The text for the article: masks of `kept` undone, the others in their last form."""
        words = {each.word for each in self.draft.hidden if key_of(each) in kept}
        return restored(text, self.draft.hidden, words)

    def undone(self, kept: tuple[str, ...]) -> list[str]:
        """The kinds of what was put back, for the audit."""
        return [each.kind for each in self.draft.hidden if key_of(each) in kept]


def key_of(masked: Masked) -> str:
    """Names one piece of data without saying it; another piece never has the same."""
    said = f"{masked.kind}\n{masked.word}\n{masked.original}".encode("utf-8", "ignore")
    return hashlib.blake2b(said, digest_size=8).hexdigest()


def solved_ticket(session: Session, number: str, *, locked: bool = False) -> Ticket:
    """The ticket; NotSolved while it has no answer yet."""
    query = sa.select(Ticket).where(Ticket.number == number)
    ticket = session.scalar(query.with_for_update() if locked else query)
    if ticket is None:
        raise NotFound(number)
    if ticket.status not in ENDED:
        raise NotSolved(number)
    return ticket


def material(ports: Ports, session: Session, ticket: Ticket) -> Material:
    """Everything the ticket offers."""
    messages = _public(ticket, ports.clock())
    said = [Said(QUESTION, ticket.body)]
    said += [Said(f"m{each.id}", each.body, each.from_staff) for each in messages]
    made = draft(ticket.subject, said)
    shown = {part.key: " ".join(part.text.split()).removeprefix("> ") for part in made.parts}
    heads = [(QUESTION, False, ticket.requester_name, ticket.created_at)]
    heads += [(f"m{m.id}", m.from_staff, m.author_name, m.created_at) for m in messages]
    parts = tuple(
        PartChoice(key, place, by_staff, name, shown[key][:EXCERPT], at)
        for place, (key, by_staff, name, at) in enumerate(heads, start=1)
        if key in shown
    )
    return Material(made, parts, _files(ports, session, ticket))


def rechosen(found: Material, body: str, before: tuple[str, ...], chosen: tuple[str, ...]) -> str:
    """What was typed, with newly chosen messages at its end and unchanged unchosen ones gone."""
    if body.strip() == found.draft.body(before).strip():
        return found.draft.body(chosen)
    for part in found.draft.parts:
        if part.key in before and part.key not in chosen:
            body = body.replace(f"\n\n{part.text}\n", "\n", 1)
        elif part.key in chosen and part.key not in before:
            body = f"{body.rstrip()}\n\n{part.text}\n"
    return body


def _public(ticket: Ticket, now: datetime) -> list[Message]:
    """What customer and staff told each other, in order of time."""
    told = [
        message
        for message in ticket.messages
        if message.kind is MessageKind.REPLY
        and (message.held_until is None or message.held_until <= now)
    ]
    return sorted(told, key=lambda message: (message.created_at, message.id))


def _files(ports: Ports, session: Session, ticket: Ticket) -> tuple[FileChoice, ...]:
    """Files of the form and of chats that became this ticket, as far as they still lie here."""
    sent = session.scalars(
        sa.select(FormFile)
        .where(FormFile.question_id == (ticket.question_id or 0))
        .order_by(FormFile.id)
    )
    chatted = session.scalars(
        sa.select(ChatFile)
        .join(Chat, Chat.id == ChatFile.chat_id)
        .where(Chat.ticket_id == ticket.id)
        .order_by(ChatFile.id)
    )
    rows: list[tuple[str, FormFile | ChatFile]] = [("form", row) for row in sent]
    rows += [("chat", row) for row in chatted]
    return tuple(
        FileChoice(f"{kind}-{row.id}", row.filename, row.size, row.sha256, row.media_type)
        for kind, row in rows
        if stored_path(ports, row.sha256).is_file()
    )
