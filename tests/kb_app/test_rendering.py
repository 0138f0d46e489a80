"""Nothing that acts survives rendering, as article or as message (K6, M3, O3)."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb_app.rendering import PROTOCOLS, TAGS, render, render_message

ALLOWED_SCHEMES = (*(f"{scheme}:" for scheme in PROTOCOLS), "/", "#", "?", ".")
VECTORS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    '<img src="x" OnErRoR="alert(1)"/>',
    "<img/src=`x`onerror=alert(1)>",
    "<img src='javascript:alert(1)'>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVaScRiPt:alert(1)">x</a>',
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href="java&#10;script:alert(1)">x</a>',
    '<a href="&#106;&#97;vascript:alert(1)">x</a>',
    '<a href=" &#14; javascript:alert(1)">x</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](  javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](javascript&colon;alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](javascript:alert(1))",
    '![x](x "onerror=alert(1)")',
    '![x" onerror="alert(1)](x)',
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "<style>*{background:url('javascript:alert(1)')}</style>",
    '<div style="background:url(javascript:alert(1))">x</div>',
    '<iframe src="javascript:alert(1)"></iframe>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=alert(1)>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<object data='javascript:alert(1)'></object>",
    "<embed src='javascript:alert(1)'>",
    "<form action='javascript:alert(1)'><button>x</button></form>",
    "<button formaction='javascript:alert(1)'>x</button>",
    "<input onfocus=alert(1) autofocus>",
    "<details open ontoggle=alert(1)>x</details>",
    "<body onload=alert(1)>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href='//evil.example/'>",
    "<link rel=stylesheet href='//evil.example/x.css'>",
    "<video><source onerror=alert(1)></video>",
    "<p onclick=alert(1)>x</p>",
    "# <img src=x onerror=alert(1)>",
    '## x {: onclick="alert(1)" }',
    "```<script>alert(1)</script>\n```\n<script>alert(1)</script>",
    "`<script>alert(1)</script>",
    "| a |\n|---|\n| <script>alert(1)</script> |",
    "<!--<img src='--><img src=x onerror=alert(1)>'>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo '<script>alert(1)</script>' ?>",
    'http://example.com/"onmouseover="alert(1)',
    "http://example.com/'><script>alert(1)</script>",
    "<a href='http://x' target=_blank onclick=alert(1)>x</a>",
    "<x onclick=alert(1)>x</x>",
    "</td></table><script>alert(1)</script>",
    "\x00<scr\x00ipt>alert(1)</script>",
]


class Watchman(HTMLParser):
    """Reads HTML as a browser would and writes down everything that could act."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.tags: list[str] = []
        self.links: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One opened element."""
        self.tags.append(tag)
        if tag not in TAGS:
            self.faults.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in {"style", "srcdoc", "formaction", "action"}:
                self.faults.append(f"{tag} {name}")
            if name in {"href", "src"} and not self._harmless(value or ""):
                self.faults.append(f"{tag} {name}={value}")
        if tag == "a":
            self.links.append({name: value or "" for name, value in attrs})

    @staticmethod
    def _harmless(url: str) -> bool:
        plain = "".join(c for c in url if c > " ").lower()
        return ":" not in plain.split("/")[0] or plain.startswith(ALLOWED_SCHEMES)

    def handle_decl(self, decl: str) -> None:
        """A doctype has no place here."""
        self.faults.append(decl)


def watched(html: str) -> Watchman:
    """What the watchman saw."""
    watchman = Watchman()
    watchman.feed(html)
    watchman.close()
    return watchman


def test_it_would_see_what_acts() -> None:
    """The watchman himself is awake."""
    for vector in VECTORS[:1] + VECTORS[3:4] + VECTORS[7:8] + VECTORS[25:30]:
        assert watched(vector).faults


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
@pytest.mark.parametrize(
    "place", ["{}", "前文\n\n{}\n\n后文", "- {}", "> {}", "**{}**", "<p>{}</p>"]
)
def test_it_renders_nothing_that_acts(vector: str, place: str) -> None:
    """K6 O3: as an article, a preview, a staff reply or a customer's message."""
    text = place.format(vector) if "{:" not in vector else vector
    assert watched(render(text).html).faults == []
    message = watched(render_message(text))
    assert message.faults == []
    assert set(message.tags) <= {"a", "br"}


pieces = st.sampled_from(
    [*VECTORS, "<", ">", '"', "'", "&", "`", "[", "](", ")", "\n", "\n\n", "    ", "javascript:"]
)


@given(st.lists(pieces | st.text(max_size=6), max_size=8).map("".join))
def test_it_renders_no_mixture_that_acts(text: str) -> None:
    """K6 O3: put together in any order, they stay harmless."""
    assert watched(render(text).html).faults == []
    assert watched(render_message(text)).faults == []


def test_it_renders_what_writers_use() -> None:
    """K6: headings, tables, code, pictures, links, line breaks."""
    html = render(
        "# 标题\n\n| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n\n```\n<b>&</b>\n```\n\n"
        '![图](/files/1 "图一")\n一行\n二行 https://example.com/a?b=1'
    ).html
    for part in ("<h1", "<td>1</td>", "&lt;b&gt;&amp;&lt;/b&gt;", 'src="/files/1"', "<br>"):
        assert part in html
    [link] = watched(html).links
    assert link["href"] == "https://example.com/a?b=1"
    assert link["rel"] == "nofollow noopener noreferrer"


def test_it_lists_the_headings_with_their_anchors() -> None:
    """K2: the contents of an article lead to its headings, also when two are called alike."""
    rendered = render("# 甲 & *乙*\n\n## 步骤\n\n## 步骤\n\n```\n# 不是标题\n```")
    assert [(heading.text, heading.level) for heading in rendered.headings] == [
        ("甲 & 乙", 1),
        ("步骤", 2),
        ("步骤", 2),
    ]
    anchors = [heading.anchor for heading in rendered.headings]
    assert len(set(anchors)) == 3
    assert all(f'id="{anchor}"' in rendered.html for anchor in anchors)


@given(st.text(max_size=120))
def test_it_shows_a_message_as_it_was_typed(text: str) -> None:
    """T1: what a customer typed is text, whatever it looks like."""
    seen: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            seen.append(data)

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            if tag == "br":
                seen.append("\n")

    reader = Reader()
    reader.feed(render_message(text))
    reader.close()
    assert _plain("".join(seen)) == _plain(text)


def _plain(text: str) -> str:
    """Without what HTML itself cannot tell apart or keep."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in kept if c >= " " and not 0x7F <= ord(c) < 0xA0)
