"""Fits answerer/coefficients.json on the questions written in tools/fields.

    python tools/fit_confidence.py --dev-docs D --dev-queries Q [--check]

Every field's questions are asked of its own base. Thresholds are the stricter of what fields
left out in turn and the (larger) development set, which is never fitted on, demand.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from written_fields import read_fields

from answerer.answer import CANDIDATES
from answerer.confidence import COEFFICIENTS, Model, shipped
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
    parser.add_argument("--dev-docs", type=Path, required=True)
    parser.add_argument("--dev-queries", type=Path, required=True)
    parser.add_argument("--check", action="store_true", help="report only, write nothing")
    options = parser.parse_args()
    outcomes = written_outcomes()
    model = fit(outcomes)
    dev = _asked(options.dev_docs, [("dev", options.dev_queries)])
    judged = [(model.probability(each.evidence), each.right) for each in dev]
    left_out = held_out(outcomes)
    found = _stricter(thresholds(judged), thresholds(left_out))
    _report("left-out fields", left_out, found)
    _report("development set", judged, found)
    if not options.check:
        _write(model, found)


def written_outcomes() -> list[Outcome]:
    """The outcomes of every field on its own base; the encoder was not trained on them."""
    outcomes = []
    with tempfile.TemporaryDirectory() as place:
        for field in read_fields():
            docs, queries = (
                Path(place) / f"{field.name}.docs",
                Path(place) / f"{field.name}.queries",
            )
            articles = list(enumerate(field.articles))
            _lines(docs, [{"id": str(i), "title": a.title, "body": a.body} for i, a in articles])
            asked = [(text, [str(i)]) for i, a in articles for _, text in a.questions]
            asked += [(text, []) for _, text in field.unanswered]
            rows = [{"id": str(i), "text": t, "gold": g} for i, (t, g) in enumerate(asked)]
            _lines(queries, rows)
            outcomes += _asked(docs, [(field.name, queries)])
    return outcomes


def _lines(path: Path, rows: Sequence[dict[str, object]]) -> None:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")


def _stricter(
    one: Sequence[tuple[float, float]], two: Sequence[tuple[float, float]]
) -> tuple[tuple[float, float], ...]:
    """For each precision the higher of two thresholds."""
    return tuple((precision, max(a, b)) for (precision, a), (_, b) in zip(one, two, strict=True))


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
        # Not fitted here: the stricter of the fields without their texts and a large base of
        # titles (see docs/figures.md), both with these coefficients.
        "title_thresholds": [list(pair) for pair in shipped().title_thresholds],
    }
    COEFFICIENTS.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


def _short(values: tuple[float, ...]) -> list[float]:
    return [round(value, DECIMALS) for value in values]


if __name__ == "__main__":
    main()
