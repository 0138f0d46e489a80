"""What the search finds for questions with known answers: the material of tools/fit_answers.py.

Each set is asked of its own throw-away base, as the product would; what was found is kept in a
folder, so that fitting again need not ask again.
"""

from __future__ import annotations

import gzip
import json
import pickle
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from written_fields import read_fields

from answerer.answer import CANDIDATES
from answerer.evidence import Candidate, Evidence, weigh
from answerer.twins import distinct
from indexer.alignment import Aligned, Floats32, align
from indexer.analysis import normalize
from indexer.backend import SearchFilter, SearchRequest
from indexer.catalogue import Catalogue
from indexer.comparing import COMPARED, facts_of
from indexer.document import DocKind, doc_id_of
from indexer.encoders.bundled import BundledEncoder
from indexer.looking import stored_tokens
from kb_app import candidates
from kb_app.config import Config
from kb_app.evaluating import external_ids, throw_away_store
from kb_app.ports import Ports
from models import visitor

Json = dict[str, Any]


@dataclass(frozen=True)
class AskedSet:
    """Articles and questions, as JSON rows."""

    name: str
    docs: Sequence[Json]
    queries: Sequence[Json]


@dataclass(frozen=True)
class AskedList:
    """One question: what speaks for the first text, and the texts aligned with it."""

    field: str
    evidence: Evidence
    aligned: tuple[Aligned, ...]
    facts: Floats32
    twins: tuple[float, ...]
    golds: tuple[bool, ...]
    inside: bool

    @property
    def right(self) -> bool:
        """Whether the first text answers."""
        return self.golds[0]


def written_sets(folder: Path) -> list[AskedSet]:
    """The fields of tools/fields, then those of another folder with docs and queries."""
    found = []
    for field in read_fields():
        docs = [
            {"id": str(i), "title": each.title, "body": each.body}
            for i, each in enumerate(field.articles)
        ]
        asked = [(t, [str(i)]) for i, each in enumerate(field.articles) for _, t in each.questions]
        asked += [(text, []) for _, text in field.unanswered]
        queries = [{"id": str(i), "text": t, "gold": gold} for i, (t, gold) in enumerate(asked)]
        found.append(AskedSet(f"f_{field.name}", docs, queries))
    for each in sorted(path for path in folder.iterdir() if path.is_dir()):
        queries = rows_of(each / "queries.jsonl.gz")
        found.append(AskedSet(f"w_{each.name}", rows_of(each / "docs.jsonl.gz"), queries))
    return found


def rows_of(path: Path) -> list[Json]:
    """JSON lines, plain or gzip."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def lists_of(asked: AskedSet, kept: Path, *, aligned: bool = True) -> list[AskedList]:
    """The lists of a set, from what was kept or asked anew; `aligned` with their texts."""
    path = kept / f"{asked.name}.pkl"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(_ask(asked)))
    stored = pickle.loads(path.read_bytes())  # noqa: S301 - what this tool itself kept
    rows = [row for row in stored["rows"] if row["hits"]]
    most = CANDIDATES if aligned else 0
    titles = _read_titles([title for row in rows for title in row["titles"][:most]])
    return [_list(asked.name, row, stored["passages"], titles) for row in rows]


def _list(name: str, row: Json, passages: Json, titles: Json) -> AskedList:
    """The list of one question; without texts where no titles were read."""
    texts = zip(row["hits"], row["titles"], row["bodies"], strict=True)
    found = [Candidate(*each) for each in texts][:CANDIDATES]
    shown = distinct(found)
    places = [place for place, each in enumerate(found) if each in shown]
    places = places[: COMPARED if titles else 1]
    compared = places if titles else []
    pairs = [(row["titles"][place], row["pk"][place]) for place in compared]
    return AskedList(
        field=name,
        evidence=weigh(row["text"], shown),
        aligned=tuple(align(row["tokens"], titles[t], passages[key]) for t, key in pairs),
        facts=np.array([facts_of(row["hits"][place]) for place in compared], np.float32),
        twins=tuple(float(row["twin"][place]) for place in compared),
        golds=tuple(row["ids"][place] in row["gold"] for place in places),
        inside=bool(row["gold"]),
    )


def _read_titles(titles: Sequence[str]) -> Json:
    encoder, each = BundledEncoder(threads=1), sorted(set(titles))
    return dict(zip(each, encoder.read_queries(each).tokens, strict=True)) if each else {}


def _ask(asked: AskedSet) -> Json:
    with tempfile.TemporaryDirectory() as folder:
        docs = Path(folder) / "docs.jsonl"
        lines = [json.dumps(row, ensure_ascii=False) for row in asked.docs]
        docs.write_text("\n".join(lines), "utf-8")
        config = Config(secret_key="x" * 40)
        with throw_away_store(docs, config, lambda _stage, _count: None) as ports:
            catalogue = Catalogue(ports.engine.parts.database, ports.engine.parts.encoder)
            passages: Json = {}
            names = external_ids(ports)
            rows = [_row(ports, catalogue, query, passages) for query in asked.queries]
    for row in rows:
        row["ids"] = [names[hit.ref_id] for hit in row["hits"]]
    return {"rows": rows, "passages": passages}


def _row(ports: Ports, catalogue: Catalogue, query: Json, passages: Json) -> Json:
    viewer, text = visitor("fit"), str(query["text"])
    wanted = SearchFilter(viewer.keys, kinds=frozenset(DocKind))
    result = ports.engine.search(SearchRequest(text, wanted, limit=CANDIDATES))
    found = candidates.load(ports, viewer, result.hits)
    read = ports.engine.parts.encoder.read_queries([normalize(text)])
    snapshot = catalogue.snapshot()
    names = [doc_id_of(each.hit.kind, each.hit.ref_id) for each in found]
    places = [row for name in names if (row := snapshot.row_of(name)) is not None]
    keys = list(zip(names, snapshot.nearest_passages(read.vectors[0], places), strict=True))
    passages |= stored_tokens(ports.engine.parts.database, keys, read.tokens[0].shape[1])
    vectors = snapshot.titles[places].astype(np.float32)
    return {
        "text": text,
        "gold": frozenset(map(str, query["gold"])),
        "hits": [each.hit for each in found],
        "titles": [each.title for each in found],
        "bodies": [each.body for each in found],
        "tokens": read.tokens[0],
        "pk": keys,
        "twin": vectors @ vectors[0] if found else (),
    }
