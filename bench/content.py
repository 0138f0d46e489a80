"""How fast knowledge comes in and goes out: articles as Markdown files, and the same again.

`python -m bench.content FILE.jsonl.gz [--quick]` prints one JSON line: seconds of reading,
writing and indexing (without vectors), of a repeat, and of a full export; and of the processor.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

from bench.documents import read_articles
from kb_app import bootstrap
from kb_app.config import Config
from kb_app.exchange import runs
from kb_app.exchange.exporting import export
from kb_app.exchange.formats import ExportFormat, ImportFormat
from kb_app.exchange.judging import OnConflict
from kb_app.exchange.readers.front_matter import dump
from kb_app.exchange.run_pages import run_of
from kb_app.exchange.running import IMPORTER, read_in, take_in
from kb_app.jobs import drain
from kb_app.ports import Ports

QUICK = 1_000


def packed(file: Path, most: int | None) -> io.BytesIO:
    """The articles as a zip of Markdown files with heads, in folders of a hundred."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for number, (title, body) in enumerate(read_articles([file])[:most]):
            name = re.sub(r"\W+", "-", title)[:30]
            head = dump({"title": title, "id": f"bench-{number}"})
            out.writestr(f"{number // 100:03d}/{number}-{name}.md", f"{head}\n{body}\n")
    made.seek(0)
    return made


def brought_in(ports: Ports, data: io.BytesIO) -> dict[str, float]:
    """Seconds of each step of one import."""
    data.seek(0)
    began, busy = time.perf_counter(), _processor()
    sent = runs.Sent(ImportFormat.MARKDOWN, "articles.zip", data)
    run_id = runs.begin_import(ports, IMPORTER, sent, by_hand=True)
    read_in(ports, run_id)
    read = time.perf_counter()
    runs.confirm(ports, IMPORTER, run_id, OnConflict.KEEP, by_hand=True)
    take_in(ports, run_id)
    written = time.perf_counter()
    drain(ports, encode_seconds=0)
    indexed = time.perf_counter()
    run = run_of(ports, run_id)
    return {
        "articles": run.created + run.changed + run.same,
        "created": run.created,
        "refused": run.refused,
        "read_s": round(read - began, 1),
        "write_s": round(written - read, 1),
        "index_s": round(indexed - written, 1),
        "total_s": round(indexed - began, 1),
        "cpu_s": round(_processor() - busy, 1),
    }


def _processor() -> float:
    """Seconds of this process and of the children that read files for it."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def given_out(ports: Ports) -> dict[str, float]:
    """Seconds and size of a full export."""
    began = time.perf_counter()
    run_id = runs.begin_export(ports, IMPORTER, ExportFormat.WENDA, by_hand=True)
    export(ports, run_id)
    run = run_of(ports, run_id)
    return {"total_s": round(time.perf_counter() - began, 1), "megabytes": round(run.size / 1e6, 1)}


def main() -> None:
    """Measure in a folder that is thrown away."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--quick", action="store_true", help=f"only {QUICK} articles")
    chosen = parser.parse_args()
    data = packed(chosen.file, QUICK if chosen.quick else None)
    with tempfile.TemporaryDirectory() as folder:
        config = Config(data_dir=Path(folder), encoder="none", secret_key="b" * 40)
        bootstrap.migrate(config)
        ports = bootstrap.build(config)
        figures: dict[str, Any] = {
            "load": round(os.getloadavg()[0], 1),
            "import": brought_in(ports, data),
            "repeat": brought_in(ports, data),
            "export": given_out(ports),
        }
        bootstrap.close(ports)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
