"""What a text may hold beyond plain Markdown, and the clock it is rendered by (K6, O1)."""

from __future__ import annotations

import pytest

from kb_app.list_indents import nested
from kb_app.render_process import RenderProcess
from kb_app.rendering import render

HOSTS = ("player.bilibili.com",)


def test_it_renders_task_lists_callouts_and_footnotes() -> None:
    """K6: boxes that cannot be ticked, five kinds of callout, notes that lead back."""
    html = render("- [x] 完\n- [ ] 待\n\n> [!WARNING]\n> 当心\n\n话[^1]\n\n[^1]: 注").html
    assert html.count('<li class="task"><input type="checkbox" disabled') == 2
    assert '<blockquote class="callout callout--warning"><p>当心</p>' in html
    assert 'href="#fn:1"' in html
    assert 'href="#fnref:1"' in html
    assert '<div class="callout callout--tip">' in render("!!! tip\n    内容").html


def test_it_plays_own_files_and_allowed_hosts_alone_in_their_paragraph() -> None:
    """K6: a media link on its own line is a player; everything else stays a link."""
    assert "<video controls" in render("[片](/files/3/a.mp4)").html
    assert "<audio controls" in render("[音](/files/3/a.mp3)").html
    player = render("[片](https://player.bilibili.com/p?a=1&b=2)", HOSTS).html
    assert 'sandbox="allow-scripts' in player
    assert "a=1&amp;b=2" in player
    for text in (
        "看 [片](/files/3/a.mp4)",
        "[片](https://evil.example/files/3/a.mp4)",
        "[片](http://player.bilibili.com/x)",
        "[片](https://player.bilibili.com.evil.example/x)",
        "[片](https://player.bilibili.com@evil.example/x)",
        "[片](//player.bilibili.com/x)",
    ):
        html = render(text, HOSTS).html
        assert not {"<video", "<audio", "<iframe"} & {html[i : i + 7] for i in range(len(html))}


def test_it_lets_nobody_forge_its_own_parts() -> None:
    """O3: classes, boxes and players come from here, never from the text."""
    html = render('<div class="callout">x</div><input><iframe src="/"></iframe><p id="a">').html
    for part in ("class=", "<input", "<iframe", "id="):
        assert part not in html


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("1. 一\n   - 子\n     - 孙\n2. 二", 2),
        ("- 一\n  - 子\n    - 孙", 2),
        ("**方法**\n1. 一\n2. 二", 0),
        ("- 一\n\n  段落\n\n  - 子", 1),
    ],
)
def test_it_nests_lists_as_people_indent_them(text: str, items: int) -> None:
    """K6: two or three blanks are a level; a list may begin right below a paragraph."""
    html = render(text).html
    assert html.count("<ul>") + html.count("<ol>") == items + 1


def test_it_leaves_years_and_code_alone() -> None:
    """K6: a number at the start of a line is no list, nor is anything in a fence."""
    assert "<li>" not in render("说到\n2026. 年").html
    assert nested("```\n  - x\n```") == "```\n  - x\n```"
    assert "<pre><code>x = 1\n</code></pre>" in render("1. 一\n\n   ```\n   x = 1\n   ```").html


@pytest.mark.parametrize("unit", ["**a", "<", "<a ", "&", "```\n", "http://a.b ![", "> "])
def test_it_ends_on_a_megabyte_of_hostile_markdown(unit: str) -> None:
    """K6 O1: rendered in a process of its own that is killed when its time is over."""
    text = (unit * (1_000_000 // len(unit)))[:1_000_000]
    assert len(render(text).html) >= len(text) // 4


def test_it_goes_on_after_a_text_that_took_too_long() -> None:
    """O1: the next text finds a fresh process."""
    impatient = RenderProcess(0.05)
    try:
        assert impatient.html("**a" * 100_000, ()) is None
        patient = RenderProcess(5.0)
        assert patient.html("**粗**", ()) == "<p><strong>粗</strong></p>"
        patient.close()
    finally:
        impatient.close()
