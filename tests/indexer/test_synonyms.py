"""Words that mean the same: read, found in a text, and never above what was typed (K1)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.analysis import query_terms, same_meaning, terms
from indexer.backend import SearchFilter, TermDocument, TermQuery
from indexer.document import DocKind
from indexer.highlight import Asking, segments
from indexer.normal import normal_word
from indexer.synonyms import Group, Synonyms, general_groups, parse_group, parse_groups
from indexer.wordbook import Wordbook, make_wordbook
from tests.fakes import MemoryBackend

PUBLIC = SearchFilter(frozenset({"public"}))
WORDS = st.text(alphabet="退款钱不能登录用a1 ", max_size=4)
GROUPS = st.lists(st.tuples(st.lists(WORDS, max_size=4), st.booleans()), max_size=6)


def book(*lines: str) -> Wordbook:
    """A site's groups, written as people write them."""
    return make_wordbook((), parse_groups(lines))


def found(text: str, *lines: str) -> dict[str, tuple[str, ...]]:
    """The words of a text that lead to others, by a list of groups alone."""
    synonyms = Synonyms(parse_groups(lines))
    return {m.typed: m.others for m in same_meaning(text, Wordbook(synonyms=synonyms))}


def stored(number: int, text: str) -> TermDocument:
    """A public document with nothing but a body."""
    return TermDocument(
        doc_id=f"a:{number}",
        kind=DocKind.ARTICLE,
        title_terms=(),
        body_terms=terms(text),
        access_keys=frozenset({"public"}),
        categories=(),
        products=(),
        fingerprint="",
    )


def order(query: str, *texts: str) -> list[str]:
    """The documents found, best first, by their texts."""
    backend = MemoryBackend()
    backend.rebuild([stored(number, text) for number, text in enumerate(texts)], "")
    asked = TermQuery(query_terms(query), PUBLIC, 100)
    return [texts[int(doc.doc_id[2:])] for doc in backend.search(asked)]


def test_a_group_is_found_by_any_of_its_words() -> None:
    """K1: 手机号 = 电话号码 = 联系方式."""
    line = "手机号 = 电话号码 = 联系方式"
    assert found("怎么改电话号码", line) == {"电话号码": ("手机号", "联系方式")}
    assert found("怎么改手机号", line) == {"手机号": ("电话号码", "联系方式")}


def test_one_way_leads_one_way() -> None:
    """K1: typed A also finds B, not the other way round."""
    assert found("座机坏了", "座机 => 电话") == {"座机": ("电话",)}
    assert found("电话坏了", "座机 => 电话") == {}


def test_script_and_width_do_not_matter() -> None:
    """K1: 軟體 is 软件, however it is written."""
    assert found("軟體打不开", "软体 = 软件") == {"软体": ("软件",)}
    assert found("ＡＰＰ打不开", "app = 应用") == {"app": ("应用",)}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("电话费怎么交", "电话 = 手机"),
        ("apple账号", "app = 应用"),
        ("这个功能不能用", "能用 = 可用"),
        ("手机号码停机了", "手机 = 行动电话"),
    ],
)
def test_only_whole_words_count(text: str, line: str) -> None:
    """K1: a piece of a longer word, or what a negation turns round, is not that word."""
    assert found(text, line) == {}


def test_the_longest_word_wins() -> None:
    """K1: 无法登录 is one thing, not 登录."""
    lines = ("登录 = 登入", "无法登录 = 登不上")
    assert found("一直无法登录", *lines) == {"无法登录": ("登不上",)}


@given(GROUPS)
def test_no_list_of_groups_makes_a_loop(groups: list[tuple[list[str], bool]]) -> None:
    """K1: a word leads to its groups' words, never to itself, and no further."""
    made = Synonyms(Group(tuple(words), one_way) for words, one_way in groups)
    for words, _ in groups:
        for word in map(normal_word, words):
            assert word not in made.others(word)
            assert len(set(made.others(word))) == len(made.others(word))


@given(st.text(max_size=60), GROUPS)
def test_any_text_can_be_looked_through(text: str, groups: list[tuple[list[str], bool]]) -> None:
    """K1: matches lie in order, never over one another; no text is refused."""
    made = Wordbook(synonyms=Synonyms(Group(tuple(words), way) for words, way in groups))
    ends = [0]
    for match in same_meaning(text, made):
        assert ends[-1] <= match.start < match.end
        ends.append(match.end)
    query_terms(text, made)


def test_a_synonym_is_found_below_the_word_itself() -> None:
    """K1: 退款 is typed; 退钱 is found too, though it is far rarer here."""
    noise = ("退款说明", "退款规则", "退款问题", "查看退款", "其他内容")
    assert order("退款", "申请退钱的办法", "申请退款的办法", *noise).index(
        "申请退款的办法"
    ) < order("退款", "申请退钱的办法", "申请退款的办法", *noise).index("申请退钱的办法")


PAIRS = [
    (group.words[0], other)
    for group in general_groups()
    for other in group.words[1:]
    if len(group.words[0]) == len(other) > 1 and normal_word(group.words[0]) != normal_word(other)
]


@settings(max_examples=60)
@given(st.sampled_from(PAIRS), st.integers(0, 12), st.booleans())
def test_what_was_typed_always_comes_first(
    pair: tuple[str, str], common: int, reverse: bool
) -> None:
    """K1: all else equal, the exact word is never below its synonym, however common it is."""
    typed, other = pair
    texts = [f"说明{typed}甲", f"说明{other}甲", *[f"{typed}{n}" for n in range(common)], "无关"]
    placed = order(typed, *(reversed(texts) if reverse else texts))
    exact, meant = f"说明{typed}甲", f"说明{other}甲"
    assert meant not in placed or placed.index(exact) < placed.index(meant)


def test_marks_follow_the_synonyms_of_the_site() -> None:
    """K1: the found text shows why it was found."""
    asking = Asking("咖宝没反应", book("咖宝 = 咖啡机"))
    marked = [part.text for part in segments("咖啡机的清洁", asking) if part.marked]
    assert marked == ["咖啡机"]
    assert not any(part.marked for part in segments("咖啡机的清洁", "咖宝没反应"))


def test_the_general_list_is_sound() -> None:
    """K1: at least 400 groups, each of two different words, none there twice."""
    groups = general_groups()
    normal = [tuple(map(normal_word, group.words)) for group in groups]
    assert len(groups) >= 400
    assert all(len(set(words)) == len(words) >= 2 for words in normal)
    assert len({frozenset(words) for words in normal}) == len(normal)


@pytest.mark.parametrize("line", ["退款", "退款 =", "= 退钱", "=>", "a => "])
def test_a_line_that_is_no_group_is_refused(line: str) -> None:
    assert parse_group(line) is None
    with pytest.raises(ValueError, match="line 1"):
        list(parse_groups([line]))
