"""How the first texts of a list compare for a question: their stored tokens, their titles'.

For deciding whether to answer, never for the order. Titles are read once and remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from indexer.alignment import align
from indexer.backend import Hit
from indexer.comparing import COMPARED, Comparison, Networks, facts_of
from indexer.document import doc_id_of
from indexer.encoder import Encoder, EncoderMissing, Reading, Tokens, Vectors
from indexer.looking import stored_tokens
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

    None where the networks are not for this encoder, or the first has no token vectors yet.
    """
    encoder = snapshot.encoder
    if trained is None or encoder is None or encoder.name != trained.encoder:
        return None
    if asked is None or not asked.tokens:
        return None
    passages = _passages(database, snapshot, asked, found[:COMPARED])
    if not passages or passages[0] is None:
        return None
    pairs = zip(found, passages, strict=False)
    kept = [(each, tokens) for each, tokens in pairs if tokens is not None]
    try:
        titles = _TITLES.read(encoder, [each.title for each, _ in kept])
    except EncoderMissing:
        return None
    return _compared(trained, asked, kept, titles)


def _compared(
    trained: Networks,
    asked: Reading,
    kept: Sequence[tuple[Titled, Tokens]],
    titles: Sequence[tuple[Vectors, Tokens]],
) -> Comparison:
    aligned = [
        align(asked.tokens[0], title, passage)
        for (_, title), (_, passage) in zip(titles, kept, strict=True)
    ]
    facts = np.array([facts_of(each.hit) for each, _ in kept], np.float32)
    twins = [float(vector @ titles[0][0]) for vector, _ in titles]
    return trained.comparison(aligned, facts, twins)


def _passages(
    database: Database, snapshot: Snapshot, asked: Reading, found: Sequence[Titled]
) -> list[Tokens | None]:
    """The tokens of each text's nearest passage; None for one without."""
    names = [doc_id_of(each.hit.kind, each.hit.ref_id) for each in found]
    rows = [snapshot.row_of(name) for name in names]
    known = [row for row in rows if row is not None and snapshot.encoded[row]]
    numbers = dict(zip(known, snapshot.nearest_passages(asked.vectors[0], known), strict=True))
    wanted = [
        None if row not in numbers else (name, numbers[row])
        for row, name in zip(rows, names, strict=True)
    ]
    pairs = [each for each in wanted if each is not None]
    stored = stored_tokens(database, pairs, asked.tokens[0].shape[1])
    return [None if pair is None else stored.get(pair) for pair in wanted]
