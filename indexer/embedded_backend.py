"""The default backend: tantivy in a folder, no server.

One process writes at a time, any number read and follow within FOLLOW_SECONDS. A rebuild
fills a new generation beside the live one (generations.py); a kill at any moment leaves a
readable index with everything committed.
"""

from __future__ import annotations

import errno
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import tantivy

from indexer.backend import (
    Changes,
    ScoredDoc,
    SearchUnavailable,
    TermDocument,
    TermQuery,
)
from indexer.document import doc_id_of, key_of, kind_and_ref
from indexer.generations import Generations
from indexer.remembered import Remembered
from indexer.tantivy_pair import Pair, PairAnswers, damaged
from indexer.tantivy_words import SCHEMA, stored, stored_parts

FOLLOW_SECONDS = 0.2
WRITER_WAIT_SECONDS = 8.0
HEAP_BYTES = 32_000_000
REBUILD_HEAP_BYTES = 96_000_000
KILLED = "writer was killed"
TRIED_BYTES = 1_000_000
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass
class _Live:
    """The generation being read, the state of its files, and when that was last looked at.

    `answers` remembers what this state answered.
    """

    generation: str
    pair: Pair
    stamp: tuple[int, int]
    checked: float
    answers: Remembered = field(default_factory=Remembered)


class EmbeddedBackend:
    """The index in one folder; safe to share between threads."""

    name = "tantivy"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._generations = Generations(folder)
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._live: _Live | None = None
        self._answers = PairAnswers()

    def search(self, query: TermQuery) -> list[ScoredDoc]:
        """See SearchBackend; what the engine cannot read is noted for all processes."""
        try:
            return self._search(query)
        except SearchUnavailable:
            self._generations.suspect()
            raise

    def _search(self, query: TermQuery) -> list[ScoredDoc]:
        with _translated():
            live = self._follow()
            known = live.answers.get(query)
            if known is None:
                known = tuple(self._answers.best(live.pair, query))
                live.answers.put(query, known)
        return list(known)

    def state(self) -> object | None:
        """See SearchBackend."""
        with _translated():
            return self._follow().answers

    def apply(self, changes: Changes) -> None:
        """See SearchBackend; waits up to WRITER_WAIT_SECONDS for another writer."""
        with self._writing, _translated(self._folder):
            pair, writer = self._writer(time.monotonic() + WRITER_WAIT_SECONDS)
            gone = (*changes.deletes, *(document.doc_id for document in changes.upserts))
            parts = list(chain.from_iterable(map(stored_parts, changes.upserts)))
            # parts first: a fingerprint among the documents says that both were written
            pair.files.reload()
            if parts or pair.files.searcher().num_docs:
                _replace(pair.files.writer(HEAP_BYTES, 1), gone, parts)
            _replace(writer, gone, map(stored, changes.upserts))
            pair.reload()
        self._forget()

    def fingerprints(self) -> Mapping[str, str]:
        """See SearchBackend."""
        with _translated():
            searcher = self._pair().own.searcher()
            if searcher.num_docs == 0:
                return {}
            everything = tantivy.Query.all_query()
            hits = searcher.search(everything, searcher.num_docs, count=False).hits
            addresses = [address for _, address in hits]
            keys = searcher.fast_field_values("key", addresses)
            return {
                doc_id_of(*kind_and_ref(int(key))): str(
                    searcher.doc(address).get_first("fingerprint")
                )
                for key, address in zip(keys, addresses, strict=True)
                if key is not None
            }

    def rebuild(self, documents: Iterable[TermDocument], identity: str) -> int:
        """See SearchBackend; one rebuild at a time, a second is refused."""
        with _translated(self._folder), self._generations.building() as folder:
            count = _build(folder, documents)
            holder = self._hold_live()
            self._generations.swap(folder, identity)
            if holder is not None:
                holder.wait_merging_threads()
        self._forget()
        return count

    def identity(self) -> str:
        """See SearchBackend."""
        with suppress(SearchUnavailable), _translated():
            self._pair()
            return self._generations.identity()
        return ""

    def healthy(self) -> bool:
        """See SearchBackend; thorough once after any process could not read the index."""
        if self._generations.suspected():
            return not self.fault()
        return not self._opens()

    def fault(self) -> str:
        """See SearchBackend: every file is read and its checksum compared."""
        found = self._damage() or self._opens()
        if not found:
            self._generations.trust()
        return found

    def _opens(self) -> str:
        """Why the index cannot even be opened; '' when it can."""
        try:
            with _translated():
                return "" if self._pair().own.searcher().num_docs >= 0 else "no documents"
        except SearchUnavailable as error:
            return str(error)

    def _damage(self) -> str:
        try:
            with _translated():
                name = damaged(self._generations.path(self._generations.current()))
        except SearchUnavailable as error:
            return str(error)
        return f"embedded index: {name} is damaged" if name else ""

    def close(self) -> None:
        """See SearchBackend."""
        self._forget()

    def _forget(self) -> None:
        """Look at the files again at the next search."""
        with self._lock:
            if self._live is not None:
                self._live.checked = 0.0

    def _pair(self) -> Pair:
        return self._follow().pair

    def _follow(self) -> _Live:
        """The live generation, reopened or reloaded when another process changed it."""
        with self._lock:
            live, now = self._live, time.monotonic()
            if live is not None and now - live.checked < FOLLOW_SECONDS:
                return live
            generation = self._generations.current()
            stamp = self._generations.stamp(generation)
            if live is None or live.generation != generation:
                pair = Pair.open(self._generations.path(generation))
                live = _Live(generation, pair, stamp, now)
            elif live.stamp != stamp:
                live.pair.reload()
                live = _Live(generation, live.pair, stamp, now)
            live.checked = now
            self._live = live
            return live

    def _writer(self, deadline: float) -> tuple[Pair, tantivy.IndexWriter]:
        """The generation that is live once the writer of its documents is held."""
        while True:
            generation = self._generations.current()
            pair = Pair.open(self._generations.path(generation))
            writer = _try_writer(pair.own)
            if writer is not None and generation == self._generations.current():
                return pair, writer
            if time.monotonic() > deadline:
                raise SearchUnavailable("another process is writing the index")
            time.sleep(0.05)

    def _hold_live(self) -> tantivy.IndexWriter | None:
        """Keep others from writing the live index while it is replaced; None when broken."""
        if self._opens():
            return None
        return self._writer(time.monotonic() + WRITER_WAIT_SECONDS)[1]


@contextmanager
def _translated(written: Path | None = None) -> Iterator[None]:
    """The engine's and the file system's errors in the contract's words.

    The engine does not always say why a writer died, so a folder `written` to is tried.
    """
    try:
        yield
    except (ValueError, OSError) as error:
        told = _refused(written) if written and KILLED in str(error) else ""
        raise SearchUnavailable(f"embedded index: {told or _named(error)}") from error
    except BaseException as error:
        # the engine's own type for a panic cannot be imported and is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise SearchUnavailable("embedded index: the engine met damaged data") from error


def _refused(folder: Path) -> str:
    """What the file system says to a little more in this folder; '' when it takes it.

    Words, not the error: kept with its frames it would keep the dead writer's lock.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(TRIED_BYTES))
    except OSError as error:
        return _named(error)
    return ""


def _named(error: Exception) -> str:
    told = str(error)
    full = getattr(error, "errno", None) in FULL or any(f"os error {n}" in told for n in FULL)
    return f"no room left on the disk ({told})" if full else told


def _try_writer(index: tantivy.Index) -> tantivy.IndexWriter | None:
    try:
        return index.writer(HEAP_BYTES, 1)
    except ValueError as error:
        if "LockBusy" in str(error):
            return None
        raise


def _replace(
    writer: tantivy.IndexWriter, gone: Iterable[str], entries: Iterable[tantivy.Document]
) -> None:
    """Take out all entries of the documents `gone`, put these in, and commit."""
    for doc_id in gone:
        by_key = tantivy.Query.term_query(SCHEMA, "key", key_of(doc_id), "basic")
        writer.delete_documents_by_query(by_key)
    for entry in entries:
        writer.add_document(entry)
    writer.commit()
    writer.wait_merging_threads()


def _build(folder: Path, documents: Iterable[TermDocument]) -> int:
    """Fill a new generation; refuses when not every document and part arrived."""
    pair = Pair.create(folder)
    own, files = (index.writer(REBUILD_HEAP_BYTES, 1) for index in (pair.own, pair.files))
    count, parts = 0, 0
    for document in documents:
        count += 1
        own.add_document(stored(document))
        for entry in stored_parts(document):
            files.add_document(entry)
            parts += 1
    for writer in (files, own):
        writer.commit()
        writer.wait_merging_threads()
    pair.reload()
    kept = pair.own.searcher().num_docs, pair.files.searcher().num_docs
    if kept != (count, parts):
        raise SearchUnavailable(f"rebuild: {kept} documents and parts stored of {(count, parts)}")
    return count
