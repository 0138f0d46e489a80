"""Two states of a text, line by line, in bounded time. Pure.

Where too much differs to be matched within a second, the middle is shown as replaced whole.
"""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass
from itertools import groupby

MOST_LINES = 2_000
MOST_PAIRS = 20_000
WHOLE_DIFF = 400
CONTEXT = 3
MOST_SHOWN = 3_000


@dataclass(frozen=True)
class DiffLine:
    """A line of a comparison: `same`, `add`, `del`, or `gap` with how many lines are left out."""

    kind: str
    text: str


def compare(before: str, after: str) -> tuple[DiffLine, ...]:
    """Line by line: what went (`del`), what came (`add`), what stayed (`same`).

    Of long texts only the surroundings of a change are shown.
    """
    old, new = before.splitlines(), after.splitlines()
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    gone, came = old[head : len(old) - tail], new[head : len(new) - tail]
    lines = [
        *_lines("same", old[:head]),
        *_middle(gone, came),
        *_lines("same", old[len(old) - tail :]),
    ]
    return tuple(lines if len(lines) <= WHOLE_DIFF else _around_changes(lines))


def _shared(one: list[str], other: list[str]) -> int:
    """How many lines at the start are the same in both."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _lines(kind: str, texts: list[str]) -> list[DiffLine]:
    return [DiffLine(kind, text) for text in texts]


def _middle(gone: list[str], came: list[str]) -> list[DiffLine]:
    if _is_too_much(gone, came):
        return [*_lines("del", gone), *_lines("add", came)]
    lines: list[DiffLine] = []
    matcher = difflib.SequenceMatcher(None, gone, came, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            lines += _lines("same", gone[start:end])
        else:
            lines += _lines("del", gone[start:end]) + _lines("add", came[new_start:new_end])
    return lines


def _is_too_much(gone: list[str], came: list[str]) -> bool:
    """Matching costs about pairs of equal lines times lines: what would take seconds."""
    times = Counter(came)
    return max(len(gone), len(came)) > MOST_LINES or sum(times[t] for t in gone) > MOST_PAIRS


def _around_changes(lines: list[DiffLine]) -> list[DiffLine]:
    """The changes with CONTEXT lines about them; every run left out becomes one gap."""
    near: set[int] = set()
    for place, line in enumerate(lines):
        if line.kind != "same":
            near.update(range(place - CONTEXT, place + CONTEXT + 1))
    shown: list[DiffLine] = []
    for is_near, run in groupby(enumerate(lines), key=lambda numbered: numbered[0] in near):
        hidden = [line for _, line in run]
        shown += hidden if is_near else [DiffLine("gap", str(len(hidden)))]
    rest = len(shown) - MOST_SHOWN
    return [*shown[:MOST_SHOWN], DiffLine("gap", str(rest))] if rest > 0 else shown
