"""Which tokens of two texts stand for each other, by the vectors the encoder left of them.

Hard alignment (Parikh et al. 2016): each token beside its nearest on the other side. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Tokens

ASKED_TOKENS = 40
TITLE_TOKENS = 20
PASSAGE_TOKENS = 144
WEAK_SHARE = 0.25
RIVALS = 5
Floats32 = NDArray[np.float32]


@dataclass(frozen=True)
class Aligned:
    """A question beside a text. Rows are float32 of length 1.

    `asked` [n, d] with its nearest tokens of passage and title, and how near these are;
    `title` [m, d] with its nearest tokens of the question. n and m are at least 1.
    """

    asked: Floats32
    of_passage: Floats32
    of_title: Floats32
    near_passage: Floats32
    near_title: Floats32
    title: Floats32
    of_asked: Floats32
    near_asked: Floats32


def align(asked: Tokens, title: Tokens, passage: Tokens) -> Aligned:
    """Each token beside its nearest; a text without tokens is read as one that says nothing."""
    question, heading = _units(asked[:ASKED_TOKENS]), _units(title[:TITLE_TOKENS])
    body = _units(passage[:PASSAGE_TOKENS]) if len(passage) else heading
    with_body, with_title = question @ body.T, question @ heading.T
    return Aligned(
        asked=question,
        of_passage=body[with_body.argmax(axis=1)],
        of_title=heading[with_title.argmax(axis=1)],
        near_passage=with_body.max(axis=1),
        near_title=with_title.max(axis=1),
        title=heading,
        of_asked=question[with_title.argmax(axis=0)],
        near_asked=with_title.max(axis=0),
    )


def told_apart(found: Sequence[Aligned]) -> tuple[float, ...]:
    """How the tokens speak for the first of at least one text, and for its rivals (TOLD)."""
    best, rivals = found[0], found[1 : 1 + RIVALS]
    title, back = best.near_title, best.near_asked
    alone = (
        *(float(each) for each in (title.mean(), _weak(title), title.max())),
        *(float(each) for each in (back.mean(), _weak(back), back.min())),
        float(best.near_passage.min()),
        len(title) / ASKED_TOKENS,
        len(back) / TITLE_TOKENS,
    )
    if not rivals:
        return (*alone, *WITHOUT_RIVALS)
    return (
        *alone,
        *_contest(best.near_passage, np.max([each.near_passage for each in rivals], axis=0)),
        *_contest(title, np.max([each.near_title for each in rivals], axis=0)),
        _weak(back) - max(_weak(each.near_asked) for each in rivals),
        float(back.mean()) - max(float(each.near_asked.mean()) for each in rivals),
        float(title.mean()) - max(float(each.near_title.mean()) for each in rivals),
    )


TOLD = (
    *("title_near", "title_weak", "title_most", "back_near", "back_weak", "back_least"),
    *("passage_least", "asked_tokens", "title_tokens"),
    *("lost", "lost_most", "won", "won_most"),
    *("title_lost", "title_lost_most", "title_won", "title_won_most"),
    *("back_weak_margin", "back_margin", "title_near_margin"),
)
WITHOUT_RIVALS = (0.0, 0.0, 0.3, 0.5, 0.0, 0.0, 0.3, 0.5, 0.2, 0.2, 0.2)


def _contest(own: Floats32, rival: Floats32) -> tuple[float, float, float, float]:
    """Where a rival's tokens come nearer, on average and at most; where the own do."""
    behind, ahead = np.maximum(0, rival - own), np.maximum(0, own - rival)
    return (
        float(behind.mean()),
        float((rival - own).max()),
        float(ahead.mean()),
        float((own - rival).max()),
    )


def _weak(near: Floats32) -> float:
    few = max(1, round(WEAK_SHARE * len(near)))
    return float(np.sort(near)[:few].mean())


def _units(tokens: Tokens) -> Floats32:
    if not len(tokens):
        return np.zeros((1, tokens.shape[-1]), np.float32)
    rows = tokens.astype(np.float32)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6))
