"""Which socket follows which chat, and how far each has come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from kb_app.chat.lines import Line
from models import ChatSide
from web.live.link import Link

# What it is, whether for staff, whether for a guest.
Draw = Callable[..., str]


class Followers:
    """Used in the loop's thread alone; `draw` makes a message's HTML, for staff or not."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._by_chat: dict[int, set[Link]] = defaultdict(set)

    def follow(self, link: Link, chat_id: int, after: int) -> None:
        """From behind this number on."""
        link.cursors[chat_id] = after
        self._by_chat[chat_id].add(link)

    def forget(self, link: Link) -> None:
        """A closed socket follows nothing."""
        for chat_id in link.cursors:
            self._by_chat[chat_id].discard(link)
            if not self._by_chat[chat_id]:
                del self._by_chat[chat_id]

    def of(self, chat_id: int) -> Collection[Link]:
        """Who follows this chat."""
        return tuple(self._by_chat.get(chat_id, ()))

    def followed(self, chat_ids: Iterable[int]) -> set[int]:
        """Those of the chats that somebody follows."""
        return {chat_id for chat_id in chat_ids if chat_id in self._by_chat}

    def behind(self, chat_ids: Iterable[int]) -> dict[int, int]:
        """For each followed chat the number that the slowest of its sockets has seen."""
        return {
            chat_id: min(link.cursors[chat_id] for link in self._by_chat[chat_id])
            for chat_id in self.followed(chat_ids)
        }

    def send(self, chat_id: int, lines: Sequence[Line]) -> bool:
        """To each socket what lies behind its cursor; False when one needs more than these."""
        drawn: dict[tuple[int, bool, bool], str] = {}
        complete = True
        for link in self.of(chat_id):
            cursor = link.cursors[chat_id]
            new = [line for line in lines if line.seq > cursor]
            if not new:
                continue
            if new[0].seq != cursor + 1:
                complete = False
                continue
            staff = link.who is not None and link.who.is_staff
            guest = link.who is not None and link.who.guest_id != 0
            seen = [line for line in new if staff or not line.is_private]
            rows = [self._row(line, (staff, guest), drawn) for line in seen]
            upto = link.cursors[chat_id] = new[-1].seq
            link.say({"t": "rows", "chat": chat_id, "after": cursor, "upto": upto, "rows": rows})
        return complete

    def _row(
        self, line: Line, eyes: tuple[bool, bool], drawn: dict[tuple[int, bool, bool], str]
    ) -> dict[str, Any]:
        # Most look alike to everybody, and are drawn once.
        apart = line.side is ChatSide.CUSTOMER or line.choices or line.answers
        key = (line.seq, *(eyes if apart else (False, False)))
        if key not in drawn:
            drawn[key] = self._draw(line, *eyes)
        return _row(line, eyes[0], drawn[key])


def row_of(line: Line, staff: bool, draw: Draw, *, guest: bool = False) -> dict[str, Any]:
    """A message as pages take it in; the same over sockets and by asking."""
    return _row(line, staff, draw(line, staff, guest))


def _row(line: Line, staff: bool, html: str) -> dict[str, Any]:
    return {
        "seq": line.seq,
        "side": line.side.value,
        "kind": line.kind.value,
        "cid": line.client_id,
        "by": line.author_id if staff else None,
        "html": html,
    }
