"""A document's fingerprint with the site's own words in it, so that a new word is noticed.

The part after the dot names the own words that the document holds. A new word changes the
fingerprints of documents that hold it and of no others.
"""

from __future__ import annotations

from dataclasses import replace

from indexer.analysis import normalize
from indexer.document import IndexDocument
from indexer.wordbook import Wordbook

DOT = "."


def stamped(document: IndexDocument, book: Wordbook) -> IndexDocument:
    """The document as it is indexed by this book."""
    if not book.cutting:
        return document
    parts = (document.title, document.body, *document.phrasings, *document.file_names)
    stamp = book.stamp(normalize("\n".join((*parts, *document.pieces))))
    if not stamp:
        return document
    return replace(document, fingerprint=f"{document.fingerprint}{DOT}{stamp}")


def only_words_differ(stored: str, fingerprint: str) -> bool:
    """Whether two fingerprints differ in own words alone: same text, so same vectors."""
    return stored != fingerprint and same_text(stored, fingerprint)


def same_text(stored: str, fingerprint: str) -> bool:
    """Whether two fingerprints are of the same text, whatever the own words in it."""
    return stored.partition(DOT)[0] == fingerprint.partition(DOT)[0]
