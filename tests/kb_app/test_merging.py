"""Two texts from one: what does not touch is taken, nothing of either is lost (K6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb_app.merging import Choice, Side, is_clean, merge, merged, merged_lines

words = st.text(alphabet="甲乙丙丁 ab-*#`", max_size=6)
texts = st.lists(words, max_size=9).map("\n\n".join) | st.lists(words, max_size=12).map("\n".join)


def _lines(text: str) -> set[str]:
    return {line.strip() for line in text.split("\n") if line.strip()}


@given(base=texts, mine=texts, theirs=texts)
def test_it_holds_each_side_whole(base: str, mine: str, theirs: str) -> None:
    """K6: the pieces are the three texts, cut; nothing is invented and nothing forgotten."""
    pieces = merge(base, mine, theirs)
    for name, text in (("base", base), ("mine", mine), ("theirs", theirs)):
        whole = "".join(getattr(piece, name) for piece in pieces)
        assert whole.strip("\n") == text.strip("\n")


@given(base=texts, mine=texts, theirs=texts)
def test_it_loses_no_line_that_either_wrote(base: str, mine: str, theirs: str) -> None:
    """K6: what one of them added is in the merged text, whatever the other did."""
    lines = _lines(merged(merge(base, mine, theirs)))
    for side in (mine, theirs):
        assert _lines(side) - _lines(base) <= lines


@given(base=texts, mine=texts)
def test_it_takes_what_only_one_changed(base: str, mine: str) -> None:
    """K6: without a second writer there is nothing to choose, on either side."""
    for pieces in (merge(base, mine, base), merge(base, base, mine), merge(base, mine, mine)):
        assert is_clean(pieces)
        assert merged(pieces).strip("\n") == mine.strip("\n")


def test_it_merges_neighbouring_paragraphs_and_asks_for_the_shared_one() -> None:
    """K6: by paragraph: theirs, a conflict, the same, mine."""
    pieces = merge("一\n\n二\n\n三", "一\n\n我的二\n\n三\n\n我的四", "他的一\n\n他的二\n\n三")
    assert [piece.side for piece in pieces] == [
        Side.THEIRS, Side.CONFLICT, Side.SAME, Side.MINE
    ]  # fmt: skip
    assert merged(pieces) == "他的一\n\n我的二\n\n他的二\n\n三\n\n我的四"
    assert merged(pieces, {1: Choice.MINE}) == "他的一\n\n我的二\n\n三\n\n我的四"
    assert merged(pieces, {1: Choice.THEIRS}) == "他的一\n\n他的二\n\n三\n\n我的四"


def test_it_shows_a_deletion_against_a_change_as_a_conflict() -> None:
    """K6: what one removed and the other rewrote is for a person to decide."""
    pieces = merge("一\n\n二\n\n三", "一\n\n三", "一\n\n改过的二\n\n三")
    assert not is_clean(pieces)
    assert "改过的二" in merged(pieces)


@pytest.mark.parametrize("text", ["x\n\n" * 60_000, "a\n\nb\n\n" * 30_000])
def test_it_ends_on_texts_that_are_all_alike(text: str) -> None:
    """O1: no pair of texts keeps a thread for minutes."""
    pieces = merge(text, f"头\n\n{text}", f"{text}尾")
    assert "头" in merged(pieces)
    assert "尾" in merged(pieces)


def test_it_unites_lists_of_lines() -> None:
    """K6: phrasings of both stay; what one took out goes."""
    assert merged_lines("甲\n乙", "甲\n丙", "甲\n乙\n丁") == "甲\n丙\n丁"
    assert merged_lines("", "甲", "乙\n甲") == "甲\n乙"
