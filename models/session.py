"""How the database is opened and how a piece of work begins and ends.

`unit_of_work` commits at the end and rolls back on any raise; nothing else commits.
On SQLite a unit of work takes the write lock at its start, so it never fails half way.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.base import Base

SQLITE_BUSY_MS = 15_000
SQLITE_POOL = 16
POSTGRES_STATEMENT_MS = 15_000
POSTGRES_POOL = 10
POSTGRES_OVERFLOW = 40
UNLIMITED = -1
AT_ONCE = 2
_turns = threading.Semaphore(AT_ONCE)


@dataclass(frozen=True)
class Database:
    """An engine and its two ways in: one that may write, one that only reads."""

    engine: sa.Engine
    writing: sa.Engine

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def connect(url: str) -> Database:
    """Open the database at `url` (SQLite or PostgreSQL) with the product's settings."""
    if sa.make_url(url).get_backend_name() == "sqlite":
        # As many connections as there are threads; a file needs no limit of its own.
        engine = sa.create_engine(
            url,
            connect_args={"timeout": SQLITE_BUSY_MS / 1000},
            pool_size=SQLITE_POOL,
            max_overflow=UNLIMITED,
        )
        _tune_sqlite(engine)
    else:
        options = f"-c statement_timeout={POSTGRES_STATEMENT_MS} -c timezone=UTC"
        engine = sa.create_engine(
            url,
            pool_pre_ping=True,
            pool_size=POSTGRES_POOL,
            max_overflow=POSTGRES_OVERFLOW,
            connect_args={"options": options, "connect_timeout": 5},
        )
    return Database(engine, engine.execution_options(wenda_writes=True))


def _tune_sqlite(engine: sa.Engine) -> None:
    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={SQLITE_BUSY_MS}",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("wenda_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def unit_of_work(database: Database) -> Iterator[Session]:
    """One use case, one transaction: committed at the end, rolled back on any raise."""
    with Session(database.writing, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(database: Database) -> Iterator[Session]:
    """A consistent look at the database that changes nothing."""
    with Session(database.engine, expire_on_commit=False) as session:
        try:
            yield session
        finally:
            # A rollback would empty what was read; it leaves with the reader as it is.
            session.expunge_all()
            session.rollback()


@contextmanager
def reading_in_turn(database: Database) -> Iterator[Session]:
    """As `reading`, for the short look that very many ask for; never within another.

    SQLite lets go of the interpreter at every row and has to get it back: more than AT_ONCE
    threads doing so keep each other waiting. A server's rows come in one piece, without turns.
    """
    of_file = database.engine.dialect.name == "sqlite"
    with _turns if of_file else nullcontext(), reading(database) as session:
        yield session


def insert_if_absent(session: Session, kind: type[Base], /, **values: Any) -> None:
    """Insert a row unless one with its key exists; two doing so at once make one row."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    session.execute(insert(kind).values(**values).on_conflict_do_nothing())
