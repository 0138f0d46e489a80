"""What templates and style sheets promise as files: Chinese marks, and sheets short enough."""

from __future__ import annotations

import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"
LONGEST_SHEET = 300
_CUT = re.compile(r"\|\s*truncate\([^)]*\)")


def test_it_cuts_texts_with_a_chinese_ellipsis() -> None:
    """Without an end of its own, `truncate` writes three full stops."""
    cuts = [
        f"{path.name}: {cut}"
        for path in sorted((WEB / "templates").rglob("*.html"))
        for cut in _CUT.findall(path.read_text(encoding="utf-8"))
    ]
    assert cuts
    assert [cut for cut in cuts if "…" not in cut] == []


def test_it_keeps_style_sheets_short() -> None:
    """300 lines is the wall here too."""
    sheets = {
        path.name: len(path.read_text(encoding="utf-8").splitlines())
        for path in (WEB / "static" / "css").glob("*.css")
    }
    assert len(sheets) > 10
    assert {name: lines for name, lines in sheets.items() if lines > LONGEST_SHEET} == {}
