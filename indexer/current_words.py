"""The site's wordbook as the database has it now, the same in every process.

One row is looked at, at most every POLL_SECONDS, when somebody needs the words; the book
itself is made anew only when that row or a product's name changed, and swapped whole.
"""

from __future__ import annotations

import threading
import time

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from indexer.synonyms import Group
from indexer.wordbook import Wordbook, make_wordbook, plain_wordbook
from models import Database, Product, WordEntry, WordKind, reading, word_version

POLL_SECONDS = 0.4

_State = tuple[int, tuple[str, ...]]


class CurrentWords:
    """Where a process gets its wordbook from; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._polled = float("-inf")
        self._state: _State | None = None
        self._book: Wordbook | None = None

    def book(self) -> Wordbook:
        """The words of at most POLL_SECONDS ago; with the database away, the last known."""
        book = self._book
        if book is not None and time.monotonic() - self._polled < POLL_SECONDS:
            return book
        if not self._lock.acquire(blocking=book is None):
            return book or plain_wordbook()
        try:
            return self._look()
        except SQLAlchemyError:
            self._polled = time.monotonic()
            return self._book or plain_wordbook()
        finally:
            self._lock.release()

    def now(self) -> Wordbook:
        """The words as they are at this moment; for whoever writes the index."""
        with self._lock:
            return self._look()

    def _look(self) -> Wordbook:
        with reading(self._database) as session:
            state = _state(session)
            if self._book is None or state != self._state:
                self._book = _read(session, state[1])
                self._state = state
        self._polled = time.monotonic()
        return self._book


def _state(session: Session) -> _State:
    names = session.scalars(sa.select(Product.name).order_by(Product.id))
    return word_version(session), tuple(names)


def _read(session: Session, names: tuple[str, ...]) -> Wordbook:
    """The book of all living lines and of the names in the product tree."""
    rows = session.execute(
        sa.select(WordEntry.kind, WordEntry.words)
        .where(WordEntry.deleted_at.is_(None))
        .order_by(WordEntry.id)
    ).all()
    words = [word for kind, some in rows if kind is WordKind.WORD for word in some]
    groups = [
        Group(tuple(some), kind is WordKind.ONE_WAY)
        for kind, some in rows
        if kind is not WordKind.WORD
    ]
    return make_wordbook((*words, *names), groups)
