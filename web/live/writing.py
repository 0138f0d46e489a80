"""Messages from sockets on their way into the database: many at once in one transaction.

What could not be stored is neither acknowledged nor refused: its page is told to come back, and
sends it again. No message, whatever is in it, ends the thread.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kb_app.chat import robot
from kb_app.chat.saying import Refused, Said, say_all
from kb_app.chat.talk import Say
from kb_app.errors import WendaError
from kb_app.events import Event, happened
from kb_app.ports import Ports
from models import ChatSide, ChatState
from web.live.link import Link

MOST_TOGETHER = 200
BUSY_SECONDS = 0.1
GATHER_SECONDS = 0.03
ROBOTS = 2

# ValueError: text that a driver cannot encode.
FAULTS = (SQLAlchemyError, WendaError, ValueError)
# Nobody's message is to blame: one by one, each would wait as long for the same.
NOBODYS_FAULT = (OperationalError, PoolTimeout)

Result = tuple[Link, Said | Refused]


@dataclass
class Writer:
    """One thread writes; two more take the robot's turns. `told` gets the results, `failed` the
    sockets whose message could not be stored."""

    ports: Ports
    told: Callable[[Sequence[Result]], None]
    failed: Callable[[Sequence[Link]], None]
    _queue: queue.SimpleQueue[tuple[Link, Say] | None] = field(default_factory=queue.SimpleQueue)
    _robots: ThreadPoolExecutor | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """From now on."""
        self._robots = ThreadPoolExecutor(ROBOTS, thread_name_prefix="chat-robot")
        self._thread = threading.Thread(target=self._run, name="chat-writer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits; robots finish what they are at."""
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(10)
        if self._robots is not None:
            self._robots.shutdown(wait=True, cancel_futures=True)

    @property
    def is_busy(self) -> bool:
        """Whether something waits to be stored."""
        return not self._queue.empty()

    def take(self, link: Link, words: Say) -> None:
        """Store this and tell me."""
        self._queue.put((link, words))

    def _run(self) -> None:
        wrote = 0.0
        while True:
            batch = [self._queue.get()]
            if time.monotonic() - wrote < BUSY_SECONDS:
                # Busy: a moment's patience, and the next ones share the transaction.
                time.sleep(GATHER_SECONDS)
            while len(batch) < MOST_TOGETHER and not self._queue.empty():
                batch.append(self._queue.get())
            taken = [each for each in batch if each is not None]
            if taken:
                self._write(taken)
                wrote = time.monotonic()
            if len(taken) < len(batch):
                return

    def _write(self, taken: Sequence[tuple[Link, Say]]) -> None:
        try:
            found = say_all(self.ports, [words for _, words in taken])
        except FAULTS as error:
            happened(Event.CHAT_STUMBLED, logging.WARNING, error=type(error).__name__)
            # One of them may be to blame; without an answer the page sends it again.
            if len(taken) > 1 and not isinstance(error, NOBODYS_FAULT):
                for each in taken:
                    self._write([each])
            else:
                self.failed([link for link, _ in taken])
            return
        self.told([(link, result) for (link, _), result in zip(taken, found, strict=True)])
        self._ask_robots(taken, found)

    def _ask_robots(
        self, taken: Sequence[tuple[Link, Say]], found: Sequence[Said | Refused]
    ) -> None:
        ids = {
            result.chat_id
            for (_, words), result in zip(taken, found, strict=True)
            if isinstance(result, Said)
            and result.state is ChatState.ROBOT
            and words.side is ChatSide.CUSTOMER
        }
        for chat_id in ids:
            if self._robots is not None:
                self._robots.submit(self._turn, chat_id)

    def _turn(self, chat_id: int) -> None:
        try:
            robot.turn(self.ports, chat_id)
        except (SQLAlchemyError, WendaError) as error:
            # The worker takes the turn some seconds later.
            happened(Event.CHAT_STUMBLED, logging.WARNING, error=type(error).__name__)
