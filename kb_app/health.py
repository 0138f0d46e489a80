"""Whether this process can do its work: database, schema, search, waiting jobs."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from indexer.backend import SearchBackend
from indexer.search import SearchEngine
from kb_app.jobs import waiting
from kb_app.ports import Ports
from models import JobKind
from models.migrate import is_current

PATIENCE_SECONDS = 0.5
INDEX_KINDS = (JobKind.INDEX_ARTICLE, JobKind.INDEX_QUESTION, JobKind.REINDEX)


@dataclass(frozen=True)
class Readiness:
    """`ok` when pages can be served; search being down limits but does not stop them."""

    database: bool
    schema: bool
    search: bool
    waiting_jobs: int

    @property
    def ok(self) -> bool:
        """Whether requests may be sent here."""
        return self.database and self.schema

    def as_words(self) -> dict[str, object]:
        """For a JSON answer."""
        return {"status": "ok" if self.ok else "unavailable", **self.__dict__}


def ready(ports: Ports) -> Readiness:
    """Look at everything once, in well under a second whatever search does; never raises."""
    search = _pulse_of(ports.engine).feel()
    try:
        schema = is_current(ports.database)
        return Readiness(True, schema, search, waiting(ports, *INDEX_KINDS) if schema else 0)
    except sa.exc.SQLAlchemyError:
        return Readiness(False, False, search, 0)


@dataclass
class _Pulse:
    """Asks a backend for its health beside the request; one question at a time is under way.

    Whoever has waited PATIENCE_SECONDS in vain takes the silence for a no.
    """

    backend: SearchBackend
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asking: threading.Thread | None = None
    _healthy: bool = False

    def feel(self) -> bool:
        """Whether search answers, and answers well."""
        with self._lock:
            if self._asking is None or not self._asking.is_alive():
                self._asking = threading.Thread(target=self._ask, name="pulse", daemon=True)
                self._asking.start()
            asking = self._asking
        asking.join(PATIENCE_SECONDS)
        return self._healthy and not asking.is_alive()

    def _ask(self) -> None:
        self._healthy = self.backend.healthy()


_PULSES: WeakKeyDictionary[SearchEngine, _Pulse] = WeakKeyDictionary()


def _pulse_of(engine: SearchEngine) -> _Pulse:
    """One for each engine; gone with it."""
    return _PULSES.setdefault(engine, _Pulse(engine.parts.backend))
