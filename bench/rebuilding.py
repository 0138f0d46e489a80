"""A whole rebuild out of the database, short documents: one JSON line.

`python -m bench.rebuilding --data FILE [FILE ...] --docs 100000`

Documents are made as documents.py says and stored in a SQLite base of their own. `first`
builds an index where none was and writes an entry for every document; `again` builds it
beside the live one, nothing having changed. Reading, jieba, the engine and the audit are in it;
vectors are not (they follow in the background).
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from bench.documents import Articles, pieces, read_articles
from indexer.embedded_backend import EmbeddedBackend
from indexer.encoders.none import NoEncoder
from indexer.rebuild import rebuild
from indexer.search import IndexParts
from models import PUBLIC_KEY, Article, ArticleAccess, ArticleStatus, connect, unit_of_work
from models.migrate import migrate

AT_ONCE = 5_000


def store(parts: IndexParts, made: Articles) -> None:
    """The documents as published articles, open to everybody."""
    for start in range(0, len(made), AT_ONCE):
        numbered = list(enumerate(made[start : start + AT_ONCE], start=start + 1))
        state = ArticleStatus.PUBLISHED
        articles = [
            {"id": number, "slug": f"bench-{number}", "title": title, "body": body, "status": state}
            for number, (title, body) in numbered
        ]
        with unit_of_work(parts.database) as session:
            session.execute(sa.insert(Article), articles)
            keys = [{"article_id": number, "key": PUBLIC_KEY} for number, _ in numbered]
            session.execute(sa.insert(ArticleAccess), keys)


def measure(folder: Path, made: Articles) -> dict[str, object]:
    """Documents a second of the first rebuild and of the next."""
    database = connect(f"sqlite:///{folder / 'bench.db'}")
    migrate(database)
    parts = IndexParts(database, EmbeddedBackend(folder / "index"), NoEncoder())
    store(parts, made)
    figures: dict[str, object] = {"bench": "rebuilding", "docs": len(made)}
    for name in ("first", "again"):
        began, spent = time.perf_counter(), os.times()
        report = rebuild(parts)
        took, used = time.perf_counter() - began, os.times()
        processor = sum(used[:4]) - sum(spent[:4])
        figures[name] = {
            "docs_per_s": round(report.built / took),
            "processor_us_per_doc": round(processor / report.built * 1e6),
            "ok": report.audit.ok,
        }
    database.dispose()
    return figures | {"cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 2)}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, nargs="+", required=True)
    options.add_argument("--docs", type=int, default=100_000)
    chosen = options.parse_args()
    made = pieces(read_articles(chosen.data), chosen.docs)
    with tempfile.TemporaryDirectory(prefix="wenda-bench-") as folder:
        print(json.dumps(measure(Path(folder), made)))


if __name__ == "__main__":
    main()
