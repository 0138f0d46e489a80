"""Fits answerer/coefficients.json on written question sets, one folder a field.

    python tools/fit_confidence.py FOLDER --dev-docs D --dev-queries Q [--check]

Every field's questions are asked of its own base and of a base of all fields together, so
that small and larger bases are both seen. Thresholds come from the development set, which
is never fitted on; what fields left out in turn would give is printed beside them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from answerer.answer import CANDIDATES
from answerer.confidence import COEFFICIENTS, Model
from answerer.evidence import NAMES, weigh
from answerer.learning import Outcome, fit, held_out, thresholds
from indexer.backend import SearchFilter, SearchRequest
from indexer.document import DocKind
from kb_app import candidates
from kb_app.config import Config
from kb_app.evaluating import GoldQuestion, external_ids, read_questions, throw_away_store
from kb_app.ports import Ports
from models import visitor

DECIMALS = 6


def main() -> None:
    """Collect, fit, report, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dev-docs", type=Path, required=True)
    parser.add_argument("--dev-queries", type=Path, required=True)
    parser.add_argument("--check", action="store_true", help="report only, write nothing")
    options = parser.parse_args()
    outcomes = written_outcomes(options.folder)
    model = fit(outcomes)
    dev = _asked(options.dev_docs, [("dev", options.dev_queries)])
    judged = [(model.probability(each.evidence), each.right) for each in dev]
    found = thresholds(judged)
    _report("left-out fields", held_out(outcomes), thresholds(held_out(outcomes)))
    _report("development set", judged, found)
    if not options.check:
        _write(model, found)


def written_outcomes(folder: Path) -> list[Outcome]:
    """The outcomes of every field on its own base and on all of them together."""
    fields = sorted(path.parent for path in folder.glob("*/docs.jsonl.gz"))
    sets = [(field.name, field / "queries.jsonl.gz") for field in fields]
    outcomes = [
        outcome
        for field, own in zip(fields, sets, strict=True)
        for outcome in _asked(field / "docs.jsonl.gz", [own])
    ]
    with tempfile.TemporaryDirectory() as place:
        everything = Path(place) / "docs.jsonl.gz"
        with gzip.open(everything, "wt", encoding="utf-8") as file:
            for field in fields:
                with gzip.open(field / "docs.jsonl.gz", "rt", encoding="utf-8") as docs:
                    file.write(docs.read())
        return outcomes + _asked(everything, sets)


def _asked(docs: Path, sets: Sequence[tuple[str, Path]]) -> list[Outcome]:
    """The outcomes of these question sets on one base."""
    config = Config(secret_key="x" * 40)
    with throw_away_store(docs, config, lambda _stage, _count: None) as ports:
        names = external_ids(ports)
        return [
            outcome
            for field, queries in sets
            for question in read_questions(queries)
            for outcome in _outcome(ports, names, question, field)
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


def _report(
    name: str, judged: Sequence[tuple[float, bool]], found: Sequence[tuple[float, float]]
) -> None:
    print(name)
    for precision, least in found:
        answered = sum(probability >= least for probability, _ in judged) / len(judged)
        print(f"  {precision:.2f} from {least:.3f}: answers {answered:.3f} of all questions")


def _write(model: Model, found: Sequence[tuple[float, float]]) -> None:
    written = {
        "names": NAMES,
        "mean": _short(model.mean),
        "scale": _short(model.scale),
        "weights": _short(model.weights),
        "intercept": round(model.intercept, DECIMALS),
        "thresholds": [[precision, round(least, DECIMALS)] for precision, least in found],
        "suggest_from": model.suggest_from,
    }
    COEFFICIENTS.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


def _short(values: tuple[float, ...]) -> list[float]:
    return [round(value, DECIMALS) for value in values]


if __name__ == "__main__":
    main()
