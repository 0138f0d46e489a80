"""The normal form of a text: what counts as the same character. Pure and total."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import opencc

_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff0-\uffff\ud800-\udfff\ue000-\uf8ff\U000e0000-\U0010ffff]"
)
_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=1)
def _simplified() -> tuple[re.Pattern[str], dict[str, str]]:
    """Traditional → simplified, character by character, so that offsets stay."""
    spans = ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FA1F))
    chars = [chr(code) for low, high in spans for code in range(low, high + 1)]
    converted = opencc.OpenCC("t2s").convert("\n".join(chars)).split("\n")
    pairs = {a: b for a, b in zip(chars, converted, strict=True) if a != b and len(b) == 1}
    table = {a: pairs.get(b, b) for a, b in pairs.items()}
    # beyond the basic plane a range: single characters there make the search slow
    plain = "".join(char for char in table if char <= "\uffff")
    return re.compile(f"[{plain}\U00020000-\U0002fa1f]"), table


def _simplify(text: str) -> str:
    """Most texts hold no traditional character, and a search for one costs little."""
    traditional, table = _simplified()
    return traditional.sub(lambda found: table.get(found[0], found[0]), text)


def normalize(text: str) -> str:
    """NFKC, lower case, simplified characters; no control characters or lone surrogates."""
    for _ in range(4):
        clean = _UNWANTED.sub("", text)
        folded = _simplify(unicodedata.normalize("NFKC", clean).lower())
        if folded == text:
            break
        text = folded
    return text


def normal_word(word: str) -> str:
    """The normal form of a word or short phrase: one line, single spaces."""
    return _SPACES.sub(" ", normalize(word)).strip()
