"""A folder of Markdown files with pictures, or one file. Child side.

The head names title, id, categories, products, phrasings and status as Hugo, Jekyll,
Docusaurus and VitePress write them; what it leaves out comes from the first heading and the
folders.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from kb_app.exchange.framing import Teller
from kb_app.exchange.readers import front_matter
from kb_app.exchange.readers.bundle import Bundle
from kb_app.exchange.readers.links import Files
from kb_app.extraction.decoding import decode
from kb_app.extraction.limits import Fault, Refused

ENDINGS = (".md", ".markdown", ".mdown", ".mkd", ".mdx")
INDEX = frozenset({"index", "readme", "_index"})
DRAFT = "draft"
LONGEST_TEXT = 800_000
STATUSES = frozenset({"draft", "review", "published", "archived"})
AUDIENCES = {"public": "public", "所有人": "public", "customer": "customer", "登录客户": "customer"}
_HEADING = re.compile(r"\A\s*#[ \t]+(.+?)[ \t]*#*[ \t]*(?:\n|\Z)")
_SETEXT = re.compile(r"\A\s*([^\n]+)\n=+[ \t]*(?:\n|\Z)")
_PATH = re.compile(r"[/＞>]+")


def read(bundle: Bundle, teller: Teller, options: Mapping[str, Any]) -> None:
    """Every Markdown file as a record; one that cannot be read is a fault."""
    del options
    root = _root(list(bundle.names(*ENDINGS))) if bundle.is_folder else ""
    found = False
    for path in bundle.names(*(ENDINGS if bundle.is_folder else ())):
        found = True
        try:
            _one(bundle, teller, path, root)
        except Refused as refused:
            if refused.fault is Fault.BOMB:
                raise
            teller.fault(path, refused.fault)
    if not found:
        teller.fault(bundle.name, "nothing")


def _root(paths: list[str]) -> str:
    """The folder that all files lie in: its name says nothing about any of them."""
    heads = {path.split("/", 1)[0] if "/" in path else "" for path in paths}
    return heads.pop() + "/" if len(heads) == 1 and "" not in heads else ""


def _one(bundle: Bundle, teller: Teller, path: str, root: str) -> None:
    text = decode(bundle.whole(path))
    if text is None or len(text) > LONGEST_TEXT:
        teller.fault(path, "not_text" if text is None else "too_long")
        return
    head, body = front_matter.split(text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff"))
    files = Files(bundle, teller, path)
    title, body = titled(front_matter.word(head.get("title")), body)
    body = files.in_markdown(body)
    shown = path.removeprefix(root)
    for link in files.missing[:20]:
        teller.remark(f"{shown}: {link}", "picture_missing")
    named = PurePosixPath(shown).with_suffix("").as_posix()
    teller.record(
        {
            "id": front_matter.word(head.get("id")) or named,
            "title": title or _named(shown),
            "body": body,
            "category": _category(head, shown),
            "products": list(_any(head, "products", "product", "产品")),
            "phrasings": list(_any(head, "phrasings", "similar", "相似问法", "aliases_text")),
            "status": _status(head),
            "access": _access(head),
            "files": files.found,
            "where": shown,
        }
    )


def titled(title: str, body: str) -> tuple[str, str]:
    """The title and the body without the heading that says the same once more."""
    found = _HEADING.match(body) or _SETEXT.match(body)
    if found and (not title or found.group(1).strip() == title.strip()):
        return title or found.group(1).strip(), body[found.end() :].lstrip("\n")
    return title, body


def _named(path: str) -> str:
    here = PurePosixPath(path)
    return here.parent.name if here.stem.lower() in INDEX and here.parent.name else here.stem


def _any(head: Mapping[str, Any], *names: str) -> tuple[str, ...]:
    return next((found for name in names if (found := front_matter.words(head.get(name)))), ())


def _category(head: Mapping[str, Any], path: str) -> list[str]:
    """As the head says (`甲 / 乙` is a path), else the folders the file lies in."""
    said = _any(head, "category", "类别") or _any(head, "categories", "分类")[:1]
    if len(said) == 1:
        return [part.strip() for part in _PATH.split(said[0]) if part.strip()]
    if said:
        return list(said)
    folders = PurePosixPath(path).parts[:-1]
    is_index = PurePosixPath(path).stem.lower() in INDEX
    return list(folders[:-1] if is_index else folders)


def _status(head: Mapping[str, Any]) -> str:
    said = front_matter.word(head.get("status")).lower()
    if said in STATUSES:
        return said
    hidden = head.get("draft") in {True, "true", "yes"} or head.get("published") in {False, "no"}
    return DRAFT if hidden else "published"


def _access(head: Mapping[str, Any]) -> list[str]:
    """Who may read it, if the head says so; an unknown word closes rather than opens."""
    said = _any(head, "access", "visibility", "可见范围")
    return sorted({AUDIENCES.get(word.lower(), "staff") for word in said})
