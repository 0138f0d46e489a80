"""All sockets of this process: one loop in one thread, the database in threads beside it.

A chat's messages reach a socket in order and without gaps, because every socket has a cursor
for each chat it follows and is sent exactly what lies behind it (`delivery`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Collection, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from kb_app.chat.saying import Said
from kb_app.chat.talk import Say
from kb_app.chat_pulse import DISMISSED, Beat
from kb_app.events import Event, happened
from kb_app.ports import Ports
from web.live.commands import Follow, Here, Sign, command
from web.live.delivery import LOOK_EVERY, Delivery
from web.live.entry import Entry
from web.live.followers import Draw, Followers
from web.live.keys import Who
from web.live.link import NOT_YOU, TRY_LATER, Link
from web.live.places import Places, address_of
from web.live.roll import Roll
from web.live.writing import Result, Writer

NUDGE_EVERY, NUDGE_EACH = 0.3, 0.03
DESK = '{"t":"desk"}'
RESTART = 1012

Found = TypeVar("Found")


class Hub:
    """The keeper of the sockets; `draw` makes a message's HTML for staff or for its customer."""

    def __init__(self, ports: Ports, draw: Draw) -> None:
        self._ports, self._followers = ports, Followers(draw)
        self._loop = asyncio.new_event_loop()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="chat-reader")
        self._looker = ThreadPoolExecutor(1, thread_name_prefix="chat-looker")
        self._signs = ThreadPoolExecutor(1, thread_name_prefix="chat-signs")
        self._writer = Writer(ports, self._acknowledge, self._unstored)
        self._links: set[Link] = set()
        self._places = Places()
        self._roll = Roll(ports, self._links, self._asked, self._signs)
        self._delivery = Delivery(self._followers, self._asked, self._spawn)
        self._entry = Entry(ports, self._asked, self._admit, self._is_busy)
        self._tasks: set[asyncio.Task[None]] = set()
        self._nudging, self._nudge_at = False, 0.0
        self._thread = threading.Thread(target=self._run, name="chat-loop", daemon=True)

    def start(self) -> None:
        """Begin to listen; sockets come by `adopt`."""
        self._writer.start()
        self._thread.start()
        self._ports.pulse.listen(lambda beat: self._call(self._heard, beat))

    def stop(self) -> None:
        """Store what was said, say goodbye; pages come back by themselves."""
        self._writer.stop()
        self._call(self._close)
        self._thread.join(5)
        for each in (self._reader, self._looker):
            each.shutdown(wait=True)
        self._signs.shutdown(wait=False)

    def adopt(self, sock: socket.socket, data: bytes) -> None:
        """Take a connection over, with the bytes that came; called from any thread."""
        self._call(self._adopt, sock, data)

    # The keeper of links: called in the loop's thread.

    def arrived(self, link: Link, key: str) -> None:
        """Somebody asks to come in."""
        self._entry.arrived(link, key)

    def told(self, link: Link, words: dict[str, Any]) -> None:
        """A page says something."""
        found = command(link.who, words) if link.who is not None else None
        if isinstance(found, Say):
            self._writer.take(link, found)
        elif isinstance(found, Follow):
            self._followers.follow(link, found.chat_id, found.after)
            self._delivery.wake([found.chat_id])
        elif isinstance(found, Sign):
            self._pass_on(link, found)
        elif isinstance(found, Here):
            link.say({"t": "here"})

    def gone(self, link: Link) -> None:
        """A page went away."""
        self._links.discard(link)
        self._places.free(link)
        self._followers.forget(link)

    # Inside.

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        looks = self._delivery.look_around(self._looker, self._nudge)
        for each in (looks, self._entry.serve(self._spawn)):
            self._loop.call_soon(self._spawn, each)
        self._loop.call_soon(lambda: self._spawn(self._roll.call()))
        self._loop.run_forever()
        self._loop.close()

    def _call(self, act: Callable[..., object], *what: Any) -> None:
        # The loop is closed when the process is about to end.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(act, *what)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _close(self) -> None:
        for link in list(self._links):
            link.close(RESTART)
        for task in list(self._tasks):
            task.cancel()
        self._loop.call_later(0.2, self._loop.stop)

    def _adopt(self, sock: socket.socket, data: bytes) -> None:
        self._spawn(self._connect(sock, data))

    async def _connect(self, sock: socket.socket, data: bytes) -> None:
        try:
            _, link = await self._loop.connect_accepted_socket(lambda: Link(self), sock)
        except OSError:
            sock.close()
            return
        link.data_received(data)

    async def _asked(
        self, ask: Callable[..., Found], *what: Any, asker: ThreadPoolExecutor | None = None
    ) -> Found | None:
        """Ask the database in its thread; None when it does not answer."""
        try:
            return await self._loop.run_in_executor(asker or self._reader, ask, self._ports, *what)
        except SQLAlchemyError as error:
            happened(Event.CHAT_STUMBLED, logging.WARNING, error=type(error).__name__)
            return None

    def _admit(self, link: Link, who: Who) -> None:
        config = self._ports.config
        link.who = who
        link.address = address_of(link.peer, link.forwarded, config.trusted_proxies)
        if config.rate_limits and not self._places.take(link):
            link.refuse(TRY_LATER)
            return
        link.welcome(who)
        self._links.add(link)
        link.say({"t": "hello"})

    def _is_busy(self) -> bool:
        return self._delivery.is_busy or self._writer.is_busy

    def _heard(self, beat: Beat) -> None:
        self._delivery.hand_on(beat.chats, beat.told)
        for sign in beat.signs:
            self._show(sign)
        if beat.desk:
            self._nudge()

    def _unstored(self, links: Sequence[Link]) -> None:
        """Their pages come back a moment later, and say it again."""
        self._call(lambda: self._loop.call_later(LOOK_EVERY, self._send_back, set(links)))

    @staticmethod
    def _send_back(links: Collection[Link]) -> None:
        for link in links:
            link.close(TRY_LATER)

    def _acknowledge(self, results: Sequence[Result]) -> None:
        self._call(self._tell_results, results)

    def _tell_results(self, results: Sequence[Result]) -> None:
        for link, result in results:
            if isinstance(result, Said):
                words = {"t": "ack", "seq": result.seq}
            else:
                words = {"t": "no", "code": result.code}
            link.say({**words, "chat": result.chat_id, "cid": result.client_id})

    def _pass_on(self, link: Link, sign: Sign) -> None:
        if link.who is None:
            return
        words = {
            "chat": sign.chat_id,
            "what": sign.what,
            "seq": sign.seq,
            "staff": link.who.is_staff,
            "name": link.who.name,
            "by": link.who.user_id,
        }
        # Redis may take its time; the loop has none.
        self._signs.submit(self._ports.pulse.send, Beat(signs=(words,)))

    def _show(self, sign: dict[str, Any]) -> None:
        """To the other side, and to colleagues, never to who made it."""
        if sign["what"] == DISMISSED:
            self._send_off(sign["seq"])
            return
        for link in self._followers.of(int(sign["chat"])):
            if link.who is None or (sign["staff"] and link.who.user_id == sign["by"]):
                continue
            if link.who.is_staff or sign["staff"]:
                link.say({"t": "sign", **sign})

    def _send_off(self, guest_id: int) -> None:
        for link in list(self._links):
            if link.who is not None and link.who.guest_id == guest_id:
                link.close(NOT_YOU)

    def _nudge(self) -> None:
        """Lists changed: told to staff at once, and then now and then, however often it happens."""
        if not self._nudging:
            self._nudging = True
            self._loop.call_later(
                max(NUDGE_EVERY, self._nudge_at - time.monotonic()), self._tell_staff
            )

    def _tell_staff(self) -> None:
        staff = [link for link in self._links if link.who is not None and link.who.is_staff]
        for link in staff:
            link.say_text(DESK)
        # Each of them fetches its lists.
        self._nudging = False
        self._nudge_at = time.monotonic() + NUDGE_EACH * len(staff)
