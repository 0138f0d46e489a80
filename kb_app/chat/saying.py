"""Messages into the database: many in one transaction, numbered, and only then acknowledged.

A message sent again (same chat and `client_id`) is the one that is there. The chat's row is
locked, so its numbers have no gaps and no doubles. Rows are written in bulk, not one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from kb_app.chat import storing
from kb_app.chat.lines import Line, quick_line
from kb_app.chat.storing import Room
from kb_app.chat.talk import FLOODED, LONGEST, LONGEST_ID, OWN_ID, Say, marks, values_of
from kb_app.chat_pulse import Beat
from kb_app.errors import InvalidInput
from kb_app.ports import Ports
from kb_app.typed_text import clean
from models import ChatKind, ChatSide, ChatState, unit_of_work

FLOOD = 20
FLOOD_WINDOW = timedelta(seconds=10)


@dataclass(frozen=True)
class Said:
    """Stored under this number; `state` is the chat's."""

    chat_id: int
    client_id: str
    seq: int
    state: ChatState
    is_new: bool = True


@dataclass(frozen=True)
class Refused:
    """Not stored: empty, too_long, ended, flood, not_yours, unknown."""

    chat_id: int
    client_id: str
    code: str


def say(ports: Ports, words: Say) -> Said:
    """One message; InvalidInput when it is refused."""
    result = say_all(ports, [words])[0]
    if isinstance(result, Refused):
        raise InvalidInput("body", result.code)
    return result


def say_all(ports: Ports, words: Sequence[Say]) -> list[Said | Refused]:
    """Many at once, in their order; what is refused leaves the others alone."""
    with unit_of_work(ports.database) as session:
        writing = _Writing(ports, session, words)
        results = [writing.write(each) for each in words]
        writing.store()
    new = {result.chat_id for result in results if isinstance(result, Said) and result.is_new}
    if new:
        # Whoever listens in this process need not read again what has just been written.
        ports.pulse.send(Beat(tuple(new), told=writing.lines()))
    return results


class _Writing:
    """What one transaction needs to know of the chats it writes to, and what it will write."""

    def __init__(self, ports: Ports, session: Session, words: Sequence[Say]) -> None:
        self._session, self._now = session, ports.clock()
        ids = sorted({each.chat_id for each in words})
        self._rooms = storing.rooms(session, ids)
        self._known = storing.sent_before(session, ids, {each.client_id for each in words})
        together = Counter(each.chat_id for each in words)
        quick = {each.chat_id for each in words if self._is_quick(each, together[each.chat_id])}
        since = self._now - FLOOD_WINDOW
        self._recent = storing.counts(session, quick, since, 2 * FLOOD) if quick else {}
        guests = {each.chat_id for each in words if self._is_guest(each)}
        self._seats = storing.seated(session, guests) if guests else set()
        self._rows: list[dict[str, Any]] = []

    def write(self, words: Say) -> Said | Refused:
        """Take one of them in."""
        room = self._rooms.get(words.chat_id)
        if room is None:
            return Refused(words.chat_id, words.client_id, "unknown")
        known = self._known.get((words.chat_id, words.client_id))
        if known is not None:
            return Said(room.id, words.client_id, known, room.state, is_new=False)
        code = self._refusal(room, words)
        if code:
            return Refused(room.id, words.client_id, code)
        room.last_seq += 1
        self._rows.append(values_of(words, room.last_seq, self._now))
        room.changes.update(marks(words, room.last_seq, self._now, room.agent_id))
        self._known[room.id, words.client_id] = room.last_seq
        self._recent[room.id, words.side] = self._recent.get((room.id, words.side), 0) + 1
        return Said(room.id, words.client_id, room.last_seq, room.state)

    def store(self) -> None:
        """All of it, in a statement for each kind of change."""
        if self._rows:
            storing.insert(self._session, self._rows)
            storing.change(self._session, self._rooms.values())

    def lines(self) -> tuple[Line, ...]:
        """What was stored, as far as it needs no slow drawing."""
        found = (quick_line(storing.Stored(**row)) for row in self._rows)
        return tuple(line for line in found if line is not None)

    def _is_quick(self, words: Say, together: int) -> bool:
        """Whether it may be too much: enough was said, and its customer spoke a moment ago."""
        room = self._rooms.get(words.chat_id)
        if words.side not in FLOODED or room is None or room.last_seq + together <= FLOOD:
            return False
        spoke = room.customer_at is not None and room.customer_at > self._now - FLOOD_WINDOW
        return spoke or words.side is ChatSide.GUEST

    def _is_guest(self, words: Say) -> bool:
        room = self._rooms.get(words.chat_id)
        return words.author_id is not None and room is not None and room.agent_id != words.author_id

    def _refusal(self, room: Room, words: Say) -> str:
        if not 0 < len(words.client_id) <= LONGEST_ID or OWN_ID in words.client_id:
            return "unknown"
        if not clean(words.body) and words.kind is not ChatKind.FILE:
            return "empty"
        if len(words.body) > LONGEST:
            return "too_long"
        whisper = words.kind is ChatKind.WHISPER
        if room.state is ChatState.ENDED and not whisper:
            return "ended"
        if words.side in FLOODED:
            return "flood" if self._recent.get((room.id, words.side), 0) >= FLOOD else ""
        serves = words.author_id == room.agent_id or (room.id, words.author_id) in self._seats
        return "" if whisper or serves else "not_yours"
