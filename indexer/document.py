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
    bare = bare_document(kind, ref_id, words, facets, files)
    text = plain_text(words[1][: 2 * MAX_INDEXED_CHARS])[:MAX_INDEXED_CHARS]
    return replace(bare, body=text, pieces=files.pieces)


def bare_document(
    kind: DocKind,
    ref_id: int,
    words: tuple[str, ...],
    facets: Facets,
    files: FileWords = NO_FILES,
) -> IndexDocument:
    """The same without the text of body and files, for whoever looks at fingerprints only."""
    title, _body, *phrasings = words
    return IndexDocument(
        doc_id=doc_id_of(kind, ref_id),
        kind=kind,
        title=" ".join(title.split()),
        body="",
        phrasings=tuple(phrasings),
        access_keys=facets.access_keys,
        categories=facets.categories,
        products=facets.products,
        fingerprint=_fingerprint(words, facets, files),
        file_names=files.names,
    )


def _fingerprint(words: tuple[str, ...], facets: Facets, files: FileWords) -> str:
    """TEXT_DIGITS hex digits over the text, then as many over all else that reaches the index."""
    facts: list[object] = [
        INDEX_IDENTITY,
        sorted(facets.access_keys),
        facets.categories,
        facets.products,
    ]
    text: list[object] = [words, files.marks]
    return _digits(text) + _digits(facts)


def _digits(told: list[object]) -> str:
    text = json.dumps(told, ensure_ascii=True)
    return hashlib.blake2b(text.encode("ascii"), digest_size=TEXT_DIGITS // 2).hexdigest()
