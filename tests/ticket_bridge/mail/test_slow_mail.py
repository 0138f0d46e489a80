"""Mail made to keep a worker busy takes no longer than other mail of its size (M3)."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from ticket_bridge.mail.html_text import text_of
from ticket_bridge.mail.quotes import cut, forwarded

# What each took before was from 40 seconds to an hour; now less than one, with room to spare.
MOST_SECONDS = 8.0
HOSTILE: dict[str, Callable[[], object]] = {
    "a From line of spaces": lambda: forwarded("From" + " " * 199_000 + "x"),
    "lines of spaces": lambda: cut("x\n" + (" " * 990 + "x\n") * 200),
    "lines of stars": lambda: cut("x\n" + ("From" + "*" * 990 + "x\n") * 200),
    "brackets": lambda: text_of("<" * 1_000_000),
    "links around nothing": lambda: text_of(" <a href=http://x.y></a>" * 40_000),
    "breaks": lambda: text_of("<br> " * 200_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_read_in_linear_time(name: str) -> None:
    """M3: a forged From of a colleague is enough to have `forwarded` asked, with a lock held."""
    began = time.monotonic()
    HOSTILE[name]()
    assert time.monotonic() - began < MOST_SECONDS


def test_it_still_finds_the_blocks() -> None:
    """M1: the patterns are quicker, not blinder."""
    for bar in (
        "-----原始邮件-----",
        "  ---- Original Message ----",
        "------------------ 原始邮件 --",
    ):
        assert cut(f"新的\n{bar}\n旧的") == "新的"
    assert cut("新的\n发件人 **：a@b.cn\n主题: x\n旧的") == "新的"
    long = "长" * 3000
    told = forwarded(f"请处理\n-----转发邮件-----\n发件人: 小艾 <a@b.cn>\n主题: x\n\n{long}")
    assert told == ("小艾", "a@b.cn", long)
