"""Documents of any number for the benchmarks, made from articles in JSON lines.

A body is cut into pieces of PIECE characters, each a document under the article's title, in
shuffled order. When more are wanted than that gives, a further one has the title of one
piece and half of the text of two others. Always the same for the same file and number.
"""

from __future__ import annotations

import gzip
import json
import multiprocessing
import random
from collections.abc import Iterable, Iterator
from itertools import count, islice
from pathlib import Path

from indexer.analysis import terms
from indexer.backend import TermDocument
from indexer.document import DocKind, Facets, make_document
from indexer.sync import term_document
from models import CUSTOMER_KEY, PUBLIC_KEY, STAFF_KEY

PIECE = 180
SHORTEST = 20
CATEGORIES = 50
# Of 20 documents 14 are everybody's, 3 customers' and 3 the staff's.
AUDIENCES = (PUBLIC_KEY,) * 14 + (CUSTOMER_KEY,) * 3 + (STAFF_KEY,) * 3
CUT_AT_ONCE = 500
SEPARATOR = "\t"

Articles = list[tuple[str, str]]


def read_articles(files: Iterable[Path]) -> Articles:
    """(title, body) of every article in files of JSON lines, plain or .gz."""
    found: Articles = []
    for file in files:
        raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        rows = [json.loads(line) for line in raw.decode("utf-8").split("\n") if line.strip()]
        found += [(str(row["title"])[:200], str(row["body"])) for row in rows]
    return found


def pieces(articles: Articles, wanted: int) -> Articles:
    """Exactly `wanted` short documents."""
    chance = random.Random(3)
    found = [
        (title, flat[start : start + PIECE])
        for title, body in articles
        for flat in (" ".join(body.split()),)
        for start in range(0, max(1, len(flat) - SHORTEST), PIECE)
    ]
    chance.shuffle(found)
    first = found[:wanted]
    while len(first) < wanted:
        (title, _), (_, one), (_, other) = (chance.choice(found) for _ in range(3))
        first.append((title, one[: PIECE // 2] + other[PIECE // 2 :]))
    return first


def write_cut(made: Articles, path: Path, processes: int) -> None:
    """Cut every document into terms, once for all engines, into a file."""
    numbered = zip(count(1), made, strict=False)
    batches = iter(lambda: list(islice(numbered, CUT_AT_ONCE)), [])
    context = multiprocessing.get_context("spawn")
    with (
        path.open("w", encoding="utf-8") as file,
        context.Pool(processes, terms, ("预热",)) as pool,
    ):
        for lines in pool.imap(_cut, batches):
            file.write(lines)


def read_cut(path: Path) -> Iterator[TermDocument]:
    """The documents of such a file, one by one."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            doc_id, access, category, title, body = line.rstrip("\n").split(SEPARATOR)
            yield TermDocument(
                doc_id=doc_id,
                kind=DocKind.ARTICLE,
                title_terms=tuple(title.split(" ")),
                body_terms=tuple(body.split(" ")),
                access_keys=frozenset({access}),
                categories=(int(category),),
                products=(),
                fingerprint=doc_id,
            )


def _cut(batch: list[tuple[int, tuple[str, str]]]) -> str:
    lines = []
    for number, words in batch:
        access = AUDIENCES[number % len(AUDIENCES)]
        facets = Facets(frozenset({access}), (number % CATEGORIES + 1,))
        cut = term_document(make_document(DocKind.ARTICLE, number, words, facets))
        title, body = " ".join(cut.title_terms), " ".join(cut.body_terms)
        told = (cut.doc_id, access, str(cut.categories[0]), title, body)
        lines.append(SEPARATOR.join(told) + "\n")
    return "".join(lines)
