"""A site's own CSS, read by a real parser: what could load, run or deceive is refused by line.

What is not understood is not let through; the text that passes is written anew from the tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import tinycss2

from kb_app.errors import WendaError

LONGEST = 50_000
DEEPEST = 12
CONDITIONS = frozenset({"media", "supports", "container", "layer", "scope"})
FRAMES = frozenset({"keyframes", "-webkit-keyframes"})
FUNCTIONS = frozenset({"expression", "element", "image-set", "-webkit-image-set", "src", "paint"})
PROPERTIES = frozenset({"behavior", "-moz-binding", "src"})
INSIDE = ("/static/", "/look/", "#", "data:image/png;", "data:image/gif;", "data:image/jpeg;")


class CssFault(WendaError):
    """The style sheet cannot be used: where, why (a code) and what it is about."""

    def __init__(self, line: int, code: str, what: str = "") -> None:
        super().__init__(f"line {line}: {code} {what}")
        self.line, self.code, self.what = line, code, what[:60]


def checked(text: str) -> str:
    """The style sheet as it may be served; CssFault names the first thing that may not be."""
    if len(text) > LONGEST:
        raise CssFault(1, "too_long")
    if "</" in text or "<!--" in text:
        raise CssFault(
            text[: max(text.find("</"), text.find("<!--"))].count("\n") + 1, "broken", "<"
        )
    rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    _check_rules(rules, 0)
    return str(tinycss2.serialize(rules)) if rules else ""


def _check_rules(rules: Iterable[Any], depth: int) -> None:
    for rule in rules:
        line = int(rule.source_line)
        if rule.type == "error" or depth > DEEPEST:
            raise CssFault(line, "broken", str(getattr(rule, "message", "")))
        if rule.type == "at-rule":
            _check_at_rule(rule, line, depth)
        elif rule.type == "qualified-rule":
            _check_values(rule.prelude)
            _check_block(rule.content, depth)


def _check_at_rule(rule: Any, line: int, depth: int) -> None:
    name = rule.lower_at_keyword
    if name == "import":
        raise CssFault(line, "import")
    if name not in CONDITIONS | FRAMES:
        raise CssFault(line, "rule", f"@{name}")
    _check_values(rule.prelude)
    if rule.content is not None:
        inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        _check_rules(inner, depth + 1)


def _check_block(content: Iterable[Any], depth: int) -> None:
    found = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
    for one in found:
        line = int(one.source_line)
        if one.type == "declaration":
            if one.lower_name in PROPERTIES:
                raise CssFault(line, "expression", one.name)
            _check_values(one.value)
        elif one.type in {"qualified-rule", "at-rule"}:
            _check_rules([one], depth + 1)
        else:
            raise CssFault(line, "broken", str(getattr(one, "message", "")))


def _check_values(values: Iterable[Any]) -> None:
    for token in _tokens(values, 0):
        line = int(token.source_line)
        if token.type == "error":
            raise CssFault(line, "broken", str(token.message))
        if token.type == "url":
            _check_address(token.value, line)
        elif token.type == "function":
            _check_function(token, line)


def _check_function(token: Any, line: int) -> None:
    if token.lower_name in FUNCTIONS:
        raise CssFault(line, "expression", f"{token.name}()")
    if token.lower_name == "url":
        for inner in token.arguments:
            if inner.type == "string":
                _check_address(inner.value, line)


def _tokens(values: Iterable[Any], depth: int) -> Iterator[Any]:
    for token in values:
        if depth > DEEPEST:
            raise CssFault(int(token.source_line), "broken")
        yield token
        inner = getattr(token, "arguments", None) or getattr(token, "content", None)
        if isinstance(inner, list):
            yield from _tokens(inner, depth + 1)


def _check_address(address: str, line: int) -> None:
    plain = address.strip().lower()
    if "\\" in plain or not plain.startswith(INSIDE) or plain.startswith("//") or ".." in plain:
        raise CssFault(line, "url", address)
