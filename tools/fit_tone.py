"""Fits answerer/tone_weights.json on written fields and the rows beside this script.

    python tools/fit_tone.py FOLDER [--check]

FOLDER has one folder a field with tone, queries and dialogs (.jsonl.gz); questions and turns
that something answers count as calm. Figures: every field judged by a model that never saw it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from answerer.talk_figures import Heard, share, tone_figures
from answerer.tone import WEIGHTS, ToneLabel, Weights, judge, probabilities, runs
from indexer.normal import normalize

OWN_ROWS = Path(__file__).parent / "tone_rows.jsonl"
LABELS = tuple(ToneLabel)
STRENGTH = 30.0
HANDED_WEIGHT = 3.0
RAREST = 2
SMALLEST_WEIGHT = 0.15
DECIMALS = 2
HAND_OVER_FROM = 0.25
OWN = "own"


@dataclass(frozen=True)
class Row:
    """A text, its tone, and the field it was written for; `asked` marks a question."""

    text: str
    label: ToneLabel
    written: str
    field: str
    asked: bool = False


def main() -> None:
    """Read, judge left-out fields, fit on all, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true", help="report only, write nothing")
    options = parser.parse_args()
    rows = [*_own(), *_written(options.folder)]
    _report_left_out(rows)
    weights = fit(rows)
    print(f"{len(weights.runs)} runs of characters")
    if not options.check:
        _write(weights)


def fit(rows: Sequence[Row]) -> Weights:
    """A model of these rows; runs with hardly any weight are left out."""
    seen = [runs(normalize(row.text)) for row in rows]
    counts = Counter(run for each in seen for run in each)
    often = sorted(run for run, count in counts.items() if count >= RAREST)
    known = {run: place for place, run in enumerate(often)}
    logistic = LogisticRegression(C=STRENGTH, max_iter=1_000)
    heavy = [1.0 if row.label is ToneLabel.CALM else HANDED_WEIGHT for row in rows]
    labels = [row.label.value for row in rows]
    logistic.fit(_matrix(seen, known), labels, sample_weight=heavy)
    places = [list(logistic.classes_).index(label.value) for label in LABELS]
    columns = logistic.coef_[places].T
    kept = {
        run: tuple(round(float(value), DECIMALS) for value in columns[place])
        for run, place in known.items()
        if max(abs(columns[place])) >= SMALLEST_WEIGHT
    }
    intercepts = tuple(round(float(logistic.intercept_[place]), DECIMALS) for place in places)
    return Weights(LABELS, intercepts, kept, HAND_OVER_FROM)


def _matrix(seen: Sequence[frozenset[str]], known: dict[str, int]) -> csr_matrix:
    """One row a text: its known runs, scaled by how many it has in all."""
    cells = [
        (place, known[run], 1.0 / math.sqrt(len(each)))
        for place, each in enumerate(seen)
        for run in each
        if run in known
    ]
    texts, columns, values = zip(*cells, strict=True)
    return csr_matrix((values, (texts, columns)), shape=(len(seen), len(known)))


def _own() -> Iterator[Row]:
    for line in OWN_ROWS.read_text(encoding="utf-8").splitlines():
        data = json.loads(line)
        yield Row(data["text"], _label(data["label"]), data["label"], OWN)


def _written(folder: Path) -> Iterator[Row]:
    for path in sorted(folder.glob("*/tone.jsonl.gz")):
        field = path.parent.name
        for data in _lines(path):
            yield Row(data["text"], _label(data["label"]), data["label"], field)
        for data in _lines(path.with_name("queries.jsonl.gz")):
            yield Row(data["text"], ToneLabel.CALM, "question", field, asked=True)
        for talk in _lines(path.with_name("dialogs.jsonl.gz")):
            for turn in talk["turns"]:
                if turn["gold"]:
                    yield Row(turn["user"], ToneLabel.CALM, "turn", field, asked=True)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def _label(written: str) -> ToneLabel:
    return ToneLabel(written) if written in set(ToneLabel) else ToneLabel.CALM


def _report_left_out(rows: Sequence[Row]) -> None:
    """With the patterns, and by the model alone: the patterns were written by somebody who
    had read the fields, the model had not."""
    fields, own, asked, alone = [], [], [], []
    for field in sorted({row.field for row in rows}):
        weights = fit([row for row in rows if row.field != field])
        for row in (row for row in rows if row.field == field):
            judged = judge(row.text, weights)
            heard = Heard(row.written, judged.label.value, judged.needs_person)
            calm = probabilities(normalize(row.text), weights)[ToneLabel.CALM]
            if row.asked:
                asked.append(judged.needs_person)
            elif field == OWN:
                own.append(heard)
            else:
                fields.append(heard)
                alone.append(Heard(row.written, "", 1 - calm >= HAND_OVER_FROM))
    print("left-out fields", json.dumps(tone_figures(fields)))
    print("left-out fields, model alone", json.dumps(tone_figures(alone)))
    print("own rows, left out", json.dumps(tone_figures(own)))
    print("questions handed over", share(asked))


def _write(weights: Weights) -> None:
    written = {
        "labels": weights.labels,
        "intercepts": weights.intercepts,
        "hand_over_from": weights.hand_over_from,
        "runs": weights.runs,
    }
    text = json.dumps(written, ensure_ascii=False, separators=(",", ":"))
    WEIGHTS.write_text(text.replace('],"', '],\n"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
