"""What an answer quotes: the article itself when short, else its best-fitting section. Pure.

Nothing is rewritten; every word of the answer stands in the source.
"""

from __future__ import annotations

import re

from indexer.analysis import terms

WHOLE_CHARS = 700
_HEADING = re.compile(r"^(#{1,4})[ \t]+\S", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)


def compose(question: str, body: str) -> str:
    """The part of a Markdown body that answers the question best, as it stands there."""
    if len(body) <= WHOLE_CHARS:
        return body
    parts = sections(body)
    asked = {term for term in terms(question) if len(term) > 1}
    overlap = [len(asked & set(terms(part))) / (1 + len(part)) ** 0.25 for part in parts]
    return parts[overlap.index(max(overlap))]


def sections(body: str) -> list[str]:
    """The body cut before each heading outside code blocks; every line is in one section."""
    starts = [0]
    for heading in _HEADING.finditer(body):
        inside_code = len(_FENCE.findall(body, 0, heading.start())) % 2 == 1
        if heading.start() and not inside_code:
            starts.append(heading.start())
    ends = [*starts[1:], len(body)]
    parts = [body[start:end].strip() for start, end in zip(starts, ends, strict=True)]
    return [part for part in parts if part] or [""]
