"""What people type, made storable: no NUL, no lone surrogates, no control characters."""

from __future__ import annotations

import re
import unicodedata

from kb_app.errors import InvalidInput

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile(r"\s+")
_MEANINGFUL = {"L", "N"}


def clean(text: str) -> str:
    """The text with line ends unified and unstorable characters dropped; never raises."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", unified).strip()


def clean_line(text: str) -> str:
    """Like `clean`, on one line."""
    return _SPACES.sub(" ", clean(text))


def says_something(text: str) -> bool:
    """Whether there is a letter or a digit; emoji and punctuation alone say nothing."""
    return any(unicodedata.category(character)[0] in _MEANINGFUL for character in text)


def required(field: str, text: str, longest: int) -> str:
    """The cleaned text, or InvalidInput: `empty`, `meaningless` or `too_long`."""
    value = clean(text)
    if not value:
        raise InvalidInput(field, "empty")
    if not says_something(value):
        raise InvalidInput(field, "meaningless")
    if len(value) > longest:
        raise InvalidInput(field, "too_long")
    return value


def optional(field: str, text: str, longest: int) -> str:
    """The cleaned text, possibly empty; InvalidInput `too_long`."""
    value = clean(text)
    if len(value) > longest:
        raise InvalidInput(field, "too_long")
    return value
