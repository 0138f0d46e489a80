"""Forms accept what is right, name what is wrong, and no pattern hangs them (Q1, T9)."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticket_bridge.fields import (
    Field,
    FormFault,
    Kind,
    check_answers,
    check_form,
    is_shown,
    load,
    matches,
    shown_answers,
    store,
)

COLOUR = Field("f1", Kind.CHOICE, "颜色", required=True, options=("黑", "白"))
CODE = Field("f2", Kind.TEXT, "编号", pattern=r"YJ\d{3}", when_key="f1", when_value="黑")
DEEPER = Field("f3", Kind.TEXT, "原因", required=True, when_key="f2", when_value="YJ001")


def codes(fields: Sequence[Field], **given_: str) -> dict[str, str]:
    """What is wrong, by key."""
    _answers, wrong = check_answers(fields, {key: [value] for key, value in given_.items()})
    return {each.key: each.code for each in wrong}


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|a)*b", r"(.*a){12}", r"([a-z]+)*\d"])
def test_it_is_not_hung_by_any_pattern(pattern: str) -> None:
    """Q1: patterns that take other engines for ever are answered at once."""
    began = time.perf_counter()
    assert not matches(pattern, "a" * 1_999 + "!")
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("pattern", [r"(a)\1", r"(?=a)b", "[", "(" * 300])
def test_it_refuses_patterns_it_cannot_run(pattern: str) -> None:
    """Q1: said when the form is built, not when a customer fills it in."""
    with pytest.raises(FormFault, match="bad_pattern"):
        check_form([Field("f1", Kind.TEXT, "编号", pattern=pattern)])


def test_it_fits_the_whole_text() -> None:
    """Q1: a pattern describes all of the answer."""
    assert matches(r"YJ\d{3}", "YJ123")
    assert not matches(r"YJ\d{3}", "xYJ123")
    assert not matches(r"YJ\d{3}", "YJ123\n")


def test_it_checks_each_kind() -> None:
    """Q1: number, range, date, choice, length."""
    number = Field("n", Kind.NUMBER, "数", least=1, most=5)
    day = Field("d", Kind.DATE, "日")
    assert codes([number], n="3.5") == {}
    assert codes([number], n="6") == {"n": "range"}
    assert codes([number], n="1e9") == {"n": "number"}
    assert codes([day], d="2026-02-29") == {"d": "date"}
    assert codes([COLOUR], f1="红") == {"f1": "option"}
    assert codes([COLOUR]) == {"f1": "empty"}
    assert codes([Field("t", Kind.AREA, "长")], t="字" * 2_001) == {"t": "too_long"}


def test_it_asks_only_for_what_is_shown() -> None:
    """Q1: conditions, and conditions on conditions."""
    fields = [COLOUR, CODE, DEEPER]
    assert codes(fields, f1="白", f2="错的") == {}
    assert codes(fields, f1="黑", f2="YJ001") == {"f3": "empty"}
    by_key = {field.key: field for field in fields}
    assert not is_shown(DEEPER, {"f1": "白", "f2": "YJ001"}, by_key)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ([Field("a", Kind.TEXT, " ")], "empty_label"),
        ([COLOUR, Field("x", Kind.TEXT, "颜色")], "same_label"),
        ([Field("a", Kind.MULTI, "选", options=("一",))], "few_options"),
        ([CODE], "bad_condition"),
        ([Field(str(n), Kind.TEXT, str(n)) for n in range(31)], "too_many"),
    ],
)
def test_it_says_what_is_wrong_with_a_form(fields: list[Field], code: str) -> None:
    """T9: the builder is told before customers meet it."""
    with pytest.raises(FormFault, match=code):
        check_form(fields)


def test_it_keeps_and_shows_in_order() -> None:
    """T9: stored fields come back as they were; answers carry their labels."""
    fields = (COLOUR, CODE)
    assert load(store(fields)) == fields
    shown = shown_answers(store(fields), {"f2": "YJ001", "f1": ["黑", "白"]})
    assert [(each.label, each.value) for each in shown] == [("颜色", "黑、白"), ("编号", "YJ001")]


@given(st.dictionaries(st.sampled_from(["f1", "f2", "f3", "zz"]), st.lists(st.text(), max_size=3)))
def test_it_bears_whatever_is_sent(given_: dict[str, list[str]]) -> None:
    """Q1: no input raises; only known fields are kept."""
    answers, _wrong = check_answers([COLOUR, CODE, DEEPER], given_)
    assert set(answers) <= {"f1", "f2", "f3"}
