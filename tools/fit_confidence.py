"""Fits answerer/coefficients.json on written question sets, one folder a field.

    python tools/fit_confidence.py FOLDER

Every field's questions are asked of its own base and of a base of all fields together, so
that small and larger bases are both seen. Thresholds come from fields left out in turn.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from answerer.confidence import COEFFICIENTS
from answerer.evidence import NAMES, weigh
from answerer.learning import Outcome, fit, held_out
from indexer.backend import SearchFilter, SearchRequest
from indexer.document import DocKind
from kb_app import candidates
from kb_app.config import Config
from kb_app.evaluating import GoldQuestion, external_ids, read_questions, throw_away_store
from kb_app.ports import Ports
from models import visitor

CANDIDATES = 6
DECIMALS = 6


def main() -> None:
    """Collect, fit, report, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true", help="report only, write nothing")
    options = parser.parse_args()
    fields = sorted(path.parent for path in options.folder.glob("*/docs.jsonl*"))
    outcomes = [
        outcome for field in fields for outcome in _asked(field / _name(field, "docs"), [field])
    ]
    with tempfile.TemporaryDirectory() as folder:
        everything = Path(folder) / "docs.jsonl.gz"
        with gzip.open(everything, "wt", encoding="utf-8") as file:
            for field in fields:
                file.write(gzip.open(field / _name(field, "docs"), "rt", encoding="utf-8").read())
        outcomes += _asked(everything, fields)
    judged = held_out(outcomes)
    model = fit(outcomes)
    for precision, least in model.thresholds:
        answered = sum(probability >= least for probability, _ in judged)
        print(f"{precision:.2f} from {least:.3f}: answers {answered / len(judged):.3f} of all")
    if options.check:
        return
    written = {
        "names": NAMES,
        "mean": _short(model.mean),
        "scale": _short(model.scale),
        "weights": _short(model.weights),
        "intercept": round(model.intercept, DECIMALS),
        "thresholds": [
            [precision, round(least, DECIMALS)] for precision, least in model.thresholds
        ],
        "suggest_from": model.suggest_from,
    }
    COEFFICIENTS.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


def _short(values: tuple[float, ...]) -> list[float]:
    return [round(value, DECIMALS) for value in values]


def _name(field: Path, kind: str) -> str:
    return next(path.name for path in field.glob(f"{kind}.jsonl*"))


def _asked(docs: Path, fields: list[Path]) -> list[Outcome]:
    """The outcomes of these fields' questions on one base."""
    config = Config(secret_key="x" * 40)
    with throw_away_store(docs, config, lambda _stage, _count: None) as ports:
        names = external_ids(ports)
        return [
            outcome
            for field in fields
            for question in read_questions(field / _name(field, "queries"))
            for outcome in _outcome(ports, names, question, field.name)
        ]


def _outcome(
    ports: Ports, names: dict[int, str], question: GoldQuestion, field: str
) -> Iterator[Outcome]:
    viewer = visitor("fit")
    wanted = SearchFilter(viewer.keys, kinds=frozenset(DocKind))
    result = ports.engine.search(SearchRequest(question.text, wanted, limit=CANDIDATES))
    found = candidates.load(ports, viewer, result.hits)
    if found:
        right = names[found[0].hit.ref_id] in question.gold
        yield Outcome(weigh(question.text, found), right, field)


if __name__ == "__main__":
    sys.exit(main())
