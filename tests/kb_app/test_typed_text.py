"""Whatever people type becomes storable or names a field (K6, Q1)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb_app.errors import InvalidInput
from kb_app.typed_text import clean, clean_line, optional, required, says_something

ANY = st.text(st.characters(exclude_categories=()), max_size=80) | st.binary(max_size=60).map(
    lambda data: data.decode("latin-1")
)


def storable(text: str) -> bool:
    """What PostgreSQL, SQLite and JSON all keep."""
    text.encode("utf-8")
    return not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text)


@given(ANY)
def test_it_cleans_any_text(text: str) -> None:
    """K6: never raises; no control characters, no lone surrogates, no outer blanks."""
    cleaned = clean(text)
    assert storable(cleaned)
    assert cleaned == cleaned.strip() == clean(cleaned)
    line = clean_line(text)
    assert storable(line)
    assert len(line.splitlines()) <= 1
    assert line == clean_line(line)


@given(ANY, st.integers(0, 60))
def test_it_takes_any_text_or_raises_invalid_input(text: str, longest: int) -> None:
    """Q1: InvalidInput with the field and a known code, nothing else."""
    for take in (required, optional):
        value, code = "", ""
        try:
            value = take("field", text, longest)
        except InvalidInput as fault:
            code = fault.code
        assert code in {"", "empty", "meaningless", "too_long"}
        assert storable(value)
        assert len(value) <= longest


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \r\n\t\x00", "empty"),
        ("\ud83d", "empty"),
        ("？！…", "meaningless"),
        ("😀👍", "meaningless"),
        ("\u200b\u200d", "meaningless"),
        ("1234567", "too_long"),
    ],
)
def test_it_says_why(text: str, code: str) -> None:
    """Q1: empty, meaningless or too long."""
    with pytest.raises(InvalidInput) as fault:
        required("text", text, 6)
    assert fault.value.code == code


def test_it_keeps_what_people_mean() -> None:
    """K6: line breaks and tabs in texts, other scripts, emoji between words."""
    assert clean("一\r\n二\r三\t四") == "一\n二\n三\t四"
    assert clean_line("一\r\n 二\u2028三\u3000四") == "一 二 三 四"
    assert required("text", "👨‍👩‍👧 全家", 20) == "👨‍👩‍👧 全家"
    assert optional("text", "", 5) == ""
    assert all(map(says_something, ("密", "a", "７", "ñ", "Ⅳ")))
