"""Documents cut into terms by several processes that share one dictionary in memory.

Results come in the order of the documents; at most PROCESSES batches are under way at once.
Few documents, or one core, are cut right here, and so is what a lost process leaves behind.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, cycle, islice
from multiprocessing.connection import Connection

from indexer.analysis import terms
from indexer.backend import TermDocument
from indexer.document import IndexDocument
from indexer.sync import term_document
from indexer.wordbook import Wordbook

PROCESSES = min(4, os.cpu_count() or 1)
WORTH_IT = 1500
AT_ONCE = 200
END_SECONDS = 10

Batch = list[IndexDocument]
_Cut = tuple[str, str, tuple[str, ...]]


def cut_all(found: Iterable[IndexDocument], book: Wordbook) -> Iterator[TermDocument]:
    """Every document as terms."""
    documents = iter(found)
    first = list(islice(documents, WORTH_IT))
    if len(first) < WORTH_IT or PROCESSES == 1:
        for document in chain(first, documents):
            yield term_document(document, book)
        return
    everything = chain(first, documents)
    batches = iter(lambda: list(islice(everything, AT_ONCE)), [])
    with _family(book) as lines, ThreadPoolExecutor(len(lines)) as threads:
        waiting: deque[Future[list[TermDocument]]] = deque()
        for line, batch in zip(cycle(lines), batches, strict=False):
            if len(waiting) == len(lines):
                yield from waiting.popleft().result()
            waiting.append(threads.submit(_asked, line, batch, book))
        for future in waiting:
            yield from future.result()


def _asked(line: Connection, batch: Batch, book: Wordbook) -> list[TermDocument]:
    """Have a batch cut by the process at the other end; when it was killed, cut it here."""
    try:
        line.send(batch)
        told: list[_Cut] = line.recv()
    except (EOFError, OSError):
        return [term_document(document, book) for document in batch]
    return [_joined(document, cut) for document, cut in zip(batch, told, strict=True)]


def _joined(document: IndexDocument, cut: _Cut) -> TermDocument:
    title, body, parts = cut
    return TermDocument(
        doc_id=document.doc_id,
        kind=document.kind,
        title_terms=_split(title),
        body_terms=_split(body),
        access_keys=document.access_keys,
        categories=document.categories,
        products=document.products,
        fingerprint=document.fingerprint,
        parts=tuple(map(_split, parts)),
    )


def _split(joined: str) -> tuple[str, ...]:
    return tuple(joined.split(" ")) if joined else ()


@contextmanager
def _family(book: Wordbook) -> Iterator[list[Connection]]:
    """A clean process that loads the dictionary and then forks: its children share it.

    Forking here instead would copy the locks of this process's threads.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = zip(*(context.Pipe() for _ in range(PROCESSES)), strict=True)
    parent = context.Process(target=_serve_all, args=(theirs, book), daemon=True)
    parent.start()
    for line in theirs:
        line.close()
    try:
        yield list(ours)
    finally:
        for line in ours:
            line.close()
        parent.join(END_SECONDS)
        if parent.is_alive():
            parent.kill()


def _serve_all(lines: tuple[Connection, ...], book: Wordbook) -> None:
    terms("预热")
    gc.freeze()
    mine, *others = lines
    for line in others:
        if os.fork() == 0:
            for other in lines:
                if other is not line:
                    other.close()
            _serve(line, book)
            os._exit(0)
        line.close()
    _serve(mine, book)


def _serve(line: Connection, book: Wordbook) -> None:
    """Cut what comes until the other end is closed."""
    try:
        while True:
            batch: Batch = line.recv()
            line.send([_cut(document, book) for document in batch])
    except (EOFError, OSError):
        return


def _cut(document: IndexDocument, book: Wordbook) -> _Cut:
    made = term_document(document, book)
    parts = tuple(" ".join(part) for part in made.parts)
    return " ".join(made.title_terms), " ".join(made.body_terms), parts
