"""Figures of search: one JSON line. `python -m bench.search --quick` takes well under 45 s.

--data PATH            articles as JSON lines (plain or .gz) instead of the demo base
--elasticsearch URL    also the same term queries against a real server, as ratios
--quick                at most QUICK_DOCS documents and few repetitions
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import random
import tempfile
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from indexer.analysis import query_terms
from indexer.backend import SearchBackend, SearchFilter, SearchRequest, TermDocument, TermQuery
from indexer.document import DocKind, Facets, make_document
from indexer.elasticsearch_backend import ElasticsearchBackend
from indexer.embedded_backend import EmbeddedBackend
from indexer.encoders.bundled import BundledEncoder
from indexer.rebuild import rebuild
from indexer.search import IndexParts, SearchEngine
from indexer.sync import encode_missing, sync_articles, term_document
from indexer.version import INDEX_IDENTITY
from models import PUBLIC_KEY, Article, ArticleAccess, ArticleStatus, connect, unit_of_work
from models.migrate import migrate

QUICK_DOCS = 300
PUBLIC = SearchFilter(frozenset({PUBLIC_KEY}))
DEMO = Path(__file__).parent.parent / "kb_app" / "demo"

Articles = list[tuple[str, str]]


def read_articles(path: Path | None, most: int | None) -> Articles:
    """(title, body) of every article."""
    files = [path] if path is not None else sorted(DEMO.glob("*articles*.jsonl*"))
    found: Articles = []
    for file in files:
        raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        rows = [json.loads(line) for line in raw.decode("utf-8").split("\n") if line.strip()]
        found += [(str(row["title"])[:200], str(row["body"])) for row in rows]
    return found[:most]


def questions(articles: Articles, count: int) -> list[str]:
    """Pieces of titles and bodies, as long as people's questions are."""
    chosen = random.Random(7)
    found = []
    for _ in range(count):
        title, body = chosen.choice(articles)
        flat = " ".join(body.split()) or title
        start = chosen.randrange(max(1, len(flat) - 12))
        found.append(title[: chosen.randint(4, 20)] + flat[start : start + 12])
    return found


def percentiles(work: Callable[[str], object], texts: Iterable[str]) -> dict[str, float]:
    """Milliseconds of each call."""
    took = []
    for text in texts:
        began = time.perf_counter()
        work(text)
        took.append((time.perf_counter() - began) * 1000)
    p50, p95, p99 = np.percentile(took, [50, 95, 99])
    return {"p50_ms": round(p50, 2), "p95_ms": round(p95, 2), "p99_ms": round(p99, 2)}


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


def compare(url: str, folder: Path, articles: Articles, rounds: int) -> dict[str, Any]:
    """Elasticsearch against the embedded engine on the same term documents."""
    documents = [_cut(number, title, body) for number, (title, body) in enumerate(articles, 1)]
    embedded = EmbeddedBackend(folder / "compare")
    elastic = ElasticsearchBackend(url, f"bench-{uuid4().hex[:8]}")
    took = {}
    engines: tuple[SearchBackend, ...] = (embedded, elastic)
    for engine in engines:
        began = time.perf_counter()
        engine.rebuild(documents, INDEX_IDENTITY)
        took[engine.name] = time.perf_counter() - began
    asked = questions(articles, rounds)
    tops = [[_lexical(engine, text)[:10] for text in asked] for engine in engines]
    same = [len(set(a) & set(b)) / max(len(a), 1) for a, b in zip(*tops, strict=True) if a]
    ours = percentiles(lambda text: _lexical(embedded, text), asked)
    theirs = percentiles(lambda text: _lexical(elastic, text), asked)
    return {
        "overlap_at_10": round(float(np.mean(same)), 4),
        "elasticsearch": theirs,
        "p50_ratio": round(theirs["p50_ms"] / ours["p50_ms"], 2),
        "p95_ratio": round(theirs["p95_ms"] / ours["p95_ms"], 2),
        "build_ratio": round(took["elasticsearch"] / took["tantivy"], 2),
    }


def _lexical(backend: SearchBackend, text: str) -> list[str]:
    query = TermQuery(query_terms(text), PUBLIC, 128)
    return [doc.doc_id for doc in backend.search(query)]


def _cut(number: int, title: str, body: str) -> TermDocument:
    facets = Facets(frozenset({PUBLIC_KEY}))
    return term_document(make_document(DocKind.ARTICLE, number, (title, body), facets))


def _rss_mb() -> int:
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    line = next(row for row in status.read_text().splitlines() if row.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path)
    options.add_argument("--elasticsearch", default="")
    options.add_argument("--quick", action="store_true")
    chosen = options.parse_args()
    articles = read_articles(chosen.data, QUICK_DOCS if chosen.quick else None)
    if not articles:
        raise SystemExit("no articles to measure with: name a file with --data")
    rounds = 60 if chosen.quick else 400
    with tempfile.TemporaryDirectory(prefix="wenda-bench-") as folder:
        figures = measure(Path(folder), articles, rounds)
        if chosen.elasticsearch:
            figures["against"] = compare(chosen.elasticsearch, Path(folder), articles, rounds)
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
