"""How fast an article's page is and how much of it a browser loads first.

`python -m bench.articles FOLDER [--pages N]` opens N articles of a data folder (a copy: visits
are counted in it) in this process and prints one JSON line: milliseconds of the page, and
kilobytes of the page with its styles and scripts, as sent and as a proxy would compress them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import time
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from flask.testing import FlaskClient

from kb_app import bootstrap
from kb_app.config import Config
from models import Article, ArticleStatus, reading
from web.app import create_app

_PARTS = re.compile(r'<(?:link rel="(?:stylesheet|icon)[^>]*href|script[^>]*src)="(/[^"]+)"')
KILOBYTE = 1000
GZIPPED = b"\x1f\x8b"


def slugs(config: Config, most: int) -> list[str]:
    """Published articles, drawn by chance but always the same."""
    ports = bootstrap.build(config)
    query = sa.select(Article.slug).where(Article.status == ArticleStatus.PUBLISHED)
    with reading(ports.database) as session:
        found = list(session.scalars(query.order_by(Article.id)))
    bootstrap.close(ports)
    return random.Random(7).sample(found, min(most, len(found)))


def first_load(client: FlaskClient, page: bytes) -> tuple[int, int]:
    """Bytes of a page with everything it asks for before anybody does anything; and packed."""
    asked = dict.fromkeys(_PARTS.findall(page.decode()))
    packs = {"Accept-Encoding": "gzip"}
    parts = [page, *(client.get(one.replace("&amp;", "&"), headers=packs).data for one in asked)]
    packed = (one if one[:2] == GZIPPED else gzip.compress(one) for one in parts)
    return sum(map(len, parts)), sum(map(len, packed))


def main() -> None:
    """Measure in this process, without a network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=400)
    chosen = parser.parse_args()
    config = Config(data_dir=chosen.folder, encoder="none", secret_key="b" * 40, rate_limits=False)
    bootstrap.migrate(config)
    names = slugs(config, chosen.pages)
    ports = bootstrap.build(config)
    client = create_app(ports).test_client()
    client.get("/")
    took, sizes, packed = [], [], []
    for name in names:
        began = time.perf_counter()
        page = client.get(f"/articles/{name}").data
        took.append((time.perf_counter() - began) * 1000)
        size, small = first_load(client, page)
        sizes.append(size / KILOBYTE)
        packed.append(small / KILOBYTE)
    bootstrap.close(ports)
    figures = {"pages": len(took), "p50_ms": _part(took, 50), "p95_ms": _part(took, 95)}
    figures |= {"first_load_kb": _part(sizes, 50), "first_load_p95_kb": _part(sizes, 95)}
    print(json.dumps(figures | {"packed_p95_kb": _part(packed, 95)}))


def _part(values: list[float], percent: int) -> float:
    return round(float(np.percentile(values, percent)), 1)


if __name__ == "__main__":
    main()
