"""This product's own full export, brought back as it was. Child side."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from kb_app.exchange.framing import Teller
from kb_app.exchange.readers import front_matter
from kb_app.exchange.readers.bundle import Bundle
from kb_app.extraction.limits import Fault, NotText, Refused, Skip

MANIFEST = "wenda.json"
PARTS = ("trees", "settings", "words", "numbers", "translations")
PLACES = re.compile(r"\(\.\./files/([0-9a-f]{64})/[^\s()]*\)")
_KNOWN = (
    "title id slug status access category category_slug products product_slugs phrasings files "
    "details"
)
KNOWN = frozenset(_KNOWN.split())


def read(bundle: Bundle, teller: Teller, options: Mapping[str, Any]) -> None:
    """Trees and settings first, then every article with its files."""
    del options
    if MANIFEST not in bundle:
        raise NotText(Skip.OTHER)
    for name in PARTS:
        path = f"{name}.json"
        if path in bundle:
            _part(bundle, teller, name, path)
    for path in bundle.names(".md"):
        if path.startswith("articles/"):
            try:
                _one(bundle, teller, path)
            except Refused as refused:
                if refused.fault is Fault.BOMB:
                    raise
                teller.fault(path, refused.fault)


def _part(bundle: Bundle, teller: Teller, name: str, path: str) -> None:
    try:
        teller.part(name, json.loads(bundle.whole(path)))
    except (ValueError, RecursionError):
        teller.fault(path, "not_json")


def _one(bundle: Bundle, teller: Teller, path: str) -> None:
    text = bundle.whole(path).decode("utf-8", "replace").replace("\r\n", "\n")
    head, body = front_matter.split(text)
    keys: list[str] = []
    files = []
    for told in head.get("files") or []:
        found = _file(bundle, told)
        if found is None:
            teller.remark(f"{path}: {str(told)[:80]}", "file_missing")
            continue
        keys.append(found[0])
        key = teller.asset(bundle.whole(found[1]))
        files.append({"key": key, "name": found[2], "access": told.get("access") or []})

    def place(match: re.Match[str]) -> str:
        key = match.group(1)
        return f"(attachment:{keys.index(key)})" if key in keys else match.group(0)

    values = {name: value for name, value in head.items() if name in KNOWN}
    told = {**values, "body": PLACES.sub(place, body), "files": files}
    revisions = path.replace("articles/", "versions/", 1)[: -len(".md")] + ".json"
    if revisions in bundle:
        older = [
            {**one, "body": PLACES.sub(place, str(one.get("body", "")))}
            for one in _json(bundle, revisions)
            if isinstance(one, dict)
        ]
        told["details"] = {**(head.get("details") or {}), "revisions": older}
    teller.record({**told, "by_slug": True, "where": path})


def _json(bundle: Bundle, path: str) -> list[Any]:
    try:
        found = json.loads(bundle.whole(path))
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _file(bundle: Bundle, told: Any) -> tuple[str, str, str] | None:
    """Its hash as told, its member, and its name."""
    if not isinstance(told, dict):
        return None
    path = str(told.get("path", "")).removeprefix("../")
    return (
        (str(told.get("sha256", "")), path, str(told.get("name", ""))) if path in bundle else None
    )
