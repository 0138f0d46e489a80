"""Figures of search: one JSON line. `python -m bench.search --quick` takes well under 45 s.

--data FILE ...        articles as JSON lines (plain or .gz) instead of the demo base
--quick                at most QUICK_DOCS documents and few repetitions

Speed against Elasticsearch and on 100,000 or 1,000,000 documents: bench.engines. Change to
visible in several processes: bench.following.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from bench.documents import Articles, read_articles
from bench.engines import percentiles, questions
from indexer.analysis import query_terms
from indexer.backend import SearchBackend, SearchFilter, SearchRequest, TermQuery
from indexer.embedded_backend import EmbeddedBackend
from indexer.encoders.bundled import BundledEncoder
from indexer.encoding import encode_missing
from indexer.rebuild import rebuild
from indexer.search import IndexParts, SearchEngine
from indexer.sync import sync_articles
from models import PUBLIC_KEY, Article, ArticleAccess, ArticleStatus, connect, unit_of_work
from models.migrate import migrate

QUICK_DOCS = 300
PUBLIC = SearchFilter(frozenset({PUBLIC_KEY}))
DEMO = Path(__file__).parent.parent / "kb_app" / "demo"


def store(parts: IndexParts, articles: Articles) -> list[int]:
    """The articles in the database, published and public."""
    with unit_of_work(parts.database) as session:
        rows = [
            Article(
                slug=f"bench-{number}",
                title=title,
                body=body,
                status=ArticleStatus.PUBLISHED,
                access=[ArticleAccess(key=PUBLIC_KEY)],
            )
            for number, (title, body) in enumerate(articles)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def visible_ms(parts: IndexParts, engine: SearchEngine, article_id: int) -> float:
    """From the commit of an edit to the search that finds it."""
    word = f"bench{uuid4().hex[:8]}"
    with unit_of_work(parts.database) as session:
        session.get_one(Article, article_id).title = word
    began = time.perf_counter()
    sync_articles(parts, [article_id])
    while not engine.search(SearchRequest(word, PUBLIC)).hits:
        time.sleep(0.01)
    return (time.perf_counter() - began) * 1000


def measure(folder: Path, articles: Articles, rounds: int) -> dict[str, Any]:
    """Everything about the embedded engine."""
    database = connect(f"sqlite:///{folder / 'bench.db'}")
    migrate(database)
    parts = IndexParts(database, EmbeddedBackend(folder / "index"), BundledEncoder())
    rebuild(parts)
    ids = store(parts, articles)
    began = time.perf_counter()
    sync_articles(parts, ids)
    indexed = time.perf_counter() - began
    began = time.perf_counter()
    while encode_missing(parts, 256):
        pass
    encoded = time.perf_counter() - began
    engine = SearchEngine(parts)
    asked = questions(articles, rounds)
    engine.search(SearchRequest(asked[0], PUBLIC))
    backend = parts.backend
    typed = [text[:length] for text in asked for length in (1, 2, 4, 6)]
    figures = {
        "docs": len(articles),
        "index_docs_per_s": round(len(ids) / indexed, 1),
        "encode_docs_per_s": round(len(ids) / encoded, 1),
        "search": percentiles(lambda text: engine.search(SearchRequest(text, PUBLIC)), asked[1:]),
        "suggest": percentiles(lambda text: engine.suggest(text, PUBLIC, 6), typed),
        "lexical": percentiles(lambda text: _lexical(backend, text), asked),
        "visible_p50_ms": round(
            float(np.median([visible_ms(parts, engine, article_id) for article_id in ids[:5]])), 1
        ),
    }
    began = time.perf_counter()
    report = rebuild(parts)
    figures["rebuild_docs_per_s"] = round(len(ids) / (time.perf_counter() - began), 1)
    figures["audit_ok"] = report.audit.ok
    figures["rss_mb"] = _rss_mb()
    database.dispose()
    return figures


def _lexical(backend: SearchBackend, text: str) -> list[str]:
    query = TermQuery(query_terms(text), PUBLIC, 128)
    return [doc.doc_id for doc in backend.search(query)]


def _rss_mb() -> int:
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    line = next(row for row in status.read_text().splitlines() if row.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, nargs="+")
    options.add_argument("--quick", action="store_true")
    chosen = options.parse_args()
    files = chosen.data or sorted(DEMO.glob("*articles*.jsonl*"))
    articles = read_articles(files)[: QUICK_DOCS if chosen.quick else None]
    if not articles:
        raise SystemExit("no articles to measure with: name a file with --data")
    rounds = 60 if chosen.quick else 400
    with tempfile.TemporaryDirectory(prefix="wenda-bench-") as folder:
        figures = measure(Path(folder), articles, rounds)
    figures["environment"] = {
        "cpus": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "tantivy": version("tantivy"),
        "load": round(os.getloadavg()[0], 2),
    }
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
