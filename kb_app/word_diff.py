"""Two states of a text side by side, changed words marked: Chinese words, not characters. Pure.

Built on the bounded comparison of lines; a line that changed is set beside what it became.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from indexer.lexicon import lexicon
from kb_app.comparing import CONTEXT, DiffLine

LONGEST_LINE = 2_000
ALIKE = 0.3
LONGEST_RUN = 12
# What comparing words may cost in a whole comparison, some seconds; after that, lines are marked.
MOST_STEPS = 30_000_000
_TOKEN = re.compile(r"[㐀-鿿]+|[A-Za-z0-9_]+|\s+|.", re.DOTALL)
_CHINESE = re.compile(r"[㐀-鿿]{2,}")


@dataclass(frozen=True)
class Span:
    """A run of words; `changed` when the other side does not have them here."""

    text: str
    changed: bool


@dataclass(frozen=True)
class DiffRow:
    """One line on both sides: `same`, `change`, or a `gap` of `left_out` lines."""

    kind: str
    old: tuple[Span, ...] = ()
    new: tuple[Span, ...] = ()
    left_out: int = 0


@dataclass
class Budget:
    """What comparing words may cost: a line of one word again and again costs the cube."""

    left: int = MOST_STEPS

    def allows(self, before: list[str], after: list[str]) -> bool:
        """Whether these two may still be compared; if so, it is paid for."""
        times = Counter(before)
        price = sum(times[token] for token in after) * min(len(before), len(after))
        if price > self.left:
            return False
        self.left -= price
        return True


def side_by_side(lines: Sequence[DiffLine]) -> tuple[DiffRow, ...]:
    """Rows from a comparison of lines; what went and what came at one place is paired."""
    rows: list[DiffRow] = []
    budget = Budget()
    gone: list[str] = []
    came: list[str] = []
    for line in lines:
        if line.kind == "del":
            gone.append(line.text)
            continue
        if line.kind == "add":
            came.append(line.text)
            continue
        rows += _paired(gone, came, budget)
        gone, came = [], []
        if line.kind == "gap":
            rows.append(DiffRow("gap", left_out=int(line.text)))
        else:
            span = (Span(line.text, False),)
            rows.append(DiffRow("same", span, span))
    return tuple(_folded([*rows, *_paired(gone, came, budget)]))


def _folded(rows: list[DiffRow]) -> Iterator[DiffRow]:
    """Of a long run of unchanged lines only its ends, which show where one is."""
    for kind, group in groupby(rows, key=lambda row: row.kind):
        run = list(group)
        if kind != "same" or len(run) <= LONGEST_RUN:
            yield from run
        else:
            yield from run[:CONTEXT]
            yield DiffRow("gap", left_out=len(run) - 2 * CONTEXT)
            yield from run[-CONTEXT:]


def _paired(gone: list[str], came: list[str], budget: Budget) -> Iterator[DiffRow]:
    for place in range(max(len(gone), len(came))):
        old = gone[place] if place < len(gone) else None
        new = came[place] if place < len(came) else None
        if old is None or new is None:
            yield DiffRow("change", _whole(old), _whole(new))
        else:
            yield DiffRow("change", *words_between(old, new, budget))


def words_between(
    old: str, new: str, budget: Budget | None = None
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Both lines as spans; lines with next to nothing in common are marked whole."""
    if max(len(old), len(new)) > LONGEST_LINE:
        return _whole(old), _whole(new)
    before, after = _tokens(old), _tokens(new)
    if not (budget or Budget()).allows(before, after):
        return _whole(old), _whole(new)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < ALIKE:
        return _whole(old), _whole(new)
    left: list[Span] = []
    right: list[Span] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        left.append(Span("".join(before[a:b]), tag != "equal"))
        right.append(Span("".join(after[c:d]), tag != "equal"))
    return _filled(left), _filled(right)


def _filled(spans: list[Span]) -> tuple[Span, ...]:
    return tuple(span for span in spans if span.text)


def _whole(text: str | None) -> tuple[Span, ...]:
    return (Span(text, True),) if text else ()


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    for token in _TOKEN.findall(text):
        found += lexicon().borders(token) if _CHINESE.fullmatch(token) else [token]
    return found
