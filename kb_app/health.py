"""Whether this process can do its work: database, schema, search, waiting jobs."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from kb_app.jobs import waiting
from kb_app.ports import Ports
from models import JobKind
from models.migrate import is_current

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
    """Look at everything once; never raises."""
    search = ports.engine.parts.backend.healthy()
    try:
        schema = is_current(ports.database)
        return Readiness(True, schema, search, waiting(ports, *INDEX_KINDS) if schema else 0)
    except sa.exc.SQLAlchemyError:
        return Readiness(False, False, search, 0)
