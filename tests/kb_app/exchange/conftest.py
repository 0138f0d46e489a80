"""A way to bring a file in as a person would, without the worker."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from kb_app.exchange import runs
from kb_app.exchange.formats import ExportFormat, ImportFormat
from kb_app.exchange.judging import OnConflict
from kb_app.ports import Ports
from models import Article, ExchangeRun, Viewer, reading
from tests.conftest import People
from tests.kb_app.conftest import *  # noqa: F403  the usual fixtures


@dataclass(frozen=True)
class Exchange:
    """Imports and exports of one person."""

    ports: Ports
    viewer: Viewer

    def read(self, file_format: str, name: str, data: bytes) -> ExchangeRun:
        """Send a file and have it read."""
        sent = runs.Sent(ImportFormat(file_format), name, io.BytesIO(data))
        run_id = runs.begin_import(self.ports, self.viewer, sent)
        runs.work(self.ports, run_id)
        return self.run(run_id)

    def columns(self, run: ExchangeRun, mapping: Mapping[str, int] | None = None) -> ExchangeRun:
        """Say what the columns mean (as guessed unless told)."""
        chosen = mapping or run.options["columns"]["guess"]
        runs.choose_columns(self.ports, self.viewer, run.id, chosen)
        runs.work(self.ports, run.id)
        return self.run(run.id)

    def confirm(self, run: ExchangeRun, on_conflict: OnConflict = OnConflict.KEEP) -> ExchangeRun:
        """Have what was read written."""
        runs.confirm(self.ports, self.viewer, run.id, on_conflict)
        runs.work(self.ports, run.id)
        return self.run(run.id)

    def bring(
        self,
        file_format: str,
        name: str,
        data: bytes,
        on_conflict: OnConflict = OnConflict.KEEP,
    ) -> ExchangeRun:
        """Read and write at once."""
        run = self.read(file_format, name, data)
        if run.state == "mapping":
            run = self.columns(run)
        return self.confirm(run, on_conflict)

    def give(self, file_format: str = "wenda", versions: bool = False) -> bytes:
        """Everything, as the file one would download."""
        kind = ExportFormat(file_format)
        run_id = runs.begin_export(self.ports, self.viewer, kind, versions)
        runs.work(self.ports, run_id)
        return runs.product(self.ports, self.viewer, run_id).path.read_bytes()

    def run(self, run_id: int) -> ExchangeRun:
        """The run as it is now."""
        with reading(self.ports.database) as session:
            return session.get_one(ExchangeRun, run_id)

    def article(self, external_id: str) -> Article:
        """The article that came in under this id."""
        with reading(self.ports.database) as session:
            query = sa.select(Article).where(Article.external_id == external_id)
            found = session.scalars(query).one()
            _ = found.category, found.products, found.access
            return found

    def count(self, table: type) -> int:
        """How many rows there are."""
        with reading(self.ports.database) as session:
            return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@pytest.fixture
def exchange(ports: Ports, people: People) -> Exchange:
    """林知夏, a content manager, at the import page."""
    return Exchange(ports, people.linzhixia)


Bring = Callable[..., ExchangeRun]
