"""Two texts that began as one, put together paragraph by paragraph. Pure, in bounded time.

Where the two do not touch, both changes are taken; where they do, a person chooses. Nothing
either of them wrote disappears without being shown.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_BLOCKS = 2_000
MOST_PAIRS = 20_000
_BLOCK = re.compile(r".*?\n(?:[ \t]*\n)+", re.DOTALL)


class Side(StrEnum):
    """Whose words a piece of the merged text takes."""

    SAME = "same"
    MINE = "mine"
    THEIRS = "theirs"
    CONFLICT = "conflict"


class Choice(StrEnum):
    """What a person decides about a piece both have changed."""

    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"


@dataclass(frozen=True)
class Piece:
    """A run of paragraphs as each of the three texts has it."""

    side: Side
    base: str
    mine: str
    theirs: str

    def taken(self, choice: Choice = Choice.BOTH) -> str:
        """What goes into the merged text; `choice` matters for a conflict only."""
        if self.side is Side.CONFLICT:
            chosen = {
                Choice.MINE: self.mine,
                Choice.THEIRS: self.theirs,
                Choice.BOTH: self.mine + self.theirs,
            }
            return chosen[choice]
        return self.theirs if self.side is Side.THEIRS else self.mine


def merge(base: str, mine: str, theirs: str) -> tuple[Piece, ...]:
    """The three texts cut where they agree; the pieces of each side make up its whole text."""
    olds, ours, others = _blocks(base), _blocks(mine), _blocks(theirs)
    pieces: list[Piece] = []
    a = b = c = 0
    for start, in_ours, in_others, size in _agreements(olds, ours, others):
        pieces += _piece(olds[a:start], ours[b:in_ours], others[c:in_others])
        same = "".join(olds[start : start + size])
        if same:
            pieces.append(Piece(Side.SAME, same, same, same))
        a, b, c = start + size, in_ours + size, in_others + size
    return tuple(pieces)


def is_clean(pieces: Sequence[Piece]) -> bool:
    """Whether nobody has to choose."""
    return all(piece.side is not Side.CONFLICT for piece in pieces)


def merged(pieces: Sequence[Piece], choices: Mapping[int, Choice] | None = None) -> str:
    """The text with these choices by the place of the piece; both where none was made."""
    made = choices or {}
    text = "".join(piece.taken(made.get(n, Choice.BOTH)) for n, piece in enumerate(pieces))
    return text.strip("\n")


def merged_lines(base: str, mine: str, theirs: str) -> str:
    """For lists with one entry a line: what either added stays, what either removed goes."""
    before = base.split("\n")
    removed = {line for line in before if line not in mine.split("\n")}
    removed |= {line for line in before if line not in theirs.split("\n")}
    every = [*mine.split("\n"), *theirs.split("\n")]
    kept = [line for line in every if line.strip() and line not in removed]
    return "\n".join(dict.fromkeys(kept))


def _blocks(text: str) -> list[str]:
    """Paragraphs with the empty lines that follow them; joined they are the text again."""
    whole = text.strip("\n")
    if not whole:
        return []
    return _BLOCK.findall(whole + "\n\n")


def _piece(old: list[str], ours: list[str], others: list[str]) -> list[Piece]:
    if len(old) == len(ours) == len(others) > 1:
        # Paragraph for paragraph: who changed the first has not touched the second.
        rows = zip(old, ours, others, strict=True)
        return [piece for a, b, c in rows for piece in _piece([a], [b], [c])]
    base, mine, theirs = "".join(old), "".join(ours), "".join(others)
    if not (base or mine or theirs):
        return []
    if mine == theirs:
        side = Side.SAME
    elif mine == base:
        side = Side.THEIRS
    elif theirs == base:
        side = Side.MINE
    else:
        side = Side.CONFLICT
    return [Piece(side, base, mine, theirs)]


def _agreements(
    olds: list[str], ours: list[str], others: list[str]
) -> list[tuple[int, int, int, int]]:
    """Where all three say the same: place in each and how many paragraphs, ended by the ends."""
    found = []
    mine, theirs = _matches(olds, ours), _matches(olds, others)
    i = j = 0
    while i < len(mine) and j < len(theirs):
        start = max(mine[i].a, theirs[j].a)
        end = min(mine[i].a + mine[i].size, theirs[j].a + theirs[j].size)
        if start < end:
            place = mine[i].b + start - mine[i].a, theirs[j].b + start - theirs[j].a
            found.append((start, *place, end - start))
        if mine[i].a + mine[i].size < theirs[j].a + theirs[j].size:
            i += 1
        else:
            j += 1
    return [*found, (len(olds), len(ours), len(others), 0)]


def _matches(old: list[str], new: list[str]) -> list[difflib.Match]:
    """Runs both have in the same order; of what would take too long, only head and tail."""
    times = Counter(old)
    pairs = sum(times[block] for block in new)
    if max(len(old), len(new)) <= MOST_BLOCKS and pairs <= MOST_PAIRS:
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
        return [match for match in matcher.get_matching_blocks() if match.size]
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    ends = difflib.Match(len(old) - tail, len(new) - tail, tail)
    return [match for match in (difflib.Match(0, 0, head), ends) if match.size]


def _shared(one: list[str], other: list[str]) -> int:
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
