"""The site's own dictionary: words kept whole, and groups of words that mean the same.

A change is one transaction with its audit entry and, where the index is cut by it, its
Job; every process searches by it within a second. Nothing is deleted for good.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from indexer.normal import normal_word
from indexer.synonyms import LONGEST_WORD
from indexer.wordbook import SHORTEST, digest
from kb_app.errors import EditConflict, InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.recutting import START
from kb_app.typed_text import clean, clean_line, says_something
from models import (
    JobKind,
    Viewer,
    WordEntry,
    WordKind,
    enqueue,
    record,
    unit_of_work,
    utcnow,
    words_changed,
)

FIELD = "words"
MOST_IN_GROUP = 12
LEAST_IN_GROUP = 2
MOST_ENTRIES = 10_000
LONGEST_TYPED = 4_000
_BETWEEN = re.compile(r"=>|→|[=＝\n、,，;；]")


@dataclass(frozen=True)
class WordInput:
    """What the form holds: words apart by 、 , = or new lines; `version` 0 for a new line."""

    kind: WordKind
    words: str
    version: int = 0


@dataclass(frozen=True)
class Line:
    """A checked line of the dictionary; `key` is its normal form."""

    kind: WordKind
    words: tuple[str, ...]
    key: str

    @property
    def digest(self) -> str:
        """The same for lines that say the same."""
        return digest((self.kind.value, self.key))


def split_words(typed: str) -> tuple[str, ...]:
    """The words in a form field, cleaned, in order."""
    parts = (clean_line(part) for part in _BETWEEN.split(clean(typed[:LONGEST_TYPED])))
    return tuple(part for part in parts if part)


def checked(kind: WordKind, words: tuple[str, ...]) -> Line:
    """A line that may be kept, doubles dropped; InvalidInput says what is wrong."""
    by_normal: dict[str, str] = {}
    for word in words:
        by_normal.setdefault(_checked_word(kind, word), word)
    normal = tuple(by_normal)
    if not normal:
        raise InvalidInput(FIELD, "empty")
    if kind is WordKind.WORD and len(normal) > 1:
        raise InvalidInput(FIELD, "one_word")
    if kind is not WordKind.WORD and len(normal) < LEAST_IN_GROUP:
        raise InvalidInput(FIELD, "few")
    if len(normal) > MOST_IN_GROUP:
        raise InvalidInput(FIELD, "many")
    first = () if kind is WordKind.SAME else normal[:1]
    rest = normal if kind is WordKind.SAME else normal[1:]
    return Line(kind, tuple(by_normal.values()), "=".join((*first, *sorted(rest))))


def _checked_word(kind: WordKind, word: str) -> str:
    normal = normal_word(word)
    if not normal:
        raise InvalidInput(FIELD, "empty")
    if not says_something(normal):
        raise InvalidInput(FIELD, "letterless")
    if len(normal) > LONGEST_WORD:
        raise InvalidInput(FIELD, "word_too_long")
    if kind is WordKind.WORD and len(normal) < SHORTEST:
        raise InvalidInput(FIELD, "word_too_short")
    if "=" in normal:
        raise InvalidInput(FIELD, "invalid")
    return normal


def add(ports: Ports, viewer: Viewer, form: WordInput) -> tuple[int, ...]:
    """New lines; own words may be several at once. InvalidInput `known` when all are there."""
    require(viewer, Permission.WRITE)
    lines = lines_of(form)
    with _noticing_doubles(), unit_of_work(ports.database) as session:
        made = add_lines(session, viewer, lines)
        if not made:
            raise InvalidInput(FIELD, "known")
        return made


def lines_of(form: WordInput) -> tuple[Line, ...]:
    """The lines a form stands for: one group, or as many own words as it names."""
    words = split_words(form.words)
    if form.kind is not WordKind.WORD or not words:
        return (checked(form.kind, words),)
    found = (checked(WordKind.WORD, (word,)) for word in words)
    return tuple({line.digest: line for line in found}.values())


def add_lines(session: Session, viewer: Viewer, lines: tuple[Line, ...]) -> tuple[int, ...]:
    """Write the lines that are not there yet; deleted ones come back. Returns their ids."""
    known = entries_of(session, lines)
    living = session.scalar(
        sa.select(sa.func.count()).select_from(WordEntry).where(WordEntry.deleted_at.is_(None))
    )
    fresh = [line for line in lines if not _lives(known.get(line.digest))]
    if (living or 0) + len(fresh) > MOST_ENTRIES:
        raise InvalidInput(FIELD, "full")
    changed = [_write(session, viewer, known.get(line.digest), line) for line in fresh]
    session.flush()
    for entry in changed:
        record(session, viewer, "words.add", f"word:{entry.id}", kind=entry.kind, words=entry.words)
    if changed:
        _follow_up(session, {entry.kind for entry in changed})
    return tuple(entry.id for entry in changed)


def entries_of(session: Session, lines: tuple[Line, ...]) -> dict[str, WordEntry]:
    """The stored lines, deleted ones too, that say what these say; by digest."""
    digests = [line.digest for line in lines]
    found: dict[str, WordEntry] = {}
    for start in range(0, len(digests), 500):
        chunk = WordEntry.digest.in_(digests[start : start + 500])
        for entry in session.scalars(sa.select(WordEntry).where(chunk)):
            found[entry.digest] = entry
    return found


def _lives(entry: WordEntry | None) -> bool:
    return entry is not None and entry.deleted_at is None


def _write(session: Session, viewer: Viewer, entry: WordEntry | None, line: Line) -> WordEntry:
    if entry is None:
        entry = WordEntry()
        session.add(entry)
    entry.kind, entry.words, entry.key = line.kind, list(line.words), line.key[:1000]
    entry.digest, entry.editor_id = line.digest, viewer.user_id
    entry.updated_at, entry.deleted_at = utcnow(), None
    return entry


def save(ports: Ports, viewer: Viewer, entry_id: int, form: WordInput) -> None:
    """Change a line; EditConflict when somebody else did first."""
    require(viewer, Permission.WRITE)
    line = checked(form.kind, split_words(form.words))
    with _noticing_doubles(), _changing(ports, entry_id, form.version) as (session, entry):
        before = {"kind": entry.kind, "words": entry.words}
        kinds = {entry.kind, line.kind}
        other = entries_of(session, (line,)).get(line.digest)
        if other is not None and other.id != entry_id:
            if other.deleted_at is None:
                raise InvalidInput(FIELD, "known")
            session.delete(other)
            session.flush()
        _write(session, viewer, entry, line)
        record(session, viewer, "words.save", f"word:{entry_id}", before=before, words=entry.words)
        _follow_up(session, kinds)


def delete(ports: Ports, viewer: Viewer, entry_id: int, version: int) -> None:
    """Take a line out; `restore` brings it back."""
    require(viewer, Permission.WRITE)
    with _changing(ports, entry_id, version) as (session, entry):
        entry.deleted_at = entry.updated_at = utcnow()
        record(session, viewer, "words.delete", f"word:{entry_id}", words=entry.words)
        _follow_up(session, {entry.kind})


def restore(ports: Ports, viewer: Viewer, entry_id: int) -> None:
    """Undo a deletion; harmless when it was undone already."""
    require(viewer, Permission.WRITE)
    with unit_of_work(ports.database) as session:
        entry = session.get(WordEntry, entry_id, with_for_update=True)
        if entry is None:
            raise NotFound(str(entry_id))
        if entry.deleted_at is None:
            return
        entry.deleted_at, entry.updated_at = None, utcnow()
        record(session, viewer, "words.restore", f"word:{entry_id}", words=entry.words)
        _follow_up(session, {entry.kind})


def _follow_up(session: Session, kinds: set[WordKind]) -> None:
    """Every process notices; where texts are cut by the change, they are cut anew."""
    words_changed(session)
    if WordKind.WORD in kinds:
        enqueue(session, JobKind.CUT_ANEW, name="", after=START)


@contextmanager
def _noticing_doubles() -> Iterator[None]:
    """Two people adding the same at once: the second is told."""
    try:
        yield
    except IntegrityError as error:
        raise InvalidInput(FIELD, "known") from error


@contextmanager
def _changing(ports: Ports, entry_id: int, version: int) -> Iterator[tuple[Session, WordEntry]]:
    """Open a living line for a change; EditConflict when it is not the version seen."""
    try:
        with unit_of_work(ports.database) as session:
            entry = session.get(WordEntry, entry_id, with_for_update=True)
            if entry is None or entry.deleted_at is not None:
                raise NotFound(str(entry_id))
            if entry.version != version:
                raise EditConflict(str(entry_id))
            yield session, entry
    except StaleDataError as error:
        raise EditConflict(str(entry_id)) from error
