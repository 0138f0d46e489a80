"""Whether a text answers a question, judged from the aligned tokens of both: small networks.

Compare and aggregate (Parikh et al. 2016): every aligned pair of tokens is compared by a small
network, what it finds is pooled and weighed together with the search's own figures. Trained by
tools/fit_answers.py on the fields of tools/fields; numpy only, for the encoder it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import numpy as np

from indexer.alignment import TOLD, Aligned, Floats32, told_apart
from indexer.backend import Hit

WEIGHTS = Path(__file__).parent / "encoders" / "model" / "comparison.npz"
COMPARED = 8
RELEVANCE_WEIGHT = 8.0
SINGLE, PRODUCT = 4.0, 16.0  # parts of unit vectors are small; so that a network sees about 1
MOST_ATTENTION = 6.0
ABSENT = -20.0
Weights = Mapping[str, Floats32]


@dataclass(frozen=True)
class Judged:
    """What the networks say of a list: scores [texts], and of there being no answer in it."""

    scores: Floats32
    nothing: float


@dataclass(frozen=True)
class Comparison:
    """What speaks for the first text of a list, by its tokens; every value is finite.

    `chance` is the logarithm of its share among the texts and nothing at all; `twin` how
    alike the titles of first and nearest rival are. `scores` are those of all texts compared,
    the higher the better; no evidence about the first, but how the others follow it.
    """

    chance: float
    ahead: float
    over_nothing: float
    is_first: float
    twin: float
    told: tuple[float, ...]
    scores: tuple[float | None, ...] = ()

    def vector(self) -> tuple[float, ...]:
        """The values in the order of NAMES."""
        return (self.chance, self.ahead, self.over_nothing, self.is_first, self.twin, *self.told)


NAMES = (*tuple(field.name for field in fields(Comparison))[:-2], *TOLD)


@dataclass(frozen=True)
class Networks:
    """Several networks of one shape, trained on different fields; their figures are averaged."""

    encoder: str
    members: tuple[Weights, ...]

    def comparison(
        self, found: Sequence[Aligned], facts: Floats32, twins: Sequence[float]
    ) -> Comparison:
        """At least one aligned text, the facts of each (`facts_of`), title cosines to the first."""
        judged = [judge(member, found, facts) for member in self.members]
        told = np.mean([_figures(each) for each in judged], axis=0)
        chance, ahead, over_nothing, first = (float(each) for each in told)
        twin = max(twins[1:], default=0.0)
        scores = tuple(float(each) for each in np.mean([each.scores for each in judged], axis=0))
        return Comparison(chance, ahead, over_nothing, first, twin, told_apart(found), scores)


def facts_of(hit: Hit) -> tuple[float, ...]:
    """The search's own figures for a text, brought to about 0 to 1."""
    return (
        hit.relevance,
        hit.lexical,
        2 * hit.semantic,
        5 * hit.title_cosine - 4,
        5 * hit.body_cosine - 4,
        (hit.closeness + hit.weakest) / 2,
    )


def judge(net: Weights, found: Sequence[Aligned], facts: Floats32) -> Judged:
    """One network's scores for a list of texts, best first."""
    asked = [asked_part(each) for each in found]
    title = [title_part(each) for each in found]
    seen = np.concatenate([_pooled(net, "g", asked), _pooled(net, "k", title)], axis=1)
    hidden = _relu(np.concatenate([seen, facts], axis=1) @ net["m0"] + net["m0_bias"])
    scores = hidden @ net["m1"] + net["m1_bias"] + facts @ net["l"] + net["l_bias"]
    of_list = list_facts(facts, len(found[0].asked))
    pooled = seen[0, : 2 * (net["g1"].shape[1] - 1)]
    nothing = _relu(np.concatenate([pooled, of_list]) @ net["n0"] + net["n0_bias"])
    none = float((nothing @ net["n1"] + net["n1_bias"])[0])
    return Judged(scores[:, 0] + RELEVANCE_WEIGHT * facts[:, 0], none)


def list_facts(facts: Floats32, tokens: int) -> Floats32:
    """What the chance that nothing answers depends on beside the first text's tokens."""
    best, second = facts[0], facts[1][0] if len(facts) > 1 else 0.0
    values = [best[0], best[0] - second, best[3], best[4], best[5], tokens / 20]
    return np.array(values, np.float32)


def asked_part(each: Aligned) -> Floats32:
    """What is compared for every token of the question: [n, 5 d + 2]."""
    return np.concatenate(
        [
            SINGLE * each.asked,
            SINGLE * each.of_passage,
            SINGLE * each.of_title,
            PRODUCT * each.asked * each.of_passage,
            PRODUCT * each.asked * each.of_title,
            each.near_passage[:, None],
            each.near_title[:, None],
        ],
        axis=1,
    )


def title_part(each: Aligned) -> Floats32:
    """What is compared for every token of the title: [m, 3 d + 1]."""
    return np.concatenate(
        [
            SINGLE * each.title,
            SINGLE * each.of_asked,
            PRODUCT * each.title * each.of_asked,
            each.near_asked[:, None],
        ],
        axis=1,
    )


@cache
def networks(path: Path = WEIGHTS) -> Networks | None:
    """The networks that come with the product; None where they are missing."""
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as stored:
        count = int(stored["members"])
        named = {name: stored[name].astype(np.float32) for name in stored.files if "." in name}
        encoder = str(stored["encoder"])
    members = tuple(
        {name.partition(".")[2]: value for name, value in named.items() if name[0] == str(number)}
        for number in range(count)
    )
    return Networks(encoder, members)


def _pooled(net: Weights, name: str, parts: Sequence[Floats32]) -> Floats32:
    """Of each part's rows the attended mean and the greatest values: [parts, 2 o]."""
    rows = np.concatenate(parts)
    hidden = _relu(rows @ net[f"{name}0"] + net[f"{name}0_bias"])
    made = hidden @ net[f"{name}1"] + net[f"{name}1_bias"]
    weight = np.exp(np.clip(made[:, :1], -MOST_ATTENTION, MOST_ATTENTION))
    value = _relu(made[:, 1:])
    starts = np.cumsum([0, *(len(part) for part in parts[:-1])])
    mean = np.add.reduceat(weight * value, starts) / np.add.reduceat(weight, starts)
    return np.concatenate([mean, np.maximum.reduceat(value, starts)], axis=1)


def _figures(judged: Judged) -> tuple[float, float, float, float]:
    scores, nothing = judged.scores, judged.nothing
    every = np.append(scores, nothing)
    most = every.max()
    rivals = scores[1:6]
    return (
        float(scores[0] - most - np.log(np.exp(every - most).sum())),
        float(scores[0] - max(rivals.max(initial=ABSENT), ABSENT)),
        float(scores[0] - nothing),
        float(scores.argmax() == 0),
    )


def _relu(rows: Floats32) -> Floats32:
    return np.maximum(rows, 0)
