"""Cutting in several processes gives what cutting here gives, whatever happens to them (O2)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from indexer import cutting
from indexer.document import DocKind, Facets, IndexDocument, make_document
from indexer.sync import term_document
from indexer.wordbook import make_wordbook

BOOK = make_wordbook(("量子防水膜",), ())
COUNT = 60


def _documents() -> Iterator[IndexDocument]:
    facets = Facets(frozenset({"public"}))
    for number in range(COUNT):
        words = (
            ("", "") if number == 7 else (f"量子防水膜怎么贴 {number}", "撕开背胶 E-103，500 ml。")
        )
        yield make_document(DocKind.ARTICLE, number + 1, words, facets)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes from the first document on."""
    monkeypatch.setattr(cutting, "PROCESSES", 2)
    monkeypatch.setattr(cutting, "WORTH_IT", 1)
    monkeypatch.setattr(cutting, "AT_ONCE", 7)


@pytest.mark.usefixtures("processes")
def test_several_processes_cut_alike_and_in_order() -> None:
    """O2: a rebuild uses all cores and changes nothing by it."""
    expected = [term_document(document, BOOK) for document in _documents()]
    assert list(cutting.cut_all(_documents(), BOOK)) == expected


@pytest.mark.usefixtures("processes")
def test_a_lost_process_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """O2: what it leaves behind is cut here."""
    monkeypatch.setattr(cutting, "_serve_all", _gone)
    expected = [term_document(document, BOOK) for document in _documents()]
    assert list(cutting.cut_all(_documents(), BOOK)) == expected


def _gone(*_told: object) -> None:
    """A process that ends at once."""


@pytest.mark.usefixtures("processes")
def test_a_failing_source_ends_it() -> None:
    """O2: the database going away is told, and no process stays behind."""

    def breaking() -> Iterator[IndexDocument]:
        yield from _documents()
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"):
        list(cutting.cut_all(breaking(), BOOK))
