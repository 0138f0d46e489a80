"""Letting sockets in, a few at a time: after a restart all come at once, and whoever is let in is
brought up to date before the next are.

Used in the loop's thread alone. A customer's key is enough; staff and guests are asked of the
database, those who come together in one question.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from kb_app.ports import Ports
from web.live import looking
from web.live.keys import Who, read_key
from web.live.link import NOT_YOU, TRY_LATER, Link

TOGETHER = 64
# So long their pages may take to say what they have seen, and to be answered.
ANSWER_SECONDS = 0.01
PATIENCE_SECONDS = 0.25

Admit = Callable[[Link, Who], None]
Asked = Callable[..., Awaitable[Any]]
IsBusy = Callable[[], bool]


class Entry:
    """`asked` asks the database in a thread; `admit` takes a link in, when its place is free."""

    def __init__(self, ports: Ports, asked: Asked, admit: Admit, is_busy: IsBusy) -> None:
        self._secret, self._asked, self._admit = ports.config.secret_key, asked, admit
        self._is_busy = is_busy
        self._waiting: deque[tuple[Link, str]] = deque()
        self._someone = asyncio.Event()

    def arrived(self, link: Link, key: str) -> None:
        """Somebody asks to come in."""
        self._waiting.append((link, key))
        self._someone.set()

    async def serve(self, spawn: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        """For ever."""
        while True:
            await self._someone.wait()
            few = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
            known = self._customers(few)
            if known:
                # Customers do not wait for what is asked of the database.
                spawn(self._ask_for(known))
            if self._waiting:
                await self._served()
            else:
                self._someone.clear()

    def _customers(self, few: Sequence[tuple[Link, str]]) -> list[tuple[Link, Who]]:
        """Let them in; returns who has to be asked for."""
        others = []
        for link, key in few:
            who = read_key(self._secret, key)
            if who is None:
                link.refuse(NOT_YOU)
            elif not who.is_customer:
                others.append((link, who))
            elif link.is_open:
                self._admit(link, who)
        return others

    async def _ask_for(self, few: Sequence[tuple[Link, Who]]) -> None:
        welcome = await self._asked(looking.may_stay, {who for _, who in few})
        for link, who in few:
            if welcome is None:
                # The database does not answer: nobody is turned away for that.
                link.refuse(TRY_LATER)
            elif who not in welcome:
                link.refuse(NOT_YOU)
            elif link.is_open:
                self._admit(link, who)

    async def _served(self) -> None:
        """Until those who came in are up to date, or have had their time."""
        end = time.monotonic() + PATIENCE_SECONDS
        await asyncio.sleep(ANSWER_SECONDS)
        while self._is_busy() and time.monotonic() < end:
            await asyncio.sleep(ANSWER_SECONDS)
