"""The log of searches, written beside the pages: nobody waits for it.

Until `start` every search is written at once. After it a search gets its number at once and
its row within FLUSH_SECONDS; a kill -9 loses at most those, an orderly end loses none.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kb_app.events import Event, happened
from models import Database, SearchLog, SearchSource, unit_of_work

FLUSH_SECONDS = 0.3
BLOCK = 512
MOST_WAITING = 5_000


@dataclass(frozen=True)
class Searched:
    """One search as it is remembered; `shown` are the articles of the page."""

    query: str
    source: SearchSource
    searcher_key: str
    total: int
    shown: list[int]
    took_ms: float
    created_at: datetime
    page: int = 1


class SearchJournal:
    """Numbers and keeps searches; one per process, safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._numbers: deque[int] = deque()
        self._waiting: dict[int, Searched] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, searched: Searched) -> int:
        """The number of this search, by which clicks refer to it."""
        if self._thread is None:
            return self._write_now(searched, spare=0)
        with self._lock:
            if self._numbers and len(self._waiting) < MOST_WAITING:
                number = self._numbers.popleft()
                self._waiting[number] = searched
                return number
        return self._write_now(searched, spare=0 if self._numbers else BLOCK)

    def settle(self, number: int) -> None:
        """Make sure that this search is in the database, so that a click can refer to it."""
        with self._lock:
            waits = number in self._waiting
        if waits:
            self._flush()

    def start(self) -> None:
        """From now on write in the background."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="search-log", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Write what waits and go back to writing at once."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stop.set()
            thread.join()
        self._try_to_flush()

    def _run(self) -> None:
        while not self._stop.wait(FLUSH_SECONDS):
            self._try_to_flush()

    def _try_to_flush(self) -> None:
        try:
            self._flush()
        except sa.exc.SQLAlchemyError as error:  # kept, and tried again next time
            kind = type(error).__name__
            happened(Event.NOT_COUNTED, logging.WARNING, what="searches", error=kind)

    def _flush(self) -> None:
        with self._writing:
            with self._lock:
                taken = dict(self._waiting)
            if not taken:
                return
            with unit_of_work(self._database) as session:
                _insert(session, taken)
            with self._lock:
                for number in taken:
                    del self._waiting[number]

    def _write_now(self, searched: Searched, spare: int) -> int:
        """Write one search; its number is the last of a block when some are to be kept spare."""
        with unit_of_work(self._database) as session:
            fresh = _fresh_numbers(session, spare + 1) if spare else []
            log = SearchLog(**asdict(searched))
            if fresh:
                log.id = fresh[-1]
            session.add(log)
            session.flush()
            number = log.id
        self._numbers.extend(fresh[:-1])
        return number


def _fresh_numbers(session: Session, count: int) -> list[int]:
    """Numbers nobody else gets; on SQLite once a row with the last of them is committed."""
    if session.get_bind().dialect.name == "postgresql":
        sequence = sa.func.pg_get_serial_sequence(SearchLog.__tablename__, "id")
        rows = sa.select(sa.func.nextval(sequence)).select_from(
            sa.func.generate_series(1, count).alias("each")
        )
        return [int(number) for number in session.scalars(rows)]
    last = session.scalar(sa.select(sa.func.max(SearchLog.id))) or 0
    return list(range(last + 1, last + 1 + count))


def _insert(session: Session, searches: dict[int, Searched]) -> None:
    """Write rows under the numbers given; one that is there already stays as it is."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    rows = [{"id": number, **asdict(searched)} for number, searched in searches.items()]
    session.execute(insert(SearchLog).on_conflict_do_nothing(), rows)
