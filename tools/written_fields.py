"""Reads tools/fields: invented companies' articles with questions as customers ask them.

`## ` begins a category, `# ` an article (title, then its text), then five questions of kinds
s (short), t (story), v (other wording), h (no word of the title), p (any); n: near misses
and o: questions that nothing here answers stand at the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "fields"
_QUESTION = re.compile(r"([stvhp]): (.+)")
_UNANSWERED = re.compile(r"([no]): (.+)")


@dataclass
class WrittenArticle:
    """One article and the questions it answers, as (kind, text)."""

    title: str
    category: str
    body: str = ""
    questions: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class WrittenField:
    """One invented help centre."""

    name: str
    articles: list[WrittenArticle] = field(default_factory=list)
    unanswered: list[tuple[str, str]] = field(default_factory=list)


def read_fields(folder: Path = FOLDER) -> list[WrittenField]:
    """All fields, by name."""
    return [_read(path) for path in sorted(folder.glob("*.txt"))]


def _read(path: Path) -> WrittenField:
    read = WrittenField(path.stem)
    category = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("## "):
            category = line[3:].strip()
        elif line.startswith("# "):
            read.articles.append(WrittenArticle(line[2:].strip(), category))
        elif found := _QUESTION.fullmatch(line):
            read.articles[-1].questions.append((found[1], found[2].strip()))
        elif found := _UNANSWERED.fullmatch(line):
            read.unanswered.append((found[1], found[2].strip()))
        elif line.strip():
            article = read.articles[-1]
            article.body = f"{article.body}\n{line}".strip()
    return read
