"""Brings documents up to the site's present words, a few hundred at a time.

Documents that hold no changed word are read and left alone; those that do are cut and
written anew, and keep their vectors.
"""

from __future__ import annotations

from dataclasses import dataclass

from indexer.document import key_of
from indexer.search import IndexParts
from indexer.sources import eligible_ids
from indexer.sync import sync_documents
from models import reading

CHUNK = 200


@dataclass(frozen=True)
class Progress:
    """How far a pass came: the key of the last document seen (None at the end), and writes."""

    last: int | None
    written: int


def recut_some(parts: IndexParts, after: int) -> Progress:
    """Look at the next documents in order of their keys."""
    with reading(parts.database) as session:
        ids = eligible_ids(session)
    left = sorted((doc_id for doc_id in ids if key_of(doc_id) > after), key=key_of)
    chunk = left[:CHUNK]
    report = sync_documents(parts, chunk)
    return Progress(key_of(chunk[-1]) if len(left) > len(chunk) else None, report.written)
