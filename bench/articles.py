"""How fast an article's page is and how much of it a browser loads first.

`python -m bench.articles FOLDER [--pages N]` opens N articles of a data folder (a copy: visits
are counted in it) in this process and prints one JSON line: milliseconds by the clock and of
the processor of pages nobody opened before (`new`), and of the same made ahead, as the worker
does (`made`); kilobytes of a page with all it loads, as sent to a browser that unpacks.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
import time
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from flask.testing import FlaskClient

from kb_app import bootstrap
from kb_app.config import Config
from kb_app.indexing import warm
from kb_app.ports import Ports
from models import Article, ArticleMade, ArticleStatus, reading, unit_of_work
from web.app import create_app

_PARTS = re.compile(r'<(?:link rel="(?:stylesheet|icon)[^>]*href|script[^>]*src)="(/[^"]+)"')
_IMPORTS = re.compile(r'^import .* from "\./([\w-]+\.js)";$', re.MULTILINE)
KILOBYTE = 1000
GZIPPED = b"\x1f\x8b"
PACKS = {"Accept-Encoding": "gzip"}


def slugs(config: Config, most: int) -> list[str]:
    """Published articles, drawn by chance but always the same."""
    ports = bootstrap.build(config)
    query = sa.select(Article.slug).where(Article.status == ArticleStatus.PUBLISHED)
    with reading(ports.database) as session:
        found = list(session.scalars(query.order_by(Article.id)))
    bootstrap.close(ports)
    return random.Random(7).sample(found, min(most, len(found)))


def first_load(client: FlaskClient, address: str) -> float:
    """Kilobytes of a page with everything it asks for before anybody does anything."""
    page = client.get(address, headers=PACKS).data
    found = [one.replace("&amp;", "&") for one in dict.fromkeys(_PARTS.findall(_text(page)))]
    parts = {one: client.get(one, headers=PACKS).data for one in found}
    for name in {name for data in parts.values() for name in _IMPORTS.findall(_text(data))}:
        parts.setdefault(f"/static/js/{name}", client.get(f"/static/js/{name}", headers=PACKS).data)
    return (len(page) + sum(map(len, parts.values()))) / KILOBYTE


def _text(data: bytes) -> str:
    return (gzip.decompress(data) if data[:2] == GZIPPED else data).decode()


def opened(client: FlaskClient, names: list[str]) -> dict[str, float]:
    """Milliseconds of each page, by the clock and of this process's processor time."""
    clock, worked = [], []
    for name in names:
        began, busy = time.perf_counter(), time.process_time()
        client.get(f"/articles/{name}", headers=PACKS)
        worked.append((time.process_time() - busy) * 1000)
        clock.append((time.perf_counter() - began) * 1000)
    return {
        "p50_ms": _part(clock, 50),
        "p95_ms": _part(clock, 95),
        "cpu_p50_ms": _part(worked, 50),
        "cpu_p95_ms": _part(worked, 95),
    }


def forgotten(ports: Ports, names: list[str]) -> None:
    """As if nobody had ever opened these."""
    these = sa.select(Article.id).where(Article.slug.in_(names))
    with unit_of_work(ports.database) as session:
        session.execute(sa.delete(ArticleMade).where(ArticleMade.article_id.in_(these)))


def main() -> None:
    """Measure in this process, without a network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--encoder", default="none", help="`bundled` reads new pages' neighbours")
    chosen = parser.parse_args()
    config = Config(
        data_dir=chosen.folder, encoder=chosen.encoder, secret_key="b" * 40, rate_limits=False
    )
    bootstrap.migrate(config)
    names = slugs(config, chosen.pages)
    ports = bootstrap.build(config)
    forgotten(ports, names)
    warm(ports)
    app = create_app(ports)
    client, another = app.test_client(), app.test_client()
    for reader in (client, another):
        reader.get("/")
    figures = {"pages": len(names), "load": round(os.getloadavg()[0], 1)}
    parts = {"new": opened(client, names), "made": opened(another, names)}
    sizes = [first_load(client, f"/articles/{name}") for name in names[:200]]
    bootstrap.close(ports)
    figures |= {"first_load_kb": _part(sizes, 50), "first_load_p95_kb": _part(sizes, 95)}
    print(json.dumps(figures | parts))


def _part(values: list[float], percent: int) -> float:
    return round(float(np.percentile(values, percent)), 1)


if __name__ == "__main__":
    main()
