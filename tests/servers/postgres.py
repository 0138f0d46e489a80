"""PostgreSQL on loopback: a cluster of its own, without fsync, that gives fresh databases."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

from tests.servers.need import need
from tests.servers.process import (
    Account,
    Command,
    free_port,
    give,
    run_once,
    server_folder,
    started,
    unprivileged,
    wait_until_ready,
)

START_SECONDS = 60
FAST_AND_UNSAFE = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
_numbers = count(1)


@dataclass(frozen=True)
class Postgres:
    """A running cluster; its superuser is `wenda` and needs no password from loopback."""

    port: int

    def connect(self) -> psycopg.Connection:
        """Connect to the database that always is, outside any transaction."""
        where = f"host=127.0.0.1 port={self.port} user=wenda dbname=postgres connect_timeout=5"
        return psycopg.connect(where, autocommit=True)

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """Make an empty database, give its SQLAlchemy URL, and drop it on leaving."""
        name = f"test_{next(_numbers)}"
        self._execute(f"CREATE DATABASE {name}")
        try:
            yield f"postgresql+psycopg://wenda@127.0.0.1:{self.port}/{name}"
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        with self.connect() as connection:
            connection.execute(statement.encode())

    def answers(self) -> bool:
        """Tell whether it takes a connection."""
        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Make a cluster, start it, and give it once it answers."""
    programs = find_programs()
    account = unprivileged()
    with server_folder("postgres", account) as folder:
        log = folder / "postgres.log"
        log.touch()
        give(folder, account)
        run_once(_initdb(programs, log, account))
        server = Postgres(free_port())
        with started(_postgres(programs, log, account, server.port)) as process:
            wait_until_ready(process, log, server.answers, START_SECONDS)
            yield server


def find_programs() -> Path:
    """Return the folder of initdb and postgres, of the newest version there is."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    in_path = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    for folder in [*installed, *in_path]:
        if shutil.which("initdb", path=folder) and shutil.which("postgres", path=folder):
            return folder
    return need("no PostgreSQL server")


def _version(programs: Path) -> float:
    return float(programs.parent.name)


def _initdb(programs: Path, log: Path, account: Account | None) -> Command:
    data = str(log.parent / "data")
    how = ["--username=wenda", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    return Command([str(programs / "initdb"), "-D", data, *how], log, account)


def _postgres(programs: Path, log: Path, account: Account | None, port: int) -> Command:
    folder = log.parent
    settings = ["listen_addresses=127.0.0.1", *FAST_AND_UNSAFE]
    where = ["-D", str(folder / "data"), "-k", str(folder), "-p", str(port)]
    flags = [part for setting in settings for part in ("-c", setting)]
    return Command([str(programs / "postgres"), *where, *flags], log, account)
