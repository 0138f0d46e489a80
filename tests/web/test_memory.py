"""Freed memory goes back to the system."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from web.memory import give_back


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's malloc_trim")
def test_it_gives_back_what_small_objects_left_behind() -> None:
    """O1: an idle server is small although its start was not."""
    kept = []
    for _ in range(40):
        waste = [bytes(4096) for _ in range(250)]  # each too small for pages of its own
        kept.append(bytes(4096))  # and something in between that stays
        del waste
    before = _resident()
    give_back()
    assert _resident() < before
    assert kept
