"""One article on its way in: checked whole, whoever wrote it, and named by what it says.

What comes from a file or from the reading child is not believed: InvalidInput names a fault.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from indexer.passages import lead, plain_text
from kb_app.editing import LONGEST_BODY, LONGEST_PHRASING, LONGEST_TITLE, MOST_PHRASINGS
from kb_app.errors import InvalidInput
from kb_app.trees import DEEPEST
from kb_app.typed_text import clean, clean_line
from models import ArticleStatus

DERIVED_TITLE = 40
LONGEST_ID = 120
LONGEST_NAME = 80
LONGEST_SLUG = 160
LONGEST_WHERE = 200
MOST_FILES = 300
HASHED = 40
_STROKES = re.compile(r"[\\/?#%]+")


@dataclass(frozen=True)
class RecordFile:
    """A file of an article: its bytes lie under `key` (a SHA-256) beside the records."""

    key: str
    name: str
    access: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """One article to bring in. In `body`, `attachment:N` stands for the N-th of `files`.

    Without `access` or category it says nothing of them: an article that is here keeps its own.
    """

    external_id: str
    title: str
    body: str
    category: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    phrasings: tuple[str, ...] = ()
    slug: str = ""
    status: str = ArticleStatus.PUBLISHED.value
    access: tuple[str, ...] = ()
    files: tuple[RecordFile, ...] = ()
    category_slug: str = ""
    product_slugs: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    where: str = ""

    def digest(self) -> str:
        """The same for the same content, wherever in a file it stood."""
        told = {**asdict(self), "where": ""}
        return _hash(told)

    @property
    def identity(self) -> str:
        """What makes it the same article next time."""
        return self.external_id or f"slug:{self.slug}"


def content_digest(values: Mapping[str, Any]) -> str:
    """A name for what an article says here."""
    return _hash(values)


def _hash(values: Mapping[str, Any]) -> str:
    text = json.dumps(values, ensure_ascii=True, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def parse_row(data: Any) -> Record:
    """Check one object; InvalidInput names what is wrong."""
    if not isinstance(data, dict):
        raise InvalidInput("line", "not an object")
    slug = address_of(_text(data, "slug"), LONGEST_SLUG)
    body = clean(_text(data, "body"))
    if len(body) > LONGEST_BODY:
        raise InvalidInput("body", "too_long")
    category = names_of(data, "category")
    if len(category) > DEEPEST:
        raise InvalidInput("category", "too_long")
    return Record(
        external_id=_identity(data.get("id"), slug if data.get("by_slug") is True else ""),
        title=_title(_text(data, "title"), body),
        body=body,
        category=category,
        products=tuple(dict.fromkeys(names_of(data, "products") or names_of(data, "product"))),
        phrasings=_phrasings(data),
        slug=slug,
        status=_status(data),
        access=names_of(data, "access"),
        files=_files(data),
        category_slug=clean_line(_text(data, "category_slug"))[:LONGEST_NAME],
        product_slugs=names_of(data, "product_slugs"),
        details=_details(data),
        where=clean_line(_text(data, "where"))[:LONGEST_WHERE],
    )


def address_of(text: str, longest: int) -> str:
    """A slug from outside: one part of a path, in addresses here and in an export's zip."""
    return _STROKES.sub("-", clean_line(text)).strip(". ")[:longest]


def short_id(text: str) -> str:
    """An outside id that fits: a long one ends in a hash, so that two never become one."""
    name = clean_line(text)
    if len(name) <= LONGEST_ID:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:HASHED]
    return f"{name[: LONGEST_ID - HASHED - 1]}-{mark}"


def _title(title: str, body: str) -> str:
    line = clean_line(title) or lead(plain_text(body), DERIVED_TITLE)
    if not line:
        raise InvalidInput("title", "empty")
    return line[:LONGEST_TITLE]


def _identity(value: Any, slug: str) -> str:
    """The outside id; never cut short, or two articles would become one."""
    if value in (None, "") and slug:
        return ""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    external_id = clean_line(str(value)) if is_number or isinstance(value, str) else ""
    if not external_id:
        raise InvalidInput("id", "empty")
    if len(external_id) > LONGEST_ID:
        raise InvalidInput("id", "too_long")
    return external_id


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key) or ""
    if not isinstance(value, str):
        raise InvalidInput(key, "not text")
    return value


def names_of(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A name or a list of names, cleaned; InvalidInput for anything else."""
    value = data.get(key) or ()
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise InvalidInput(key, "not text")
    return tuple(name for name in (clean_line(name)[:LONGEST_NAME] for name in names) if name)


def _phrasings(data: Mapping[str, Any]) -> tuple[str, ...]:
    value = data.get("phrasings") or ()
    lines = [value] if isinstance(value, str) else value
    if not isinstance(lines, list | tuple) or not all(isinstance(line, str) for line in lines):
        raise InvalidInput("phrasings", "not text")
    kept = (clean_line(line)[:LONGEST_PHRASING] for line in lines)
    return tuple(dict.fromkeys(line for line in kept if line))[:MOST_PHRASINGS]


def _status(data: Mapping[str, Any]) -> str:
    value = data.get("status") or ArticleStatus.PUBLISHED.value
    if value not in {status.value for status in ArticleStatus}:
        raise InvalidInput("status", "unknown")
    return str(value)


def _files(data: Mapping[str, Any]) -> tuple[RecordFile, ...]:
    value = data.get("files") or []
    if not isinstance(value, list) or len(value) > MOST_FILES:
        raise InvalidInput("files", "too_many")
    found = []
    for one in value:
        if not isinstance(one, dict) or not _is_key(one.get("key")):
            raise InvalidInput("files", "invalid")
        name = clean_line(str(one.get("name") or "file"))[:200]
        found.append(RecordFile(str(one["key"]), name, names_of(one, "access")))
    return tuple(found)


def _is_key(value: Any) -> bool:
    """A SHA-256 in hexadecimal, and so a harmless file name."""
    return isinstance(value, str) and len(value) == 64 and not set(value) - set("0123456789abcdef")  # noqa: PLR2004


def _details(data: Mapping[str, Any]) -> Mapping[str, Any]:
    value = data.get("details") or {}
    if not isinstance(value, dict):
        raise InvalidInput("details", "invalid")
    return value
