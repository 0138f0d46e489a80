"""Markdown that would keep a parser busy for minutes, or break its stack (K6, O1)."""

from __future__ import annotations

import time

import pytest

from kb_app.rendering import render


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        "![" * 10_000,
        "[a](" * 5_000,
        "[" * 5_000 + "]" * 5_000,
        "".join("    " * depth + "- x\n" for depth in range(300)),
    ],
    ids=["open", "pictures", "links", "nested", "lists"],
)
def test_it_shows_a_tangle_as_it_was_typed_and_soon(text: str) -> None:
    """O1: one article or preview never holds a thread for minutes, and never is a 500."""
    began = time.monotonic()
    assert text.strip()[:3] in render(text).html
    assert time.monotonic() - began < 5


def test_it_leaves_links_and_lists_of_every_honest_article_alone() -> None:
    """K6: many links are not a tangle, nor is a bracket in code."""
    html = render("[一](https://a.cn/) " * 300 + "\n\n- x\n  - y\n\n`a[0](1)`").html
    assert html.count('<a href="https://a.cn/"') == 300
    assert "<code>a[0](1)</code>" in html
