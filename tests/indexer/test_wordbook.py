"""A site's own words: kept whole, in the index, and followed by every process (K1)."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.analysis import query_terms, terms, word_cut
from indexer.audit import audit
from indexer.current_words import CurrentWords
from indexer.recut import recut_some
from indexer.search import IndexParts
from indexer.wordbook import Wordbook, make_wordbook
from models import (
    Database,
    IndexEntry,
    Product,
    WordEntry,
    WordKind,
    reading,
    unit_of_work,
    words_changed,
)
from tests.indexer.conftest import publish

ROOT = Path(__file__).parents[2]


def book(*words: str) -> Wordbook:
    """A book of own words."""
    return make_wordbook(words, ())


def add_word(database: Database, word: str) -> None:
    """An own word, as the product writes it."""
    with unit_of_work(database) as session:
        session.add(WordEntry(kind=WordKind.WORD, words=[word], key=word, digest=word))
        words_changed(session)


def fingerprints(parts: IndexParts) -> dict[str, str]:
    """What every document was last indexed as."""
    with reading(parts.database) as session:
        return {row.doc_id: row.fingerprint for row in session.query(IndexEntry)}


@pytest.mark.parametrize(
    ("word", "text", "term"),
    [
        ("小屿网关", "我的小屿网关离线了", "小屿网关"),
        ("静音模式", "打開靜音模式", "静音模式"),
        ("L1门锁", "如何安装Ｌ１门锁", "l1门锁"),
        ("Wi-Fi 6", "支持 wi-fi 6 吗", "wi-fi_6"),
        ("E-202", "提示E-202怎么办", "e-202"),
    ],
)
def test_an_own_word_is_one_term(word: str, text: str, term: str) -> None:
    """K1: in articles and in questions alike, whatever its script."""
    own = book(word)
    assert term in terms(text, own)
    assert term in {asked.text for asked in query_terms(text, own)}


def test_an_own_word_is_cut_out_whole() -> None:
    """K1: what the preview shows."""
    text = "小屿网关连不上wifi"
    assert "小屿网关" not in word_cut(text)
    assert word_cut(text, book("小屿网关"))[0] == "小屿网关"
    assert word_cut("L1门锁没电", book("L1门锁"))[0] == "l1门锁"


def test_latin_words_are_not_torn() -> None:
    """K1: the model L1 does not stand in L12."""
    assert list(book("l1").found_in("l12和xl1")) == []


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=6), max_size=5))
def test_any_words_can_be_own_words(text: str, words: list[str]) -> None:
    """K1: no text and no book is refused; own words only ever add terms."""
    own = book(*words)
    added = list(terms(text, own))
    for term in terms(text):
        added.remove(term)
    assert not any(char.isspace() for term in added for char in term)
    word_cut(text, own)


def test_only_documents_that_hold_a_new_word_are_stale(parts: IndexParts) -> None:
    """K1: the audit names exactly them, a pass heals exactly them, vectors stay."""
    one, other = publish(parts, ("小屿网关离线", "重启即可"), ("修改密码", "打开设置"))
    before = fingerprints(parts)
    add_word(parts.database, "小屿网关")
    assert audit(parts).doc_ids == (f"a:{one}",)
    with reading(parts.database) as session:
        vector = session.get_one(IndexEntry, f"a:{one}").title_vector
    progress = recut_some(parts, -1)
    assert (progress.last, progress.written) == (None, 1)
    assert audit(parts).ok
    after = fingerprints(parts)
    assert after[f"a:{one}"] != before[f"a:{one}"]
    assert after[f"a:{other}"] == before[f"a:{other}"]
    with reading(parts.database) as session:
        assert session.get_one(IndexEntry, f"a:{one}").title_vector == vector != b""


def test_a_word_of_general_chinese_changes_no_index(parts: IndexParts) -> None:
    """K1: it was indexed already."""
    publish(parts, ("信用卡还款", "手机银行"))
    add_word(parts.database, "信用卡")
    assert audit(parts).ok


def test_names_of_products_are_own_words(any_database: Database) -> None:
    """K1 K2: the product tree needs no second list."""
    words = CurrentWords(any_database)
    assert "小屿网关" not in words.now().words
    with unit_of_work(any_database) as session:
        session.add(Product(slug="g2", name="小屿网关"))
    assert "小屿网关" in words.now().words


def test_a_book_is_made_only_when_something_changed(any_database: Database) -> None:
    """O1: looking is cheap; a change gives a new value, the old one stays as it was."""
    words = CurrentWords(any_database)
    first = words.now()
    assert words.now() is first
    add_word(any_database, "静音模式")
    assert words.now() is not first
    assert "静音模式" not in first.words


def test_another_process_follows_within_a_second(database: Database) -> None:
    """K1: hot-loaded without a restart."""
    program = (
        "import sys, time\n"
        "from indexer.current_words import CurrentWords\n"
        "from models import connect\n"
        "words = CurrentWords(connect(sys.argv[1]))\n"
        "assert '静音模式' not in words.book().words\n"
        "print('ready', flush=True)\n"
        "end = time.monotonic() + 10\n"
        "while '静音模式' not in words.book().words and time.monotonic() < end:\n"
        "    time.sleep(0.02)\n"
        "print('seen', flush=True)\n"
    )
    url = database.engine.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", program, url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "ready"
        add_word(database, "静音模式")
        began = time.monotonic()
        assert other.stdout.readline().strip() == "seen"
        assert time.monotonic() - began < 1.0
        assert other.wait(10) == 0
