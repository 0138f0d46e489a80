"""A generation as two indices: the documents, and below `files` the parts of their files.

They are apart because BM25 counts every entry of an index in its averages: thousands of
pages, none with a title, would take the weight from every title.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tantivy

from indexer.backend import ScoredDoc, TermQuery
from indexer.tantivy_answers import Answers, place
from indexer.tantivy_files import damaged_file
from indexer.tantivy_words import SCHEMA, of_documents, of_parts

FILES = "files"


@dataclass(frozen=True)
class Pair:
    """The two indices of one generation, open; whoever writes holds the writer of `own`."""

    own: tantivy.Index
    files: tantivy.Index

    @staticmethod
    def open(folder: Path) -> Pair:
        """What was built there; ValueError when one of the two is missing or broken."""
        return Pair(tantivy.Index.open(str(folder)), tantivy.Index.open(str(folder / FILES)))

    @staticmethod
    def create(folder: Path) -> Pair:
        """Two empty indices in an empty folder."""
        (folder / FILES).mkdir()
        files = tantivy.Index(SCHEMA, path=str(folder / FILES))
        return Pair(tantivy.Index(SCHEMA, path=str(folder)), files)

    def reload(self) -> None:
        """See what was committed last."""
        self.own.reload()
        self.files.reload()


class PairAnswers:
    """Answers from both indices as from one; safe to share between threads."""

    def __init__(self) -> None:
        self._own = Answers()
        self._files = Answers()

    def best(self, pair: Pair, query: TermQuery) -> list[ScoredDoc]:
        """The best documents and parts, ties by id and part."""
        own, files = pair.own.searcher(), pair.files.searcher()
        found = self._own.best(own, list(of_documents(own, query)), query)
        found += self._files.best(files, list(of_parts(own, files, query)), query)
        return sorted(found, key=place)[: query.limit]


def damaged(folder: Path) -> str:
    """The name of the first file of either index that is not whole; '' when all are."""
    return damaged_file(folder) or damaged_file(folder / FILES)
