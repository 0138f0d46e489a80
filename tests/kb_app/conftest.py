"""A ticket, a second agent, and password hashes that are quick to make."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from kb_app import accounts
from kb_app.escalation import Escalation, escalate
from kb_app.ports import Ports
from kb_app.questions import submit
from models import (
    Role,
    Viewer,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import make_user
from tests.kb_app.test_questions import asking


@pytest.fixture
def number(ports: Ports, people: People) -> str:
    """小艾's new ticket."""
    public_id = submit(ports, people.xiaoai, asking("门锁打不开了"))
    return escalate(ports, people.xiaoai, public_id, Escalation("", ""))


@pytest.fixture
def ana(ports: Ports) -> Viewer:
    """A second agent, 安娜."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "安娜", Role.AGENT).as_viewer()


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same algorithm with less work, except where the work is the point."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(accounts, "_hasher", lambda: quick)
    accounts._nobody.cache_clear()
    yield
    accounts._nobody.cache_clear()
