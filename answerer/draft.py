"""A solved ticket made into the draft of an article, private data masked. Pure.

What is masked carries a word of its own (［手机号A］), so that a single one can be put back
exactly, wherever the writer has moved it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from answerer.redact import MASKS, Mark, find, masked_with
from answerer.steps import as_steps

LONGEST_TITLE = 60
GREETINGS = (
    "您好",
    "你好",
    "亲",
    "请问",
    "麻烦问下",
    "麻烦问一下",
    "想问一下",
    "想问下",
    "咨询一下",
)
_EDGE = " ,，。.!！~～:：、\n"
NAME = "［姓名］"
CONTEXT = 12


@dataclass(frozen=True)
class Said:
    """One message that may go into the draft; `place` names it for the list of what was masked."""

    key: str
    text: str
    by_staff: bool = False


@dataclass(frozen=True)
class Masked:
    """One piece of private data: its word in the draft, where it stood, and what it was."""

    word: str
    kind: str
    original: str
    places: tuple[str, ...]
    around: str

    @property
    def final(self) -> str:
        """What stands in the article when it stays masked."""
        return MASKS[self.kind]


@dataclass(frozen=True)
class Part:
    """One message as it stands in the draft."""

    key: str
    text: str
    by_staff: bool


@dataclass(frozen=True)
class Draft:
    """Title and parts for an editor to finish, and every piece of private data in them."""

    title: str
    parts: tuple[Part, ...]
    hidden: tuple[Masked, ...]

    @property
    def masked(self) -> tuple[str, ...]:
        """The kinds of private data that were hidden."""
        found = {each.kind for each in self.hidden}
        return tuple(kind for kind in MASKS if kind in found)

    def body(self, chosen: Collection[str] | None = None) -> str:
        """The Markdown body of these parts (all when None): the question, then the answers."""
        parts = [part for part in self.parts if chosen is None or part.key in chosen]
        asked = [part.text for part in parts if not part.by_staff]
        answered = [part.text for part in parts if part.by_staff]
        sections = ["## 问题", *asked] if asked else []
        return "\n\n".join([*sections, "## 解决办法", *answered]) + "\n"


TITLE = "title"


def draft(subject: str, said: Sequence[Said]) -> Draft:
    """The subject as a title and what was said in order; nothing private is left in either."""
    texts = [Said(TITLE, subject), *said]
    # Masked before it is cut: half a telephone number is no longer recognised as one.
    marks = {each.key: find(each.text) for each in texts}
    hidden = _hidden(texts, marks)
    words = {(each.kind, each.original): each.word for each in hidden}

    def masked(each: Said) -> str:
        def word(mark: Mark) -> str:
            return words[mark.kind, each.text[mark.start : mark.end]]

        return masked_with(each.text, marks[each.key], word)

    parts = tuple(
        Part(each.key, _shown(masked(each), by_staff=each.by_staff), each.by_staff)
        for each in said
        if each.text.strip()
    )
    return Draft(_title(masked(texts[0])), parts, hidden)


def restored(text: str, hidden: Sequence[Masked], kept: Collection[str]) -> str:
    """The text as it goes into the article: words of `kept` become what they stood for."""
    ends = {each.word: each.original if each.word in kept else each.final for each in hidden}
    if not ends:
        return text
    pattern = re.compile("|".join(map(re.escape, sorted(ends, key=len, reverse=True))))
    return pattern.sub(lambda found: ends[found.group()], text)


def _hidden(texts: Sequence[Said], marks: dict[str, tuple[Mark, ...]]) -> tuple[Masked, ...]:
    """One entry a different piece of data, in the order they appear."""
    places: dict[tuple[str, str], dict[str, str]] = {}
    for each in texts:
        for mark in marks[each.key]:
            found = places.setdefault((mark.kind, each.text[mark.start : mark.end]), {})
            found.setdefault(each.key, _around(each.text, mark))
    counts: dict[str, int] = {}
    for kind, _ in places:
        counts[kind] = counts.get(kind, 0) + 1
    used = "\n".join(each.text for each in texts)
    given: dict[str, int] = {}
    hidden = []
    for (kind, original), where in places.items():
        word = _word(kind, 0) if counts[kind] == 1 else ""
        while not word or word in used:
            word = _word(kind, given.get(kind, 0) + 1)
            given[kind] = given.get(kind, 0) + 1
        hidden.append(Masked(word, kind, original, tuple(where), next(iter(where.values()))))
    return tuple(hidden)


def _word(kind: str, number: int) -> str:
    """［手机号］ for the only one, ［手机号A］, ［手机号B］ … ［手机号AA］ else."""
    letters = ""
    while number:
        number, place = divmod(number - 1, len(ascii_uppercase))
        letters = ascii_uppercase[place] + letters
    mask = NAME if kind == "name" else MASKS[kind]
    return f"{mask[:-1]}{letters}］"


def _around(text: str, mark: Mark) -> str:
    """A few characters before and after, with … for the rest."""
    before, after = text[: mark.start], text[mark.end :]
    start = ("…" if len(before) > CONTEXT else "") + before[-CONTEXT:]
    end = after[:CONTEXT] + ("…" if len(after) > CONTEXT else "")
    return " ".join(f"{start}{text[mark.start : mark.end]}{end}".split())


def _shown(text: str, *, by_staff: bool) -> str:
    """An answer as steps where it tells some; a customer's words quoted."""
    if by_staff:
        return as_steps(text.strip())
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())


def _title(subject: str) -> str:
    """The first sentence without greetings, cut to a title's length but never inside a mask."""
    text = subject.strip(_EDGE)
    changed = True
    while changed:
        changed = False
        for greeting in GREETINGS:
            if text.startswith(greeting) and len(text) > len(greeting) + 2:
                text, changed = text[len(greeting) :].strip(_EDGE), True
    if len(text) <= LONGEST_TITLE:
        return text
    cut = text[: LONGEST_TITLE - 1]
    opened = cut.rfind("［")
    return (cut[:opened] if opened > cut.rfind("］") else cut) + "…"
