"""What another system says, on our ticket and to its customer: each event once, whatever comes.

Unknown cases and states are written to the bridge's log and change nothing.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import clocks
from kb_app.bridging import cases, texts
from kb_app.bridging.doors import status_of
from kb_app.bridging_marks import CAME, told_as
from kb_app.errors import FileTooLarge, InvalidInput
from kb_app.files import receive, safe_name
from kb_app.notices import NoticeKind, concerned, tell
from kb_app.ports import Ports
from kb_app.ticket_log import SYSTEM, add_message
from kb_app.ticket_moves import move
from kb_app.tickets import LONGEST_MESSAGE, mail_reply
from kb_app.typed_text import clean
from models import (
    Bridge,
    BridgeEvent,
    FormFile,
    Handover,
    Message,
    MessageKind,
    Role,
    Ticket,
    Viewer,
    insert_if_absent,
    reading,
    unit_of_work,
)
from ticket_bridge import lifecycle
from ticket_bridge.handover import MOST_FILE_BYTES, DeskFault, FileRef, NewsItem, NewsKind
from ticket_bridge.lifecycle import HIDDEN, after_staff_reply

LONGEST_KEY = 120
LONGEST_CLIENT_KEY = 64
MOST_FILES = 10
FIELD = "外部附件"
Fetch = Callable[[FileRef], bytes]


class Outcome(StrEnum):
    """What became of an event."""

    ANSWERED = "answered"
    MOVED = "moved"
    KNOWN = "known"
    NO_CASE = "no_case"
    NO_STATE = "no_state"
    NO_WORDS = "no_words"
    SAME = "same"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class CameFile:
    """A file that is put away."""

    filename: str
    sha256: str
    media_type: str
    size: int


def apply(ports: Ports, bridge_id: int, item: NewsItem, fetch: Fetch) -> Outcome:
    """Take one event in; the second time it is KNOWN."""
    key = item.event_id[:LONGEST_KEY]
    with reading(ports.database) as session:
        known = sa.select(BridgeEvent.id).filter_by(bridge_id=bridge_id, inward=True, key=key)
        if session.scalar(known) is not None:
            return Outcome.KNOWN
        if _found(session, bridge_id, item) is None and item.kind is NewsKind.ANSWER:
            # Another queue of theirs; nothing of it is ours to keep or to log.
            return Outcome.NO_CASE
    came, lost = _files(ports, item, fetch)
    with unit_of_work(ports.database) as session:
        if session.scalar(known) is not None:
            return Outcome.KNOWN
        found = _found(session, bridge_id, item)
        if found is None:
            return Outcome.NO_CASE
        return take_in(ports, session, found, item, (came, lost))


def take_in(
    ports: Ports,
    session: Session,
    found: Handover,
    item: NewsItem,
    files: tuple[list[CameFile], list[str]],
) -> Outcome:
    """The event on its ticket and in the log, in the caller's transaction; not looked up again."""
    outcome = _act(ports, session, found, item, files)
    insert_if_absent(
        session,
        BridgeEvent,
        bridge_id=found.bridge_id,
        handover_id=found.id,
        inward=True,
        key=item.event_id[:LONGEST_KEY],
        kind=item.kind.value,
        outcome=outcome.value,
        detail=item.status[:60],
        created_at=ports.clock(),
    )
    return outcome


def _found(session: Session, bridge_id: int, item: NewsItem) -> Handover | None:
    """By its name there; nobody moves a ticket that was not handed to them."""
    query = sa.select(Handover).filter_by(bridge_id=bridge_id, external_id=item.external_id)
    return session.scalar(query) if item.external_id else None


def _act(
    ports: Ports,
    session: Session,
    found: Handover,
    item: NewsItem,
    files: tuple[list[CameFile], list[str]],
) -> Outcome:
    ticket = session.get_one(Ticket, found.ticket_id, with_for_update=True)
    while ticket.merged_into_id is not None:
        ticket = session.get_one(Ticket, ticket.merged_into_id, with_for_update=True)
    if ticket.status in HIDDEN:
        return Outcome.HIDDEN
    if item.kind is NewsKind.STATUS:
        return _moved(ports, session, ticket, found, item)
    return _answered(ports, session, ticket, found, (item, *files))


def _moved(
    ports: Ports, session: Session, ticket: Ticket, found: Handover, item: NewsItem
) -> Outcome:
    found.external_status = item.status[:60]
    status = status_of(found.bridge, item.status)
    if status is None:
        return Outcome.NO_STATE
    # They know: what they did is not told back to them.
    found.told_status = told_as(status)
    if ticket.status is status:
        return Outcome.SAME
    viewer = there(found.bridge, item.author)
    way = lifecycle.way(ticket.status, status)
    for step in way:
        move(ports, session, ticket, viewer, step)
    return Outcome.MOVED if way else Outcome.NO_STATE


def _answered(
    ports: Ports,
    session: Session,
    ticket: Ticket,
    found: Handover,
    said: tuple[NewsItem, list[CameFile], list[str]],
) -> Outcome:
    item, came, lost = said
    body = _body(item, came, lost)
    if not body:
        return Outcome.NO_WORDS
    viewer = there(found.bridge, item.author)
    key = _client_key(ticket, found, item.event_id)
    message = Message(
        ticket_id=ticket.id,
        author_name=viewer.name[:80],
        from_staff=True,
        kind=MessageKind.REPLY,
        body=body,
        client_key=key,
    )
    add_message(session, message)
    _keep(session, ticket, found, came)
    move(ports, session, ticket, viewer, after_staff_reply(ticket.status))
    clocks.responded(ports, session, ticket)
    ticket.first_reply_at = ticket.first_reply_at or ports.clock()
    mail_reply(ports, session, ticket, viewer, body)
    tell(session, concerned(session, ticket), ticket.id, NoticeKind.COLLEAGUE_WROTE, key[-60:])
    ticket.updated_at = ports.clock()
    return Outcome.ANSWERED


def _client_key(ticket: Ticket, found: Handover, event_id: str) -> str:
    """One for each event, also where those are long addresses that differ at their end."""
    start = f"{ticket.id}{CAME}{found.bridge_id}-"
    fits = len(start) + len(event_id) <= LONGEST_CLIENT_KEY
    return start + (event_id if fits else hashlib.sha256(event_id.encode()).hexdigest()[:32])


def _body(item: NewsItem, came: list[CameFile], lost: list[str]) -> str:
    words = clean(item.text).strip()[: LONGEST_MESSAGE - 1_000]
    lines = [words or (texts.NO_WORDS if came or lost else "")]
    if came:
        lines.append(texts.FILES_LINE.format(names="、".join(one.filename for one in came)))
    if lost:
        lines.append(texts.LOST_LINE.format(names="、".join(lost)))
    return "\n\n".join(filter(None, lines))


def there(bridge: Bridge, author: str) -> Viewer:
    """Whoever works in the other system."""
    name = texts.CAME_FROM.format(author=author, system=bridge.name) if author else bridge.name
    return Viewer(Role.OWNER, None, f"bridge:{bridge.id}", frozenset(), clean(name)[:80])


def _keep(session: Session, ticket: Ticket, found: Handover, came: list[CameFile]) -> None:
    """Beside the question, where agents and customer find them; never sent back."""
    if ticket.question_id is None:
        return
    for one in came:
        row = FormFile(
            question_id=ticket.question_id,
            field=FIELD,
            sha256=one.sha256,
            filename=one.filename,
            media_type=one.media_type,
            size=one.size,
        )
        session.add(row)
        session.flush()
        session.add(
            BridgeEvent(
                bridge_id=found.bridge_id,
                handover_id=found.id,
                inward=False,
                key=cases.file_key(found.ticket, row.id),
                kind="word",
                outcome="came",
            )
        )


def _files(ports: Ports, item: NewsItem, fetch: Fetch) -> tuple[list[CameFile], list[str]]:
    """Put them away by the site's rules for uploads; what it does not take is named."""
    came: list[CameFile] = []
    lost = [one.filename[:80] for one in item.files[MOST_FILES:]]
    for one in item.files[:MOST_FILES]:
        try:
            content = one.content if one.content is not None else fetch(one)
            if len(content) > MOST_FILE_BYTES:
                raise FileTooLarge(one.filename)
            name = safe_name(one.filename)
            stored = receive(ports, SYSTEM, io.BytesIO(content))
        except (FileTooLarge, InvalidInput, DeskFault) as error:
            if isinstance(error, DeskFault) and not error.lasting:
                raise
            lost.append(one.filename[:80])
            continue
        came.append(CameFile(name, stored.sha256, stored.media_type, stored.size))
    return came, lost
