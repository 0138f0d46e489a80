"""Keeps a vocabulary abreast of the index: reads again what changed since the last look.

Text and access keys come from the same transaction, and only documents that may be found
are read, so a vocabulary never holds an article with the rights it had before.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, load_only, selectinload

from indexer.document import DocKind, doc_id_of, key_of, kind_and_ref
from indexer.eligibility import is_indexable
from indexer.sources import documents
from indexer.vocabulary import DocumentText, Vocabulary
from models import Article, Database, IndexEntry, reading, utcnow

CHUNK = 500
AT_ONCE = 600
MARGIN = timedelta(seconds=30)  # commits come after their time stamps, and clocks differ
GONE = -1


@dataclass(frozen=True)
class _News:
    """Keys of changed documents with their stamps, GONE for those that left; when all is
    read, changes `since` then need looking at."""

    stamps: dict[int, int]
    since: datetime


class VocabularyFeed:
    """One process's vocabulary; `follow` is told whenever the index may have changed."""

    def __init__(self, database: Database) -> None:
        self.vocabulary = Vocabulary()
        self._database = database
        self._lock = threading.Lock()
        self._stamps: dict[int, int] = {}
        self._since: datetime | None = None

    def follow(self) -> bool:
        """Take in changes: a few at once, very many in the background; False when busy."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            news = self._news()
        except BaseException:
            self._lock.release()
            raise
        if len(news.stamps) > AT_ONCE:
            threading.Thread(target=self._read_and_release, args=(news,), daemon=True).start()
        else:
            self._read_and_release(news)
        return True

    def catch_up(self) -> None:
        """Take in all changes before returning."""
        with self._lock:
            self._read(self._news())

    def _read_and_release(self, news: _News) -> None:
        try:
            self._read(news)
        finally:
            self._lock.release()

    def _news(self) -> _News:
        looked_at = utcnow()
        query = sa.select(IndexEntry.doc_id, IndexEntry.fingerprint, IndexEntry.gone)
        if self._since is not None:
            query = query.where(IndexEntry.changed_at >= self._since)
        with reading(self._database) as session:
            rows = session.execute(query).all()
        now = {key_of(row.doc_id): GONE if row.gone else _stamp(row.fingerprint) for row in rows}
        changed = {key: stamp for key, stamp in now.items() if self._stamps.get(key, GONE) != stamp}
        return _News(changed, looked_at - MARGIN)

    def _read(self, news: _News) -> None:
        keys, first = list(news.stamps), self._since is None
        for start in range(0, len(keys), CHUNK):
            chunk = keys[start : start + CHUNK]
            with reading(self._database) as session:
                found = list(_texts(session, chunk))
            present = {document.key for document in found}
            gone = [key for key in chunk if key not in present]
            self.vocabulary.change(found, gone, more=first and start + CHUNK < len(keys))
            self._stamps.update((key, news.stamps[key]) for key in chunk)
        self._since = news.since


def _stamp(fingerprint: str) -> int:
    """56 bits of a whole fingerprint: any change shows, of readers too; small to remember."""
    return int.from_bytes(hashlib.blake2b(fingerprint.encode(), digest_size=7).digest(), "big")


def _texts(session: Session, keys: Sequence[int]) -> Iterator[DocumentText]:
    parsed = [kind_and_ref(key) for key in keys]
    yield from _articles(session, [ref for kind, ref in parsed if kind is DocKind.ARTICLE])
    others = [doc_id_of(kind, ref) for kind, ref in parsed if kind is not DocKind.ARTICLE]
    if others:
        for document in documents(session, others).values():
            if document is not None:
                lines = (document.title, *document.phrasings)
                key = key_of(document.doc_id)
                yield DocumentText(key, document.access_keys, lines, document.body)


def _articles(session: Session, ids: list[int]) -> Iterator[DocumentText]:
    if not ids:
        return
    columns = (Article.title, Article.body, Article.phrasings, Article.status, Article.deleted_at)
    query = (
        sa.select(Article)
        .where(Article.id.in_(ids))
        .options(load_only(*columns), selectinload(Article.access))
    )
    for article in session.scalars(query):
        if is_indexable(article):
            yield DocumentText(
                key_of(doc_id_of(DocKind.ARTICLE, article.id)),
                article.access_keys,
                (article.title, *article.phrasings),
                article.body,
            )
