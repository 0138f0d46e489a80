"""A ticket as another system gets it: the question, what was shown, what was said, the files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.bridging import texts
from kb_app.bridging_marks import CAME
from kb_app.desk_side import answers
from kb_app.files import stored_path
from kb_app.held_replies import is_held
from kb_app.ports import Ports
from models import (
    Article,
    Bridge,
    BridgeEvent,
    FormFile,
    Handover,
    Message,
    MessageKind,
    QuestionShown,
    ShownKind,
    Ticket,
)
from ticket_bridge.handover import MOST_FILE_BYTES, Case, DeskFile, Word

MOST_FILES = 10
MOST_BYTES = 20 * 1024 * 1024
LONGEST_TEXT = 60_000


@dataclass(frozen=True)
class Told:
    """A word, and the names of the files that count as told with it."""

    word: Word
    files: tuple[str, ...]


def case_of(ports: Ports, session: Session, found: Handover) -> tuple[Case, tuple[str, ...]]:
    """The whole context of a ticket in plain words, and the keys of all that it tells."""
    ticket, bridge = found.ticket, found.bridge
    rows, said = untold_files(session, found), settled(ports, session, ticket)
    files, left = _read(ports, rows)
    keys = (*(word_key(ticket, one) for one in said), *(file_key(ticket, row.id) for row in rows))
    parts = [*_context(session, ticket, said)]
    if left:
        parts.append(texts.FILES_LEFT.format(names="、".join(left)))
    case = Case(
        key=ticket.number,
        subject=ticket.subject,
        text="\n\n".join(parts)[:LONGEST_TEXT],
        link=f"{ports.config.base_url}/desk/tickets/{ticket.number}",
        customer_name=ticket.requester_name,
        customer_email=ticket.requester_email,
        priority=ticket.priority,
        queue=_queue(bridge, ticket),
        files=files,
        facts={"channel": ticket.channel, "node": ticket.node.name if ticket.node else ""},
    )
    return case, keys


def _queue(bridge: Bridge, ticket: Ticket) -> str:
    return bridge.queues.get(str(ticket.team_id), "") or bridge.queue


def _context(session: Session, ticket: Ticket, said: list[Message]) -> Iterator[str]:
    yield "\n".join(_who(ticket))
    yield f"【{texts.QUESTION}】\n{ticket.body}"
    filled = answers(session, ticket.question_id)
    if filled:
        lines = "\n".join(f"{one.label}：{one.value}" for one in filled)
        yield f"【{texts.FILLED}】\n{lines}"
    shown = _shown(session, ticket)
    if shown:
        yield f"【{texts.SHOWN}】\n" + "\n".join(f"- {title}" for title in shown)
    if said:
        lines = "\n\n".join(f"{author_of(one)}：{one.body}" for one in said)
        yield f"【{texts.HISTORY}】\n{lines}"


def _who(ticket: Ticket) -> Iterator[str]:
    yield texts.NUMBER.format(number=ticket.number, priority=ticket.priority)
    yield texts.CUSTOMER.format(name=ticket.requester_name or texts.VISITOR)
    if ticket.requester_email:
        yield texts.EMAIL.format(email=ticket.requester_email)
    if ticket.node is not None:
        yield texts.PLACE.format(name=ticket.node.name)


def _shown(session: Session, ticket: Ticket) -> list[str]:
    return list(
        session.scalars(
            sa.select(Article.title)
            .join(QuestionShown, QuestionShown.target_id == Article.id)
            .where(
                QuestionShown.question_id == ticket.question_id,
                QuestionShown.kind == ShownKind.ARTICLE,
            )
            .order_by(QuestionShown.position)
        )
    )


def public(session: Session, ticket: Ticket) -> list[Message]:
    """What was said between customer and staff, in order."""
    rows = session.scalars(
        sa.select(Message)
        .where(Message.ticket_id == ticket.id, Message.kind == MessageKind.REPLY)
        .order_by(Message.created_at, Message.id)
    )
    return list(rows)


def settled(ports: Ports, session: Session, ticket: Ticket) -> list[Message]:
    """The same without what can still be taken back."""
    now = ports.clock()
    return [one for one in public(session, ticket) if not is_held(one, now)]


def author_of(message: Message) -> str:
    """Who said it, as the other side reads it."""
    fallback = texts.STAFF if message.from_staff else texts.VISITOR
    return message.author_name or fallback


def word_key(ticket: Ticket, message: Message) -> str:
    """Under which name a message goes; the same for ever."""
    return f"{ticket.number}/{message.id}"


def untold(session: Session, found: Handover) -> list[Message]:
    """What the other system has not been told, oldest first; never its own words."""
    told = set(session.scalars(told_keys(found)))
    return [
        one
        for one in public(session, found.ticket)
        if one.id > found.told_message_id
        and word_key(found.ticket, one) not in told
        and CAME not in one.client_key
    ]


def word_of(ports: Ports, session: Session, found: Handover, message: Message) -> Told:
    """One message as the other side is told it, with files that came meanwhile."""
    ticket = found.ticket
    rows = [] if message.from_staff else untold_files(session, found)
    files, left = _read(ports, rows)
    text = message.body
    if left:
        text += "\n\n" + texts.FILES_LEFT.format(names="、".join(left))
    word = Word(word_key(ticket, message), author_of(message), text, not message.from_staff, files)
    return Told(word, tuple(file_key(ticket, row.id) for row in rows))


def file_key(ticket: Ticket, file_id: int) -> str:
    """Under which name a file counts as told."""
    return f"{ticket.number}/file-{file_id}"


def untold_files(session: Session, found: Handover) -> list[FormFile]:
    """The files of its ticket that the other system has not got."""
    if found.ticket.question_id is None:
        return []
    told = set(session.scalars(told_keys(found)))
    rows = session.scalars(
        sa.select(FormFile)
        .filter_by(question_id=found.ticket.question_id)
        .where(FormFile.id > found.told_file_id)
        .order_by(FormFile.id)
    )
    return [row for row in rows if file_key(found.ticket, row.id) not in told]


def told_keys(found: Handover) -> sa.Select[str]:
    """What went out on this hand-over."""
    return sa.select(BridgeEvent.key).where(
        BridgeEvent.handover_id == found.id, BridgeEvent.inward.is_(False)
    )


def _read(ports: Ports, rows: list[FormFile]) -> tuple[tuple[DeskFile, ...], tuple[str, ...]]:
    """The files as far as they fit, and the names of the others."""
    found: list[DeskFile] = []
    left: list[str] = []
    for row in rows:
        size = sum(len(file.content) for file in found) + row.size
        path = stored_path(ports, row.sha256)
        fits = row.size <= MOST_FILE_BYTES and size <= MOST_BYTES and len(found) < MOST_FILES
        if fits and path.is_file():
            found.append(DeskFile(row.filename, row.media_type, path.read_bytes()))
        else:
            left.append(row.filename)
    return tuple(found), tuple(left)
