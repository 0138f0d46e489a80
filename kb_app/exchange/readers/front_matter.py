"""The head of a Markdown file: the part of YAML that people and site generators write there.

Plain and quoted words, numbers, lists in one line or in several, JSON values, folded and
literal blocks; TOML between `+++`. Deeper YAML is passed over, never an error. Child side.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

LONGEST_HEAD = 400_000
_YAML = re.compile(r"\A---[ \t]*\n(.*?)(?:^|\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TOML = re.compile(r"\A\+\+\+[ \t]*\n(.*?)(?:^|\n)\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)
_KEY = re.compile(r"([A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff .-]{0,60}?)[ \t]*[:：](?:[ \t]+|$)(.*)")
_ITEM = re.compile(r"[ \t]*-(?:[ \t]+(.*)|)$")
_BLOCK = re.compile(r"[|>][+-]?\d?$")


def split(text: str) -> tuple[dict[str, Any], str]:
    """The values of the head, keys in lower case, and the body below it."""
    head = text[:LONGEST_HEAD]
    found = _YAML.match(head)
    if found:
        return _values(found.group(1)), text[found.end() :]
    found = _TOML.match(head)
    if found:
        try:
            values = tomllib.loads(found.group(1))
        except tomllib.TOMLDecodeError:
            values = {}
        return {key.lower(): value for key, value in values.items()}, text[found.end() :]
    return {}, text


def _values(head: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    lines = head.split("\n")
    at = 0
    while at < len(lines):
        found = _KEY.match(lines[at])
        at += 1
        if not found:
            continue
        name, said = found.group(1).strip().lower(), found.group(2).strip()
        below = list(_indented(lines, at))
        at += len(below)
        if _BLOCK.match(said):
            values[name] = _block(below, folded=said.startswith(">"))
        elif said and not said.startswith("#"):
            values[name] = _scalar(" ".join([said, *(line.strip() for line in below)]))
        else:
            values[name] = _list(below)
    return values


def _indented(lines: list[str], at: int) -> Iterator[str]:
    """The lines that belong to the key above them."""
    for line in lines[at:]:
        if line.strip() and not line.startswith((" ", "\t", "-")):
            return
        yield line


def _list(lines: list[str]) -> list[Any] | str:
    items = [found.group(1) or "" for line in lines if (found := _ITEM.match(line))]
    return [_scalar(item.strip()) for item in items] if items else ""


def _block(lines: list[str], *, folded: bool) -> str:
    inner = [line.strip() if folded else line for line in lines]
    if folded:
        return " ".join(filter(None, inner))
    depth = min((len(line) - len(line.lstrip()) for line in inner if line.strip()), default=0)
    return "\n".join(line[depth:] for line in inner).strip("\n")


def _scalar(said: str) -> Any:
    """A value in one line; text when it is nothing else."""
    if said[:1] in {"[", "{", '"'}:
        try:
            return json.loads(said)
        except (ValueError, RecursionError):
            pass
    if said.startswith("[") and said.endswith("]"):
        return [_scalar(part.strip()) for part in said[1:-1].split(",") if part.strip()]
    quote = said[:1]
    if len(said) > 1 and quote in {"'", '"'} and said.endswith(quote):
        return said[1:-1].replace("''", "'")
    plain = re.sub(r"[ \t]+#.*$", "", said)
    return {"true": True, "false": False, "null": None, "~": None}.get(plain.lower(), plain)


def words(value: Any) -> tuple[str, ...]:
    """A value as words: a list's members, or the one it is; commas do not part it."""
    many = value if isinstance(value, list | tuple) else [value]
    plain = (str(one).strip() for one in many if isinstance(one, str | int | float))
    return tuple(one for one in plain if one not in {"", "True", "False"})


def word(value: Any) -> str:
    """A value as one word or sentence."""
    return next(iter(words(value)), "")


def dump(values: dict[str, Any]) -> str:
    """A head that any YAML reader, and this one, reads back the same: every value is JSON."""
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "---\n" + "\n".join(lines) + "\n---\n"
