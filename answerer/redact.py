"""Private data out of text before it becomes public knowledge. Pure.

Finds phone numbers, e-mail addresses, identity-card numbers (check digit), bank cards
(Luhn) and surnames before 先生 or 女士. Full names and addresses are not recognised yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")
ID_CARD = re.compile(r"(?<!\d)\d{17}(?:[Xx]|\d(?![\dXx]))")
# One pattern a length, the longest first: a card may stand beside other groups of digits.
BANK_CARDS = tuple(
    re.compile(rf"(?<!\d)\d(?:[ \-]?\d){{{more}}}(?!\d)") for more in (18, 17, 16, 15)
)
PHONE = re.compile(r"(?<!\d)(?:\+?86[ \-]?)?1[3-9]\d(?:[ \-]?\d{4}){2}(?!\d)")
SURNAME = re.compile(
    "[赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻苏潘葛范彭郎鲁韦马苗"
    "方俞任袁柳鲍史唐费薛雷贺倪汤罗毕郝安常乐于傅齐康伍余顾孟黄穆萧尹姚邵汪祁毛米贝戴宋庞熊纪舒"
    "屈项祝董梁杜阮蓝季贾路江童颜郭梅林钟徐邱骆高夏蔡田胡凌霍万柯卢莫房丁邓洪左石崔龚程陆翁段侯"
    "武刘龙叶白赖乔文曾关查荆游向欧阳易廖耿连]{1,2}(?=先生|女士|小姐|老师)"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
DOUBLE_DIGITS = 5
# Full-width signs as typed by a Chinese keyboard, one for one.
_NARROW = {0xFF01 + place: 0x21 + place for place in range(94)} | {0x3000: 0x20}

MASKS = {
    "email": "［邮箱］",
    "id_card": "［证件号］",
    "bank_card": "［银行卡号］",
    "phone": "［手机号］",
    "name": "某",
}


@dataclass(frozen=True)
class Redacted:
    """The masked text and which kinds of private data were found in it."""

    text: str
    kinds: tuple[str, ...]


def redact(text: str) -> Redacted:
    """Mask private data with a bracketed word for its kind."""
    kinds: dict[str, None] = {}
    for kind, pattern, valid in _RULES:
        for start, end in reversed(_places(pattern, valid, text.translate(_NARROW))):
            text = text[:start] + MASKS[kind] + text[end:]
            kinds[kind] = None
    return Redacted(text, tuple(kinds))


def _places(
    pattern: re.Pattern[str], valid: Callable[[str], bool], text: str
) -> list[tuple[int, int]]:
    """Where valid matches stand; after one that is not, the search goes on inside it."""
    places = []
    found = pattern.search(text)
    while found is not None:
        is_valid = valid(found.group())
        if is_valid:
            places.append(found.span())
        found = pattern.search(text, found.end() if is_valid else found.start() + 1)
    return places


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


_RULES: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("email", EMAIL, _anything),
    ("id_card", ID_CARD, _is_id_card),
    *(("bank_card", pattern, _is_bank_card) for pattern in BANK_CARDS),
    ("phone", PHONE, _anything),
    ("name", SURNAME, _anything),
)
