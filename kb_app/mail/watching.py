"""Watching the boxes: one thread each fetches, then waits for the server's word or a minute.

Of several worker processes one holds a box; when it dies its hold ends by itself.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import sqlalchemy as sa

from kb_app.events import Event, happened
from kb_app.mail import fetching
from kb_app.mail.access import open_box
from kb_app.ports import Ports
from models import Mailbox, reading
from ticket_bridge.mail.boxes import BoxFault, OpenBox

LOOK_SECONDS = 5.0
POLL_SECONDS = 60.0
# In slices, so that a thread that is told to stop does.
IDLE_SECONDS = 20.0
SLICES = 3
# A connection is made anew after this; servers drop silent ones.
CONNECTION_SECONDS = 20 * 60.0
LONGEST_PAUSE = 900.0
GOODBYE_SECONDS = 3.0
REFRESH_SECONDS = 30.0


@dataclass
class Watch:
    """All boxes of a site."""

    ports: Ports
    holder: str = field(default_factory=fetching.new_holder)
    threads: dict[int, threading.Thread] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Until told to stop."""
        while not stop.is_set():
            try:
                self._look(stop)
            except Exception as error:  # noqa: BLE001  a lost database must not end the watch
                happened(Event.WORKER_STUMBLED, worker="mail-watch", error=type(error).__name__)
            stop.wait(LOOK_SECONDS)
        for thread in self.threads.values():
            thread.join(GOODBYE_SECONDS)

    def _look(self, stop: threading.Event) -> None:
        with reading(self.ports.database) as session:
            active = list(session.scalars(sa.select(Mailbox.id).where(Mailbox.is_active)))
        self.threads = {key: t for key, t in self.threads.items() if t.is_alive()}
        for mailbox_id in active:
            if mailbox_id not in self.threads:
                thread = threading.Thread(
                    target=watch_box,
                    args=(self.ports, mailbox_id, self.holder, stop),
                    name=f"mailbox-{mailbox_id}",
                    daemon=True,
                )
                self.threads[mailbox_id] = thread
                thread.start()


def watch_box(ports: Ports, mailbox_id: int, holder: str, stop: threading.Event) -> None:
    """One box, until it is paused, held by another, or told to stop."""
    faults = 0
    while not stop.is_set() and fetching.hold(ports, mailbox_id, holder):
        try:
            _connected(ports, mailbox_id, holder, stop)
            faults = 0
        except BoxFault as fault:
            fetching.note_fault(ports, mailbox_id, fault)
            faults += 1
            _pause(ports, mailbox_id, holder, stop, min(LONGEST_PAUSE, 5.0 * 2**faults))
        except Exception as error:  # noqa: BLE001  one box must not end the others' watch
            happened(Event.WORKER_STUMBLED, worker="mailbox", error=type(error).__name__)
            _pause(ports, mailbox_id, holder, stop, POLL_SECONDS)
    fetching.let_go(ports, mailbox_id, holder)


def _connected(ports: Ports, mailbox_id: int, holder: str, stop: threading.Event) -> None:
    with reading(ports.database) as session:
        box = session.get_one(Mailbox, mailbox_id)
    connection = open_box(ports, box)
    until = time.monotonic() + CONNECTION_SECONDS
    try:
        while not stop.is_set() and time.monotonic() < until:
            fetching.take_over(ports, box, connection)
            if not fetching.hold(ports, mailbox_id, holder):
                return
            if not _pushed(connection, stop):
                break
    finally:
        connection.close()
    if time.monotonic() < until:
        _pause(ports, mailbox_id, holder, stop, POLL_SECONDS)


def _pushed(connection: OpenBox, stop: threading.Event) -> bool:
    """Wait in slices, so that stopping is quick; False when the server does not push."""
    for _ in range(SLICES):
        if stop.is_set():
            return True
        begun = time.monotonic()
        if connection.wait(IDLE_SECONDS):
            return True
        if time.monotonic() - begun < IDLE_SECONDS / 2:
            return False
    return True


def _pause(
    ports: Ports, mailbox_id: int, holder: str, stop: threading.Event, seconds: float
) -> None:
    until = time.monotonic() + seconds
    while not stop.is_set() and (left := until - time.monotonic()) > 0:
        stop.wait(min(left, REFRESH_SECONDS))
        if not fetching.hold(ports, mailbox_id, holder):
            return
