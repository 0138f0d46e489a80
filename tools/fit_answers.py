"""Makes answerer/coefficients.json and the networks of indexer/comparing.py, in one run.

    python tools/fit_answers.py --written W --dev D --titles T --kept FOLDER [--reuse] [--check]

Needs torch; with --reuse the networks that are there are taken, not trained. W holds written
fields (a folder each, docs.jsonl.gz and queries.jsonl.gz) that count beside those of
tools/fields. Thresholds of small bases are those of whichever group of fields, each left out in
turn, demands more; those of large ones the stricter of tools/fields and the even rows of D, a
large base never fitted on. T is a large base of titles: its even
rows give the few dozen coefficients for articles that are no more than a title. Odd rows are
only reported.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import compress
from pathlib import Path

import numpy as np
from answer_lists import AskedList, AskedSet, lists_of, rows_of, written_sets
from answer_networks import FOLDS, store, train, weights_of

from answerer.confidence import COEFFICIENTS, Model, Thresholds
from answerer.evidence import NAMES
from answerer.learning import (
    Fitting,
    Outcome,
    expected_thresholds,
    fit,
    held_out,
    stricter,
    thresholds,
)
from indexer.comparing import NAMES as COMPARED_NAMES
from indexer.comparing import WEIGHTS, Networks
from indexer.comparing import networks as known
from indexer.encoders.bundled import BundledEncoder

DECIMALS = 6
TITLES = Fitting(strength=0.1, same_question=0.0)
TITLE_FOLDS = 10
UNSEEN = "f_"
SEEN_WEIGHT = 0.6  # the encoder was trained on the other fields: what is near there is too near
Judged = Sequence[tuple[float, bool]]


def main() -> None:
    """Ask (or read what was kept), train, fit, report, write."""
    options = _options()
    kept = options.kept
    written = [each for asked in written_sets(options.written) for each in lists_of(asked, kept)]
    dev = lists_of(_set("aliyun", options.dev, "queries_colloquial.jsonl.gz"), kept)
    titles = lists_of(_set("lcqmc", options.titles, "queries.jsonl.gz"), kept, aligned=False)
    print(f"{len(written)} lists to train from", flush=True)
    networks, compared = _networks(written, known() if options.reuse else None)
    on_dev = [_compared(networks, each) for each in dev]
    plain = [_outcome(each) for each in written]
    made = {
        "compared": _text_model("compared", compared, on_dev),
        "plain": _text_model("plain", plain, [_outcome(each) for each in dev]),
        "titles": _title_model([_outcome(each) for each in titles]),
    }
    if not options.check:
        store(WEIGHTS, BundledEncoder.name, networks.members)
        _write(made)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--written", "--dev", "--titles", "--kept"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--reuse", action="store_true", help="take the networks that are there")
    parser.add_argument("--check", action="store_true", help="report only, write nothing")
    return parser.parse_args()


def _set(name: str, folder: Path, queries: str) -> AskedSet:
    return AskedSet(name, rows_of(folder / "docs.jsonl.gz"), rows_of(folder / queries))


def _networks(
    lists: Sequence[AskedList], reused: Networks | None
) -> tuple[Networks, list[Outcome]]:
    """All networks, and every list judged by those that never saw its field."""
    fields = sorted({each.field for each in lists})
    fold_of = {field: place % FOLDS for place, field in enumerate(fields)}
    members, found = [], []
    for fold in range(FOLDS):
        others = [each for each in lists if fold_of[each.field] != fold]
        members.append(reused.members[fold] if reused else weights_of(train(others, seed=fold)))
        print(f"network {fold} trained", flush=True)
        alone = Networks("", (members[-1],))
        found += [_compared(alone, each) for each in lists if fold_of[each.field] == fold]
    return Networks(BundledEncoder.name, tuple(members)), found


def _compared(networks: Networks, each: AskedList) -> Outcome:
    comparison = networks.comparison(each.aligned, each.facts, each.twins)
    return _outcome(replace(each, evidence=replace(each.evidence, comparison=comparison)))


def _outcome(each: AskedList) -> Outcome:
    weight = 1.0 if each.field.startswith(UNSEEN) else SEEN_WEIGHT
    return Outcome(each.evidence, each.right, each.field, each.inside, weight)


def _text_model(name: str, outcomes: Sequence[Outcome], dev: Sequence[Outcome]) -> Model:
    """Fitted on all fields; as strict as the hardest of what was never fitted on demands."""
    in_order = sorted(outcomes, key=lambda each: each.field)
    model, left_out, even = fit(in_order), held_out(in_order), dev[::2]
    unseen = [each.weight == 1 for each in in_order]
    seen = [not each for each in unseen]
    large = thresholds(_judged(model, even))
    small: Thresholds = ()
    for group in (unseen, seen):
        demanded = thresholds(list(compress(left_out, group)))
        large = stricter(large, demanded) if group is unseen else large
        small = stricter(small, demanded) if small else demanded
    for what, group in (("tools/fields", unseen), ("the other fields", seen)):
        rows, judged = list(compress(in_order, group)), list(compress(left_out, group))
        _report(f"{name}: {what}, left out", rows, judged, small)
    for what, rows in (("dev, even", even), ("dev, odd", dev[1::2])):
        _report(f"{name}: {what}", rows, _judged(model, rows), large)
    return replace(model, thresholds=small, large_thresholds=large)


def _title_model(outcomes: Sequence[Outcome]) -> Model:
    """Fitted on the even rows, which also set the thresholds, ten parts left out in turn."""
    even, odd = outcomes[::2], outcomes[1::2]
    dealt = np.random.default_rng(0).permutation(len(even)) % TITLE_FOLDS
    parts = [
        replace(each, field=str(part), weight=1.0) for each, part in zip(even, dealt, strict=True)
    ]
    left_out = held_out(parts, TITLES)
    found = stricter(thresholds(left_out), expected_thresholds(left_out))
    model = fit(parts, TITLES)
    in_order = sorted(parts, key=lambda each: each.field)
    _report("titles: even rows left out", in_order, left_out, found)
    _report("titles: odd rows", odd, _judged(model, odd), found)
    same = [each.right for each in even if each.evidence.says_the_title]
    return replace(model, thresholds=found, same_question=round(sum(same) / len(same), DECIMALS))


def _judged(model: Model, outcomes: Sequence[Outcome]) -> list[tuple[float, bool]]:
    return [(model.probability(each.evidence), each.right) for each in outcomes]


def _report(name: str, rows: Sequence[Outcome], judged: Judged, found: Thresholds) -> None:
    """Of the questions that have an answer how many get one, and how many of the others."""
    inside = np.array([each.inside for each in rows])
    chances, right = np.array(judged).T
    print(f"{name}: {len(rows)} questions, {inside.sum()} have an answer", flush=True)
    for precision, least in found:
        given = chances >= least
        share = right[given].mean() if given.any() else 1.0
        shares = given[inside].mean(), given[~inside].mean() if (~inside).any() else 0.0
        answered = f"{shares[0]:.3f} at {share:.3f}, out {shares[1]:.3f}"
        print(f"  {precision:.2f} from {least:.3f}: {answered}", flush=True)


def _write(made: dict[str, Model]) -> None:
    names = {"names": NAMES, "compared_names": COMPARED_NAMES}
    written = {**names, **{name: _words(model) for name, model in made.items()}}
    COEFFICIENTS.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


def _words(model: Model) -> dict[str, object]:
    return {
        "mean": _short(model.mean),
        "scale": _short(model.scale),
        "weights": _short(model.weights),
        "intercept": round(model.intercept, DECIMALS),
        "thresholds": _pairs(model.thresholds),
        "large_thresholds": _pairs(model.large_thresholds),
        "suggest_from": model.suggest_from,
        "same_question": model.same_question,
    }


def _pairs(found: Thresholds) -> list[list[float]]:
    return [[precision, round(least, DECIMALS)] for precision, least in found]


def _short(values: Sequence[float]) -> list[float]:
    return [round(value, DECIMALS) for value in values]


if __name__ == "__main__":
    main()
