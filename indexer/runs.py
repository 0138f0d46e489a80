"""A normal text taken apart: runs of one script, Latin compounds, measures. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import add
from typing import NamedTuple

from indexer.lexicon import Lexicon

MAX_LATIN = 40

CJK = "㐀-䶿一-鿿豈-﫿々〇\U00020000-\U0003ffff぀-ヿ가-힣"
_RUN = re.compile(
    rf"(?P<cjk>[{CJK}]+)|(?P<latin>[^\W_{CJK}]+(?:[._\-+#/@'][^\W_{CJK}]+)*[+#]{{0,2}})"
)
_MEASURE = re.compile(
    r"(?<![0-9a-z.])(\d{1,9}(?:\.\d{1,6})?)"
    r"(?: ?([元块角分折度天年月日号寸米升斤克吨秒点次个台件张位层万千百级代])"
    r"| ([kmgt]?b|[kmg]?bps|[kmg]?hz|m?ah|k?wh?|[kmc]?m|k?g|m?l|k?v|db|nm)(?![0-9a-z]))"
)
_SEPARATOR = re.compile(r"[._\-+#/@']+")
_EDGE = re.compile(r"(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")


class Run(NamedTuple):
    """A stretch of normal text of one script, with its offset."""

    start: int
    text: str
    chinese: bool


def runs(normal: str) -> Iterator[Run]:
    for match in _RUN.finditer(normal):
        yield Run(match.start(), match.group(), match.lastgroup == "cjk")


def latin_parts(word: str) -> list[str]:
    """What a compound like `wi-fi` or `2.4ghz` can also be found by."""
    pieces = [piece for piece in _SEPARATOR.split(word) if piece]
    parts = [*pieces, "".join(pieces)] if len(pieces) > 1 else []
    for piece in (word, *pieces):
        edges = _EDGE.split(piece)
        if len(edges) > 1:
            parts += [edge for edge in edges if len(edge) > 1]
    return [part for part in dict.fromkeys(parts) if part != word and 1 < len(part) <= MAX_LATIN]


def measures(normal: str) -> Iterator[str]:
    """Numbers with the unit after them as one term: 5.8折, 500 ml → 500ml."""
    for match in _MEASURE.finditer(normal):
        yield match[1] + (match[2] or match[3])


def run_terms(run: Run, words: Lexicon) -> list[str]:
    text = run.text
    if run.chinese:
        pairs = map(add, text, text[1:])
        return [*text, *pairs, *[word for _, word in words.long_words(text)]]
    whole = [text] if len(text) <= MAX_LATIN else []
    return whole + latin_parts(text)
