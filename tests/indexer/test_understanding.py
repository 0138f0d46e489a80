"""Reading what was typed: pinyin, initials, slips, spelling; and what must stay hidden (K1 K11)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.backend import SearchFilter, SearchRequest
from indexer.readings import CHARS_OF, syllables_of
from indexer.search import IndexParts, SearchEngine
from indexer.sync import sync_articles
from indexer.understanding import Understander
from indexer.understood import ChangeKind, Understanding
from indexer.vocabulary import DocumentText, Vocabulary
from models import PUBLIC_KEY, STAFF_KEY, Article, unit_of_work
from tests.indexer.conftest import PUBLIC, found_ids, publish

KEYS = frozenset({PUBLIC_KEY})
STAFF = frozenset({PUBLIC_KEY, STAFF_KEY})
TITLES = (
    "怎样重置密码",
    "忘记密码怎么办",
    "域名过期后还能续费吗",
    "服务器重启后连不上",
    "更换绑定的手机号",
    "会员积分怎么兑换",
    "Bluetooth 耳机连接失败",
    "网关离线怎么恢复",
)
BODIES = (
    "打开登录页，点重置密码，收短信后设置新密码。",
    "Bluetooth 耳机先配对再连接，手机要打开蓝牙。",
    "会员登录后在积分页兑换，兑换后不能退回。",
)


def made(*texts: str, keys: frozenset[str] = KEYS, start: int = 1) -> list[DocumentText]:
    """Documents of titles alone."""
    return [DocumentText(i, keys, (text,), "") for i, text in enumerate(texts, start=start)]


def reader(*more: DocumentText) -> Understander:
    """A reader of TITLES and BODIES, and more."""
    vocabulary = Vocabulary()
    bodies = [DocumentText(100 + i, KEYS, ("说明",), body) for i, body in enumerate(BODIES)]
    vocabulary.change([*made(*TITLES), *bodies, *more], [])
    return Understander(vocabulary)


@pytest.fixture(scope="module")
def base() -> Understander:
    """A reader of TITLES and BODIES."""
    return reader()


@pytest.mark.parametrize(
    ("typed", "searched", "kind"),
    [
        ("chongzhimima", "重置密码", ChangeKind.PINYIN),
        ("chong zhi mi ma", "重置密码", ChangeKind.PINYIN),
        ("重置mima", "重置密码", ChangeKind.PINYIN),
        ("忘记mima了", "忘记密码了", ChangeKind.PINYIN),
        ("域名过qi了", "域名过期了", ChangeKind.PINYIN),
        ("ＣＨＯＮＧＺＨＩ密碼", "重置密碼", ChangeKind.PINYIN),
        ("ymgq", "域名过期", ChangeKind.INITIALS),
        ("fwqcq", "服务器重启", ChangeKind.INITIALS),
        ("chzmm", "重置密码", ChangeKind.INITIALS),
        ("chongzmm", "重置密码", ChangeKind.INITIALS),
        ("充置密码", "重置密码", ChangeKind.HOMOPHONE),
        ("会员积汾", "会员积分", ChangeKind.HOMOPHONE),
        ("网关离线怎么恢夏", "网关离线怎么恢复", ChangeKind.LOOKALIKE),
        ("更换绑定的机手号", "更换绑定的手机号", ChangeKind.SLIP),
        ("blutooth耳机", "bluetooth耳机", ChangeKind.SPELLING),
        ("bluetootj", "bluetooth", ChangeKind.SPELLING),
    ],
)
def test_it_reads_what_was_meant(
    base: Understander, typed: str, searched: str, kind: ChangeKind
) -> None:
    """K1: pinyin, initials, one wrong character, swapped characters, Latin spelling."""
    read = base.understand(typed, KEYS)
    assert read.searched == searched
    assert {change.kind for change in read.changes} == {kind}


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "重置密码",
        "忘记密码怎么办",
        "bluetooth",
        "E-202",
        "iphone15",
        "v2.3.1",
        "https://example.com/mima",
        "mima@example.com",
        "世界杯谁能赢",
        "hello world",
        "😀",
        "\ud800",
        "密" * 600,
    ],
)
def test_it_leaves_alone_what_it_knows_or_cannot_improve(base: Understander, typed: str) -> None:
    """K1: no false corrections; numbers, model names and addresses stay whole."""
    assert base.understand(typed, KEYS) == Understanding(typed, typed)


def test_it_says_what_was_changed_and_where(base: Understander) -> None:
    """K1: offsets belong to the text as it was typed, whatever its width."""
    read = base.understand("请问 ＭＩＭＡ 重置", KEYS)
    (change,) = read.changes
    assert (change.typed, change.taken) == ("ＭＩＭＡ", "密码")
    assert read.original[change.start : change.end] == "ＭＩＭＡ"
    assert read.searched == "请问 密码 重置"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("chongzhim", "重置密"), ("chongzh", "重置"), ("域名guoq", "域名过期"), ("fuwuq", "服务器")],
)
def test_half_a_syllable_is_enough_while_typing(base: Understander, typed: str, meant: str) -> None:
    """K1: answers appear while typing."""
    assert base.understand(typed, KEYS, typing=True).searched == meant


def test_a_slip_is_not_corrected_while_typing(base: Understander) -> None:
    """K1: the next character may explain it."""
    assert not base.understand("充置密", KEYS, typing=True).changed


def test_words_that_the_base_has_are_never_touched() -> None:
    """K1: 充值 is a word of this base, though 重置 is commoner."""
    base = reader(*made("充值不到账", start=50), *made(*["重置密码"] * 9, start=60))
    assert not base.understand("充值密码", KEYS).changed


def test_it_forgets_a_document_that_is_gone() -> None:
    """K11: what was taken out leaves no word behind."""
    vocabulary = Vocabulary()
    vocabulary.change(made("蓝鲸计划说明", "密码"), [])
    base = Understander(vocabulary)
    assert base.understand("lanjing", KEYS).searched == "蓝鲸"
    vocabulary.change([], [1])
    assert not base.understand("lanjing", KEYS).changed
    assert not base.understand("ljjh", KEYS).changed


WORDS = st.sampled_from(
    ["重置", "密码", "蓝鲸", "计划", "域名", "过期", "裁员", "名单", "bluetooth", "project"]
)
ARTICLES = st.lists(
    st.tuples(
        st.lists(WORDS, min_size=1, max_size=4).map("".join),
        st.lists(WORDS, max_size=6).map("，".join),
        st.frozensets(st.sampled_from(["public", "staff", "team:1", "level:2"]), min_size=1),
    ),
    max_size=8,
)
VIEWERS = st.frozensets(st.sampled_from(["public", "staff", "team:1", "level:2"]), min_size=1)
TYPED = st.one_of(
    st.sampled_from(
        ["lanjing", "ljjh", "caiyuan", "cymd", "mima", "czmm", "yuming", "bluetoth", "projct"]
    ),
    st.sampled_from(["蓝京计划", "裁圆名单", "重制密码", "域明过期", "蓝鲸划计", "lan鲸"]),
    st.lists(WORDS, min_size=1, max_size=3).map("".join),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(articles=ARTICLES, viewer=VIEWERS, typed=TYPED, typing=st.booleans())
def test_hidden_documents_change_nothing_that_a_reader_is_told(
    articles: list[tuple[str, str, frozenset[str]]],
    viewer: frozenset[str],
    typed: str,
    typing: bool,
) -> None:
    """K11: reading is the same as in a base without the documents this viewer may not open."""
    documents = [
        DocumentText(i, keys, (title,), body) for i, (title, body, keys) in enumerate(articles)
    ]
    whole, seen = Vocabulary(), Vocabulary()
    whole.change(documents, [])
    seen.change([document for document in documents if document.access_keys & viewer], [])
    told = Understander(whole).understand(typed, viewer, typing=typing)
    assert told == Understander(seen).understand(typed, viewer, typing=typing)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_has_an_understanding(text: str) -> None:
    """K1: never an error; changes rebuild the searched text exactly."""
    read = _BASE.understand(text, KEYS)
    assert read.original == text
    at, pieces = 0, []
    for change in read.changes:
        assert text[change.start : change.end] == change.typed
        pieces += [text[at : change.start], change.taken]
        at = change.end
    assert "".join([*pieces, text[at:]]) == read.searched


_BASE = reader()


def test_every_reading_is_of_its_character() -> None:
    """K1: the table of readings knows the characters people use, several readings where due."""
    known = syllables_of()
    assert len(known) > 7_000
    assert set(known["重"]) == {"zhong", "chong"}
    assert all(name.isascii() and name.islower() for name in CHARS_OF)


def test_the_exact_word_stands_above_any_homophone(parts: IndexParts) -> None:
    """K1: documents with the typed word, documents with one that reads alike (the known flaw
    of pinyin search: the homophone first)."""
    exact = publish(parts, ("公式的用法", "在表格里写公式。"))
    publish(parts, *((f"公示 {n}：公示的用法", "公示的公示。") for n in range(8)))
    engine = SearchEngine(parts)
    assert found_ids(engine, "公式")[:1] == exact
    assert not engine.search(SearchRequest("公式", PUBLIC)).understood.changed


def test_a_search_tells_how_it_was_read_and_can_be_taken_literally(parts: IndexParts) -> None:
    """K1: 已按「重置密码」搜索, and the way back."""
    wanted, *_ = publish(parts, *((title, title) for title in TITLES))
    engine = SearchEngine(parts)
    engine.refresh()
    asked = SearchRequest("chongzhimima", PUBLIC)
    result = engine.search(asked)
    assert (result.understood.searched, result.understood.certain) == ("重置密码", True)
    assert result.hits[0].ref_id == wanted
    assert not engine.search(replace(asked, exact=True)).understood.changed


def test_it_follows_edits_and_withdrawals(parts: IndexParts) -> None:
    """K11: an article taken from the public is no source of offers any more."""
    (secret,) = publish(parts, ("蓝鲸计划说明", "正文"))
    publish(parts, ("重置密码", "正文"))
    engine = SearchEngine(parts)
    engine.refresh()
    assert engine.search(SearchRequest("lanjing", PUBLIC)).understood.searched == "蓝鲸"
    with unit_of_work(parts.database) as session:
        article = session.get_one(Article, secret)
        article.access = [type(article.access[0])(key=STAFF_KEY)]
    sync_articles(parts, [secret])
    engine.refresh()
    assert not engine.search(SearchRequest("lanjing", PUBLIC)).understood.changed
    staff = SearchFilter(STAFF)
    assert engine.search(SearchRequest("lanjing", staff)).understood.searched == "蓝鲸"
