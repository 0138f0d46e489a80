"""Web and worker killed while the mail server misbehaves: all is there, once (Q2 M3 O2)."""

from __future__ import annotations

import pytest

from bench.faults import BAD, measure

pytestmark = [pytest.mark.server, pytest.mark.slow]


def test_what_people_saw_done_is_there_once() -> None:
    """M3 Q2: questions, tickets, letters, replies and their mails; twelve seconds of trouble."""
    found = measure(12, seed=5)
    assert {name: found[name] for name in BAD if found[name]} == {}
    assert found["seen"]["letters"] > 0
    assert sum(found["kills"].values()) > 0
