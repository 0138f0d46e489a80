"""A document's fingerprint with the site's own words in it, so that a new word is noticed.

The part after the dot names the own words that the document holds. A new word changes the
fingerprints of documents that hold it and of no others.
"""

from __future__ import annotations

from dataclasses import replace

from indexer.analysis import normalize
from indexer.document import TEXT_DIGITS, IndexDocument
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


def same_text(stored: str, fingerprint: str) -> bool:
    """Whether two fingerprints are of the same text, so that its vectors hold for both.

    Readers, places, own words, the analysis and the format of the index may differ.
    """
    return stored[:TEXT_DIGITS] == fingerprint[:TEXT_DIGITS]
