"""One article or solved question as the index sees it, with a fingerprint of its content."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from indexer.passages import MAX_INDEXED_CHARS, plain_text
from indexer.version import INDEX_IDENTITY


class DocKind(StrEnum):
    """What a document is; also the first letter of its id."""

    ARTICLE = "article"
    QUESTION = "question"


KINDS = tuple(DocKind)
REF_BITS = 48
TEXT_DIGITS = 16


@dataclass(frozen=True)
class IndexDocument:
    """A document ready to be indexed.

    `categories` and `products` hold the node and all nodes above it. `fingerprint`
    changes whenever anything here, the analysis version or the format changes; its first
    TEXT_DIGITS only when the text does. `pieces` is the text of the attached files, in
    their order.
    """

    doc_id: str
    kind: DocKind
    title: str
    body: str
    phrasings: tuple[str, ...]
    access_keys: frozenset[str]
    categories: tuple[int, ...]
    products: tuple[int, ...]
    fingerprint: str
    file_names: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()

    def without_text(self) -> IndexDocument:
        """What an entry is written from; a hundred thousand of these fit into memory."""
        return IndexDocument(
            doc_id=self.doc_id,
            kind=self.kind,
            title="",
            body="",
            phrasings=(),
            access_keys=self.access_keys,
            categories=self.categories,
            products=self.products,
            fingerprint=self.fingerprint,
        )


def doc_id_of(kind: DocKind, ref_id: int) -> str:
    """The index id of an article (`a:12`) or question (`q:12`)."""
    return f"{kind.value[0]}:{ref_id}"


@lru_cache(maxsize=1 << 16)
def parse_doc_id(doc_id: str) -> tuple[DocKind, int]:
    """The inverse of `doc_id_of`; ValueError on anything else."""
    letter, _, number = doc_id.partition(":")
    for kind in DocKind:
        if kind.value[0] == letter:
            return kind, int(number)
    raise ValueError(f"not a document id: {doc_id!r}")


def key_of(doc_id: str) -> int:
    """A document id as one number; articles before questions, then by id."""
    kind, ref_id = parse_doc_id(doc_id)
    return KINDS.index(kind) << REF_BITS | ref_id


def kind_and_ref(key: int) -> tuple[DocKind, int]:
    """The inverse of `key_of`."""
    return KINDS[key >> REF_BITS], key & ((1 << REF_BITS) - 1)


@dataclass(frozen=True)
class Facets:
    """Who may find a document and where it is filed (each node with all above it)."""

    access_keys: frozenset[str]
    categories: tuple[int, ...] = ()
    products: tuple[int, ...] = ()


@dataclass(frozen=True)
class FileWords:
    """What attached files add: `marks` change when their text does, `pieces` is that text."""

    marks: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()


NO_FILES = FileWords()


def make_document(
    kind: DocKind,
    ref_id: int,
    words: tuple[str, ...],
    facets: Facets,
    files: FileWords = NO_FILES,
) -> IndexDocument:
    """A document of `words`: title, Markdown body, then any phrasings of the title."""
    text = plain_text(words[1][: 2 * MAX_INDEXED_CHARS])[:MAX_INDEXED_CHARS]
    return _document((kind, ref_id), words, facets, files, text)


def bare_document(
    kind: DocKind,
    ref_id: int,
    words: tuple[str, ...],
    facets: Facets,
    files: FileWords = NO_FILES,
) -> IndexDocument:
    """The same without the text of body and files, for whoever looks at fingerprints only."""
    bare = replace(files, pieces=()) if files.pieces else files
    return _document((kind, ref_id), words, facets, bare, "")


def _document(
    place: tuple[DocKind, int],
    words: tuple[str, ...],
    facets: Facets,
    files: FileWords,
    body: str,
) -> IndexDocument:
    return IndexDocument(
        doc_id=doc_id_of(*place),
        kind=place[0],
        title=" ".join(words[0].split()),
        body=body,
        phrasings=words[2:],
        access_keys=facets.access_keys,
        categories=facets.categories,
        products=facets.products,
        fingerprint=_digits([words, files.marks]) + _facts(INDEX_IDENTITY, facets),
        file_names=files.names,
        pieces=files.pieces,
    )


@lru_cache(maxsize=1 << 12)
def _facts(identity: str, facets: Facets) -> str:
    """The digits of what a document shares with many others: the format, readers, places."""
    keys = sorted(facets.access_keys)
    return _digits([identity, keys, facets.categories, facets.products])


def _digits(told: list[object]) -> str:
    text = json.dumps(told, ensure_ascii=True)
    return hashlib.blake2b(text.encode("ascii"), digest_size=TEXT_DIGITS // 2).hexdigest()
