"""Two versions side by side, by Chinese words (K8)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kb_app.comparing import compare
from kb_app.word_diff import Span, side_by_side, words_between

texts = st.lists(st.text(alphabet="甲乙密码登录 ab", max_size=12), max_size=8).map("\n".join)


def test_it_marks_words_not_characters() -> None:
    """K8: 密码 became 指纹; the rest of the sentence stays as it is."""
    old, new = words_between("用密码登录就可以了", "用指纹登录就可以了")
    assert Span("密码", True) in old
    assert Span("指纹", True) in new
    assert not any(span.changed for span in old if "登录" in span.text)


def test_it_marks_lines_with_nothing_in_common_whole() -> None:
    """K8: two sentences about different things are not cut to pieces."""
    assert words_between("今天天气很好", "请先关闭水阀") == (
        (Span("今天天气很好", True),),
        (Span("请先关闭水阀", True),),
    )


def test_it_folds_what_did_not_change() -> None:
    """K8: of a long text only the surroundings of a change are shown."""
    lines = [f"第 {n} 行" for n in range(900)]
    rows = side_by_side(compare("\n".join(lines), "\n".join([*lines[:450], "新的", *lines[451:]])))
    assert [row.kind for row in rows].count("gap") == 2
    assert [row.kind for row in rows].count("change") == 1


@given(before=texts, after=texts)
def test_it_shows_both_texts_whole(before: str, after: str) -> None:
    """K8: every line of either version stands on its side, in order."""
    rows = side_by_side(compare(before, after))
    for side, text in (("old", before), ("new", after)):
        shown = ["".join(span.text for span in getattr(row, side)) for row in rows]
        assert [line for line in shown if line] == [line for line in text.splitlines() if line]
