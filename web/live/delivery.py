"""Bringing each socket what lies behind its cursors: at once what a beat told, else from the
database; what no beat told is found by a look every second.

Used in the loop's thread alone. Many chats are read together, so that a thousand sockets coming
back at once cost a few questions.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from kb_app.chat.lines import AT_ONCE, Line
from web.live import looking
from web.live.followers import Followers
from web.live.looking import Recent

LOOK_EVERY = 1.0
# Now and then a look goes back further, for what took long to be stored elsewhere.
FAR_LOOK = 10
MOST_FACES = 20_000

Asked = Callable[..., Awaitable[Any]]
Spawn = Callable[[Coroutine[Any, Any, None]], object]


class Delivery:
    """`asked` asks the database in a thread, `spawn` starts a task."""

    def __init__(self, followers: Followers, asked: Asked, spawn: Spawn) -> None:
        self._followers, self._asked, self._spawn = followers, asked, spawn
        self._dirty: set[int] = set()
        self._reading = False
        self._faces: dict[int, looking.Face] = {}

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits for what is being read."""
        return self._reading

    def hand_on(self, chats: Sequence[int], told: Iterable[Line]) -> None:
        """These chats have something new, some of it drawn up already."""
        fresh: dict[int, list[Line]] = defaultdict(list)
        for line in told:
            fresh[line.chat_id].append(line)
        # What cannot follow upon what a page has seen is read, with all that lies between.
        self.wake([one for one in chats if not self._sent(one, fresh.get(one))])

    def _sent(self, chat_id: int, lines: list[Line] | None) -> bool:
        return bool(lines) and self._followers.send(chat_id, lines or ())

    def wake(self, chat_ids: Collection[int]) -> None:
        """Look what is behind the cursors of these chats' sockets."""
        self._dirty |= self._followers.followed(chat_ids)
        if self._dirty and not self._reading:
            self._reading = True
            self._spawn(self._deliver())

    async def _deliver(self) -> None:
        """Read what is new until nothing is, and send it."""
        try:
            while self._dirty:
                ids = sorted(self._dirty)
                self._dirty.clear()
                for start in range(0, len(ids), looking.CHATS_TOGETHER):
                    await self._serve(ids[start : start + looking.CHATS_TOGETHER])
        finally:
            self._reading = False

    async def _serve(self, chat_ids: Sequence[int]) -> None:
        after = self._followers.behind(chat_ids)
        found = await self._asked(looking.news, after) if after else {}
        if found is None:
            # The database did not answer: nothing is forgotten, only later.
            self._dirty |= set(after)
            await asyncio.sleep(LOOK_EVERY)
            return
        for chat_id, lines in found.items():
            if not self._followers.send(chat_id, lines) or len(lines) >= AT_ONCE:
                self._dirty.add(chat_id)
        # Too much for one answer: asked again.
        self._dirty |= after.keys() - found.keys()

    async def look_around(self, looker: ThreadPoolExecutor, nudge: Callable[[], None]) -> None:
        """What no beat told, once a second; `nudge` when a list of chats would look different."""
        looks = 0
        while True:
            await asyncio.sleep(LOOK_EVERY)
            looks += 1
            back = looking.LONG_MISSED if looks % FAR_LOOK == 0 else looking.MISSED
            found = await self._asked(looking.recent, back, asker=looker)
            if found is None:
                continue
            if self._look_new(found):
                nudge()
            self.wake([each.chat_id for each in found if self._is_behind(each)])

    def _look_new(self, found: Sequence[Recent]) -> bool:
        """Whether one looks different from when it was last seen; a new message changes no face."""
        new = {one.chat_id: one.face for one in found if self._faces.get(one.chat_id) != one.face}
        if len(self._faces) > MOST_FACES:
            self._faces.clear()
        self._faces |= new
        return bool(new)

    def _is_behind(self, each: Recent) -> bool:
        return any(
            link.cursors[each.chat_id] < each.last_seq for link in self._followers.of(each.chat_id)
        )
