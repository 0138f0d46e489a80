"""Marks and passages (K1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.highlight import best_passage, segments

MIXED = st.text(alphabet="重置登錄密碼录码ＷＩＦＩwifi①ﬁ\ud800😀 。\n", max_size=60)


def marked(text: str, query: str) -> list[str]:
    """The marked parts."""
    return [segment.text for segment in segments(text, query) if segment.marked]


@given(MIXED | st.text(max_size=60), MIXED | st.text(max_size=30))
def test_the_segments_join_to_the_text(text: str, query: str) -> None:
    """Nothing is lost or changed, whatever is marked."""
    assert "".join(segment.text for segment in segments(text, query)) == text


@given(st.text(max_size=300), st.text(max_size=30), st.integers(10, 80))
def test_a_passage_is_never_much_longer_than_asked(text: str, query: str, width: int) -> None:
    """Two ellipses at most."""
    assert len(best_passage(text, query, width)) <= width + 2


@pytest.mark.parametrize(
    ("text", "query", "wanted"),
    [
        ("重置登錄密碼的方法", "登录密码怎么改", ["登錄密碼"]),
        ("ＷｉＦｉ 连不上", "wifi", ["ＷｉＦｉ"]),
        ("①密码", "密码", ["密码"]),
        ("密室的码头", "密码", []),
        ("密", "密", ["密"]),
        ("swap 分区", "wap", []),
        ("怎么退款", "怎么退款", ["退款"]),
    ],
)
def test_it_marks_words_in_any_script_and_width(text: str, query: str, wanted: list[str]) -> None:
    """K1: not lone characters of a longer question, not mere asking."""
    assert marked(text, query) == wanted


def test_the_passage_begins_where_the_matching_sentence_does() -> None:
    """K1."""
    text = "开头的话与此无关。" * 20 + "如果忘记登录密码，请点击找回密码。" + "结尾。" * 30
    assert best_passage(text, "登录密码忘了", 40).startswith("…如果忘记登录密码")


def test_without_a_match_the_passage_is_the_beginning() -> None:
    """A document found by meaning alone still shows text."""
    assert best_passage("第一句。" * 3, "退款", 60) == "第一句。" * 3
