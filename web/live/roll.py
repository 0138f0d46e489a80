"""Calling the roll of the sockets: who is silent is gone, who may no longer be here is sent away.

Within PING_EVERY everybody who said nothing is asked, a few at a time: thousands of answers at
once would delay what people say.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from kb_app.events import Event, happened
from kb_app.ports import Ports
from web.live import looking
from web.live.keys import Who
from web.live.link import NOT_YOU, Link

PING_EVERY = 25.0
PING_STEPS = 100
SILENT_SECONDS = 70.0


class Roll:
    """Used in the loop's thread alone; `asked` asks the database, `beside` is a thread to write."""

    def __init__(
        self,
        ports: Ports,
        links: set[Link],
        asked: Callable[..., Awaitable[Any]],
        beside: ThreadPoolExecutor,
    ) -> None:
        self._ports, self._links, self._asked, self._beside = ports, links, asked, beside

    async def call(self) -> None:
        """For ever."""
        while True:
            await self._ask_everybody()
            everybody = [link.who for link in self._links if link.who is not None]
            staff = [who for who in everybody if who.is_staff]
            guests = [who for who in everybody if who.guest_id]
            self._send_away(await self._asked(looking.may_stay, [*staff, *guests]))
            chats = [who.chat_id for who in everybody if who.is_customer]
            # It writes, and may have to wait for its turn; what is new must not wait with it.
            self._beside.submit(self._are_here, [who.user_id for who in staff], chats)

    async def _ask_everybody(self) -> None:
        links = list(self._links)
        for step in range(PING_STEPS):
            for link in links[step::PING_STEPS]:
                silent = time.monotonic() - link.heard_at
                if silent > SILENT_SECONDS:
                    link.close()
                elif silent > PING_EVERY / 2:
                    link.ping()
            await asyncio.sleep(PING_EVERY / PING_STEPS)

    def _are_here(self, agents: Sequence[int], chats: Sequence[int]) -> None:
        try:
            looking.here(self._ports, agents, chats)
        except SQLAlchemyError as error:
            happened(Event.CHAT_STUMBLED, logging.WARNING, error=type(error).__name__)

    def _send_away(self, stay: frozenset[Who] | None) -> None:
        """Staff whose session ended, guests whose link did; nobody while the database is away."""
        for link in list(self._links):
            who = link.who
            if stay is not None and who is not None and not who.is_customer and who not in stay:
                link.close(NOT_YOU)
