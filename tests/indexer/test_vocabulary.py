"""Words shared between threads: searches during changes, and what is let go after (K1 K11)."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from indexer.latin import LatinWords, letter_counts
from indexer.understanding import Understander
from indexer.view import View
from indexer.vocabulary import DocumentText, Vocabulary
from models import PUBLIC_KEY, STAFF_KEY

KEYS = frozenset({PUBLIC_KEY})
STAFF = frozenset({STAFF_KEY})
PATIENCE = 10.0


def titled(key: int, title: str, keys: frozenset[str] = KEYS) -> DocumentText:
    """A document of a title alone."""
    return DocumentText(key, keys, (title,), "")


@pytest.fixture
def hurried() -> Iterator[None]:
    """Threads that take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_only_the_views_of_the_last_state_stay_in_memory() -> None:
    """K1: sixty changes with a search after each leave one view of each kind of reader."""
    vocabulary = Vocabulary()
    understander = Understander(vocabulary)
    views: list[weakref.ref[View]] = []
    for number in range(60):
        vocabulary.change([titled(1, f"重置密码{number}"), titled(2, "裁员名单", STAFF)], [])
        for keys in (KEYS, STAFF):
            understander.understand("chongzhimima", keys)
            views.append(weakref.ref(vocabulary.view(keys)))
    gc.collect()
    assert [view() is not None for view in views] == [False] * 118 + [True] * 2


def test_many_kinds_of_readers_do_not_pile_up_views() -> None:
    """K1: within one state too, only some views are kept."""
    vocabulary = Vocabulary()
    understander = Understander(vocabulary)
    teams = [frozenset({f"team:{number}"}) for number in range(60)]
    vocabulary.change([titled(i, "重置密码", team) for i, team in enumerate(teams)], [])
    views: list[weakref.ref[View]] = []
    for team in teams:
        assert understander.understand("chongzhimima", team).searched == "重置密码"
        views.append(weakref.ref(vocabulary.view(team)))
    gc.collect()
    assert sum(view() is not None for view in views) <= 32


class Slow(Vocabulary):
    """Gives out the views it is told to, as slow threads would still hold them."""

    def __init__(self, *views: View) -> None:
        super().__init__()
        self._given = iter(views)

    def view(self, keys: frozenset[str]) -> View:
        """The next of the views, whoever asks."""
        return next(self._given)


def test_a_slow_thread_still_reads_by_the_words_it_began_with() -> None:
    """K1: and what is remembered of the newer words stays theirs."""
    vocabulary = Vocabulary()
    vocabulary.change([titled(1, "蓝鲸计划")], [])
    old = vocabulary.view(KEYS)
    vocabulary.change([titled(1, "重置密码")], [])
    new = vocabulary.view(KEYS)
    understander = Understander(Slow(new, old, new, old))
    read = [understander.understand("lanjing", KEYS).searched for _ in range(4)]
    assert read == ["lanjing", "蓝鲸", "lanjing", "蓝鲸"]


def test_a_search_during_a_change_sees_the_words_before_it() -> None:
    """K1: nobody waits while very many documents are taken in; K11: all of a change or none."""
    vocabulary = Vocabulary()
    vocabulary.change([titled(1, "重置密码")], [])
    understander = Understander(vocabulary)
    told: list[str] = []

    with ThreadPoolExecutor(1) as searching:

        def arriving() -> Iterator[DocumentText]:
            for number in range(2, 5):
                yield titled(number, "域名过期")
                search = searching.submit(understander.understand, "chongzhimima", KEYS)
                told.append(search.result(PATIENCE).searched)
                search = searching.submit(understander.understand, "yuming", KEYS)
                told.append(search.result(PATIENCE).searched)

        vocabulary.change(arriving(), [1])
    assert told == ["重置密码", "yuming"] * 3
    assert understander.understand("yuming", KEYS).searched == "域名"
    assert not understander.understand("chongzhimima", KEYS).changed
    assert len(vocabulary) == 3


@pytest.mark.usefixtures("hurried")
def test_letters_of_latin_words_stay_in_their_rows_when_many_ask() -> None:
    """K1: words come in while several threads compare letters; no row is missing or moved."""
    latin = LatinWords()
    words = [f"{chr(97 + n % 26) * (1 + n % 7)}{chr(97 + n // 26)}" for n in range(600)]

    def ask(_: int) -> int:
        wrong = 0
        while len(latin.words) <= len(words):
            last = len(latin.words) - 1
            row = latin.letters()[last]
            wrong += not np.array_equal(row, letter_counts(latin.words[last]))
            if last == len(words):
                break
        return wrong

    with ThreadPoolExecutor(4) as asking:
        results = [asking.submit(ask, number) for number in range(4)]
        for word in words:
            latin.number(word)
            if len(latin.words) % 5 == 0:
                latin.letters()
        assert [result.result(PATIENCE) for result in results] == [0, 0, 0, 0]
    expected = [letter_counts(word) for word in latin.words]
    assert np.array_equal(latin.letters(), np.array(expected))


def test_it_shows_nothing_of_a_base_until_all_of_it_is_read() -> None:
    """K1: half a base would correct the words of the other half."""
    vocabulary = Vocabulary()
    before = vocabulary.state
    vocabulary.change([titled(1, "重置密码")], [], more=True)
    vocabulary.change([titled(2, "更换电池")], [1], more=True)
    assert vocabulary.state is before
    assert len(vocabulary) == 0
    vocabulary.change([titled(3, "查看账单")], [])
    assert [known.title for known in vocabulary.state.known] == ["更换电池", "查看账单"]
    assert vocabulary.state.sizes == {KEYS: 2}
