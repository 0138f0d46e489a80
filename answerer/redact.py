"""Private data out of text before it becomes public knowledge. Pure.

Finds phones, e-mail, identity cards (check digit), bank cards (Luhn), order numbers, street
addresses with a house number, and names before 先生 or after 姓名. A name standing alone, or a
place without a number, is not recognised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from answerer.personal import addresses, names, order_numbers

EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")
ID_CARD = re.compile(r"(?<!\d)\d{17}(?:[Xx]|\d(?![\dXx]))")
# One pattern a length, the longest first: a card may stand beside other groups of digits.
BANK_CARDS = tuple(
    re.compile(rf"(?<!\d)\d(?:[ \-]?\d){{{more}}}(?!\d)") for more in (18, 17, 16, 15)
)
PHONE = re.compile(r"(?<!\d)(?:\+?86[ \-]?)?1[3-9]\d(?:[ \-]?\d{4}){2}(?!\d)")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
DOUBLE_DIGITS = 5
# Full-width signs as typed by a Chinese keyboard, one for one.
_NARROW = {0xFF01 + place: 0x21 + place for place in range(94)} | {0x3000: 0x20}
# Stands where something was found already; no pattern knows it.
_TAKEN = "\ue000"

MASKS = {
    "email": "［邮箱］",
    "id_card": "［证件号］",
    "bank_card": "［银行卡号］",
    "phone": "［手机号］",
    "order": "［单号］",
    "address": "［地址］",
    "name": "某",
}
Span = tuple[int, int]


@dataclass(frozen=True)
class Mark:
    """A piece of private data: text[start:end], and what it is."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Redacted:
    """The masked text and which kinds of private data were found in it."""

    text: str
    kinds: tuple[str, ...]


def redact(text: str) -> Redacted:
    """Mask private data with a bracketed word for its kind."""
    marks = find(text)
    found = {mark.kind for mark in marks}
    masked = masked_with(text, marks, lambda mark: MASKS[mark.kind])
    return Redacted(masked, tuple(kind for kind in MASKS if kind in found))


def find(text: str) -> tuple[Mark, ...]:
    """Every piece of private data, in the order of the text; none overlaps another."""
    narrow = text.translate(_NARROW)
    marks = []
    for kind, look in _RULES:
        spans = look(narrow)
        marks += [Mark(start, end, kind) for start, end in spans]
        for start, end in spans:
            narrow = narrow[:start] + _TAKEN * (end - start) + narrow[end:]
    return tuple(sorted(marks, key=lambda mark: mark.start))


def masked_with(text: str, marks: Iterable[Mark], word: Callable[[Mark], str]) -> str:
    """The text with a word in place of each mark."""
    parts, done = [], 0
    for mark in marks:
        parts += [text[done : mark.start], word(mark)]
        done = mark.end
    return "".join([*parts, text[done:]])


def _places(pattern: re.Pattern[str], valid: Callable[[str], bool], text: str) -> list[Span]:
    """Where valid matches stand; after one that is not, the search goes on inside it."""
    places = []
    found = pattern.search(text)
    while found is not None:
        is_valid = valid(found.group())
        if is_valid:
            places.append(found.span())
        found = pattern.search(text, found.end() if is_valid else found.start() + 1)
    return places


def _look(pattern: re.Pattern[str], valid: Callable[[str], bool]) -> Callable[[str], list[Span]]:
    return lambda text: _places(pattern, valid, text)


def _anything(_: str) -> bool:
    return True


def _is_id_card(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == number[-1].upper()


def _is_bank_card(number: str) -> bool:
    digits = [int(character) for character in number if character.isdigit()]
    doubled = [
        digit if place % 2 == 0 else (digit * 2 - 9 if digit >= DOUBLE_DIGITS else digit * 2)
        for place, digit in enumerate(reversed(digits))
    ]
    return sum(doubled) % 10 == 0


_RULES: tuple[tuple[str, Callable[[str], list[Span]]], ...] = (
    ("email", _look(EMAIL, _anything)),
    ("id_card", _look(ID_CARD, _is_id_card)),
    *(("bank_card", _look(pattern, _is_bank_card)) for pattern in BANK_CARDS),
    ("phone", _look(PHONE, _anything)),
    ("order", order_numbers),
    ("address", addresses),
    ("name", names),
)
