"""How long a page waits for a megabyte of Markdown that was made to keep a parser busy.

`python -m bench.markdown` prints one JSON line: for each kind of text the seconds until the
renderer gave its HTML or was stopped, from a process that is ready, and the longest of them;
and the processor seconds of honest articles of 60,000 and 140,000 characters.
"""

from __future__ import annotations

import json
import time

from kb_app.markdown_html import to_html
from kb_app.render_process import SECONDS, RenderProcess

MEGABYTE = 1_000_000
HOSTILE = {
    "brackets": "[", "pictures": "![", "links": "[a](", "stars": "**a", "mixed stars": "*a_",
    "ticks": "`a``", "tags": "<a ", "comments": "<!--", "elements": "<div>", "entities": "&#x",
    "quotations": "> ", "items": "- x\n", "cells": "|x|y|\n", "footnotes": "x[^1]\n\n[^1]: y\n\n",
    "fences": "```\n", "notes": "!!! note\n    x\n", "addresses": "http://x.y/ ",
    "titles": '[x](y "', "struck": "~~a", "placeholders": "\x02klzzwxh:0\x03", "nothing": "\n",
    "noise": "[*_`<&>]\n#|-",
}  # fmt: skip
HONEST = (
    "## 标题\n\n正文 **粗** 和 [链接](https://a.cn/) 以及 `code`。这里是一段普通的说明文字。\n\n"
    "- 一\n- 二\n\n| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n\n"
)


def filled(part: str, size: int = MEGABYTE) -> str:
    """So many characters of it."""
    return (part * (size // len(part) + 1))[:size]


def seconds_of(text: str, process: RenderProcess) -> float:
    """Wall clock until there is an answer."""
    began = time.perf_counter()
    process.html(text, ())
    return time.perf_counter() - began


def honest(size: int) -> float:
    """Processor seconds of an ordinary article."""
    began = time.process_time()
    to_html(filled(HONEST, size))
    return round(time.process_time() - began, 2)


def main() -> None:
    """Measure each, every one with a process that has just started."""
    process, found = RenderProcess(SECONDS), {}
    for name, part in HOSTILE.items():
        process.html("", ())
        found[name] = round(seconds_of(filled(part), process), 2)
    process.close()
    cold = RenderProcess(SECONDS)
    not_ready = round(seconds_of(filled(HOSTILE["links"]), cold), 2)
    cold.close()
    figures = {
        "longest_s": max(found.values()),
        "longest_with_start_s": not_ready,
        "honest_60k_cpu_s": honest(60_000),
        "honest_140k_cpu_s": honest(140_000),
        "hostile_s": found,
    }
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
