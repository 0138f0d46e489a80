"""How the first texts of a list compare for a question: their stored tokens, their titles'.

For deciding whether to answer, and what to show beside the first; never for the order of a
search. Titles that were indexed before their tokens were kept are read once and remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from indexer.alignment import align
from indexer.backend import Hit
from indexer.comparing import COMPARED, Comparison, Networks, facts_of
from indexer.document import doc_id_of
from indexer.encoder import Encoder, EncoderMissing, Reading, Tokens, Vectors
from indexer.looking import TITLE, stored_tokens
from indexer.snapshot import Snapshot
from models import Database

MOST_TITLES = 4_096


@dataclass(frozen=True)
class Titled:
    """A hit and the title a reader sees."""

    hit: Hit
    title: str


@dataclass
class Titles:
    """What one encoder reads of titles, remembered; forgets all when there are too many."""

    known: dict[tuple[str, str], tuple[Vectors, Tokens]] = field(default_factory=dict)

    def read(self, encoder: Encoder, titles: Sequence[str]) -> list[tuple[Vectors, Tokens]]:
        """Vector and token vectors of each. May raise EncoderMissing."""
        found = {title: self.known.get((encoder.name, title)) for title in titles}
        lacking = [title for title, known in found.items() if known is None]
        if lacking:
            if len(self.known) + len(lacking) > MOST_TITLES:
                self.known.clear()
            made = encoder.read_queries(lacking)
            for title, vector, tokens in zip(lacking, made.vectors, made.tokens, strict=True):
                found[title] = self.known[encoder.name, title] = (vector, tokens)
        return [known for title in titles if (known := found[title]) is not None]


_TITLES = Titles()


def compare(
    database: Database,
    snapshot: Snapshot,
    asked: Reading | None,
    found: Sequence[Titled],
    trained: Networks | None,
) -> Comparison | None:
    """The comparison of the first of these texts with the others, best first.

    Its `scores` are in their order, None for a text that could not be compared.
    None where the networks are not for this encoder, or the first has no token vectors yet.
    """
    encoder = snapshot.encoder
    if trained is None or encoder is None or encoder.name != trained.encoder:
        return None
    if asked is None or not asked.tokens:
        return None
    known = _known(database, snapshot, asked, found[:COMPARED])
    if not known or known[0].passage is None:
        return None
    kept = [each for each in known if each.passage is not None]
    try:
        titles = _titles(encoder, snapshot, kept)
    except EncoderMissing:
        return None
    comparison = _compared(trained, asked, kept, titles)
    scores = iter(comparison.scores)
    return replace(
        comparison, scores=tuple(None if each.passage is None else next(scores) for each in known)
    )


@dataclass(frozen=True)
class _Known:
    """A text, its row, and the tokens that were stored of its nearest passage and its title."""

    text: Titled
    row: int
    passage: Tokens | None = None
    title: Tokens | None = None


def _compared(
    trained: Networks,
    asked: Reading,
    kept: Sequence[_Known],
    titles: Sequence[tuple[Vectors, Tokens]],
) -> Comparison:
    aligned = [
        align(asked.tokens[0], title, each.passage)
        for (_, title), each in zip(titles, kept, strict=True)
        if each.passage is not None
    ]
    facts = np.array([facts_of(each.text.hit) for each in kept], np.float32)
    twins = [float(vector @ titles[0][0]) for vector, _ in titles]
    return trained.comparison(aligned, facts, twins)


def _titles(
    encoder: Encoder, snapshot: Snapshot, kept: Sequence[_Known]
) -> list[tuple[Vectors, Tokens]]:
    """As stored; a title indexed before its tokens were kept is read. May raise EncoderMissing."""
    lacking = [each.text.title for each in kept if each.title is None]
    read = iter(_TITLES.read(encoder, lacking) if lacking else ())
    return [
        next(read)
        if each.title is None
        else (snapshot.titles[each.row].astype(np.float32), each.title)
        for each in kept
    ]


def _known(
    database: Database, snapshot: Snapshot, asked: Reading, found: Sequence[Titled]
) -> list[_Known]:
    """What is stored of each text; nothing of one that is not encoded."""
    names = [doc_id_of(each.hit.kind, each.hit.ref_id) for each in found]
    rows = [snapshot.row_of(name) for name in names]
    encoded = [row for row in rows if row is not None and snapshot.encoded[row]]
    near = dict(zip(encoded, snapshot.nearest_passages(asked.vectors[0], encoded), strict=True))
    wanted = [(name, near[row]) for row, name in zip(rows, names, strict=True) if row in near]
    wanted += [(name, TITLE) for name, _ in wanted]
    stored = stored_tokens(database, wanted, asked.tokens[0].shape[1])
    return [
        _Known(text, row, stored.get((name, near[row])), stored.get((name, TITLE)))
        if row is not None and row in near
        else _Known(text, -1)
        for text, row, name in zip(found, rows, names, strict=True)
    ]
