"""Carrying an export out for a run."""

from __future__ import annotations

from kb_app.exchange.formats import ExportFormat
from kb_app.exchange.giving import Wanted, give_all
from kb_app.exchange.giving_sheet import give_sheet
from kb_app.exchange.running import IMPORTER
from kb_app.exchange.spool import spool
from kb_app.ports import Ports
from models import ExchangeRun, ExchangeState, reading, record, unit_of_work


def export(ports: Ports, run_id: int) -> None:
    """Write the file and note it; begun again, it writes the file anew."""
    with reading(ports.database) as session:
        run = session.get_one(ExchangeRun, run_id)
    place = spool(ports, run.folder)

    def progress(count: int) -> None:
        with unit_of_work(ports.database) as session:
            found = session.get_one(ExchangeRun, run_id)
            found.done, found.updated_at = found.done + count, ports.clock()

    if run.file_format == ExportFormat.CSV:
        count = give_sheet(ports, place.product, progress)
    else:
        wanted = Wanted(IMPORTER, versions=bool(run.options.get("versions")))
        count = give_all(ports, place.product, wanted, progress)
    with unit_of_work(ports.database) as session:
        found = session.get_one(ExchangeRun, run_id)
        if found.state is ExchangeState.RUNNING:
            found.state = ExchangeState.DONE
        found.total = found.done = count
        found.size = place.product.stat().st_size
        found.finished_at = found.updated_at = ports.clock()
        record(session, IMPORTER, "export.done", f"exchange:{run_id}", articles=count)
