"""What content managers see of the words: the list, one line, how a sentence is cut."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.analysis import same_meaning, word_cut
from indexer.backend import SearchFilter, SearchUnavailable
from indexer.normal import normal_word
from indexer.occurrences import occurrences
from indexer.synonyms import general_groups
from indexer.wordbook import Wordbook
from kb_app.cards import PAGE_SIZE, page_count
from kb_app.errors import NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean_line
from models import Product, User, Viewer, WordEntry, WordKind, reading

ALL = "all"
LONGEST_PREVIEW = 200
MOST_PRODUCTS = 60
COUNT_SECONDS = 1.0


@dataclass(frozen=True)
class WordsFilter:
    """Which lines to list; `deleted` is one that was just taken out, `sentence` one to cut."""

    selected: str = ALL
    query: str = ""
    page: int = 1
    deleted: int | None = None
    sentence: str = ""


@dataclass(frozen=True)
class Counted:
    """A word and how many articles hold it; None when that could not be counted."""

    text: str
    articles: int | None = None


@dataclass(frozen=True)
class WordRow:
    """One line of the dictionary."""

    entry_id: int
    kind: WordKind
    words: tuple[Counted, ...]
    version: int
    updated_at: datetime
    editor_name: str


@dataclass(frozen=True)
class Piece:
    """A word of a sentence; `own` when the site's dictionary keeps it whole."""

    text: str
    own: bool


@dataclass(frozen=True)
class Meant:
    """A word of a sentence and the words that are looked for too."""

    typed: str
    others: tuple[str, ...]


@dataclass(frozen=True)
class SentencePreview:
    """How search reads a sentence."""

    text: str
    pieces: tuple[Piece, ...]
    meant: tuple[Meant, ...]


@dataclass(frozen=True)
class WordsPage:
    """A page of the dictionary; `products` are kept whole without being listed here."""

    rows: tuple[WordRow, ...]
    counts: dict[str, int]
    selected: str
    query: str
    page: int
    pages: int
    total: int
    products: tuple[str, ...]
    general: int
    undo: WordRow | None
    preview: SentencePreview | None


def words(ports: Ports, viewer: Viewer, wanted: WordsFilter) -> WordsPage:
    """The dictionary, last change first; `query` looks in every line."""
    require(viewer, Permission.WRITE)
    alive = WordEntry.deleted_at.is_(None)
    rules = {ALL: alive, **{k.value: sa.and_(alive, WordEntry.kind == k) for k in WordKind}}
    selected = wanted.selected if wanted.selected in rules else ALL
    query = clean_line(wanted.query)[:100]
    rule = sa.and_(rules[selected], WordEntry.key.icontains(normal_word(query), autoescape=True))
    book = ports.engine.parts.words.now()
    with reading(ports.database) as session:
        columns = [sa.func.count().filter(each).label(name) for name, each in rules.items()]
        counted = session.execute(sa.select(*columns).select_from(WordEntry)).one()
        total = session.scalar(sa.select(sa.func.count()).select_from(WordEntry).where(rule)) or 0
        pages = page_count(total)
        page = min(max(1, wanted.page), pages)
        found = _rows(session, rule, page)
        undo = _undo(session, wanted.deleted)
        names = session.scalars(sa.select(Product.name).order_by(Product.id).limit(MOST_PRODUCTS))
        products = tuple(names)
    return WordsPage(
        rows=_counted(ports, viewer, found, book),
        counts=dict(zip(rules, counted, strict=True)),
        selected=selected,
        query=query,
        page=page,
        pages=pages,
        total=total,
        products=products,
        general=len(general_groups()),
        undo=undo,
        preview=_preview(wanted.sentence, book),
    )


def word(ports: Ports, viewer: Viewer, entry_id: int) -> WordRow:
    """One line, to be changed."""
    require(viewer, Permission.WRITE)
    with reading(ports.database) as session:
        found = _rows(session, sa.and_(WordEntry.id == entry_id, WordEntry.deleted_at.is_(None)), 1)
    if not found:
        raise NotFound(str(entry_id))
    return _counted(ports, viewer, found, ports.engine.parts.words.now())[0]


def _rows(session: Session, rule: sa.ColumnElement[bool], page: int) -> tuple[WordRow, ...]:
    found = session.execute(
        sa.select(WordEntry, User.name)
        .outerjoin(User, User.id == WordEntry.editor_id)
        .where(rule)
        .order_by(WordEntry.updated_at.desc(), WordEntry.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return tuple(_row(entry, name) for entry, name in found)


def _row(entry: WordEntry, editor_name: str | None) -> WordRow:
    return WordRow(
        entry.id,
        entry.kind,
        tuple(map(Counted, entry.words)),
        entry.version,
        entry.updated_at,
        editor_name or "",
    )


def _undo(session: Session, entry_id: int | None) -> WordRow | None:
    entry = session.get(WordEntry, entry_id) if entry_id else None
    return _row(entry, None) if entry is not None and entry.deleted_at is not None else None


def _counted(
    ports: Ports, viewer: Viewer, rows: tuple[WordRow, ...], book: Wordbook
) -> tuple[WordRow, ...]:
    """The rows with how many articles hold each word, as far as this viewer may read.

    Counting is a search or several a word: what COUNT_SECONDS do not suffice for stays
    uncounted.
    """
    backend, wanted = ports.engine.parts.backend, SearchFilter(viewer.finding)
    until = time.monotonic() + COUNT_SECONDS

    def counted(each: Counted) -> Counted:
        if time.monotonic() > until:
            return each
        return Counted(each.text, occurrences(backend, each.text, wanted, book))

    try:
        return tuple(replace(row, words=tuple(map(counted, row.words))) for row in rows)
    except SearchUnavailable:
        return rows


def _preview(sentence: str, book: Wordbook) -> SentencePreview | None:
    text = clean_line(sentence)[:LONGEST_PREVIEW]
    if not text:
        return None
    pieces = tuple(Piece(piece, piece in book.words) for piece in word_cut(text, book))
    meant = tuple(Meant(match.typed, match.others) for match in same_meaning(text, book))
    return SentencePreview(text, pieces, meant)
