"""A reset link works once, for an hour, and dies with the password (O3)."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from kb_app import accounts
from kb_app.accounts import (
    change_password,
    register,
    request_reset,
    reset,
    sign_in,
    viewer_for,
)
from kb_app.errors import InvalidInput, LinkExpired, WrongPassword
from kb_app.ports import Ports
from models import (
    Job,
    JobKind,
    reading,
)
from tests.kb_app.test_accounts import AI, EMAIL, OTHER, PASSWORD

pytestmark = pytest.mark.usefixtures("quick_hashes")


def _letters(ports: Ports) -> list[dict[str, str]]:
    with reading(ports.database) as session:
        jobs = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL))
        return [job.payload for job in jobs if "/reset/" in job.payload["body"]]


def _link(ports: Ports) -> str:
    found = re.search(r"/reset/(\S+)", _letters(ports)[-1]["body"])
    assert found is not None
    return found.group(1)


def test_it_resets_by_a_link_that_works_once(ports: Ports) -> None:
    """O3: the link in the mail sets a password one time."""
    register(ports, AI)
    request_reset(ports, f" {EMAIL.upper()} ")
    assert [letter["to"] for letter in _letters(ports)] == [EMAIL]
    token = _link(ports)
    reset(ports, token, OTHER)
    sign_in(ports, EMAIL, OTHER)
    with pytest.raises(WrongPassword):
        sign_in(ports, EMAIL, PASSWORD)
    with pytest.raises(LinkExpired):
        reset(ports, token, PASSWORD)


def test_it_kills_the_link_with_the_password(ports: Ports) -> None:
    """O3: a link asked for earlier dies when the password is changed otherwise."""
    signed = register(ports, AI)
    request_reset(ports, EMAIL)
    first = _link(ports)
    request_reset(ports, EMAIL)
    viewer = viewer_for(ports, signed.user_id, signed.session_epoch, "v")
    change_password(ports, viewer, PASSWORD, OTHER)
    for token in (first, _link(ports)):
        with pytest.raises(LinkExpired):
            reset(ports, token, "a third password")


def test_it_keeps_the_link_when_the_new_password_is_no_good(ports: Ports) -> None:
    """O3: a slip of the keyboard does not cost the link."""
    register(ports, AI)
    request_reset(ports, EMAIL)
    with pytest.raises(InvalidInput):
        reset(ports, _link(ports), "short")
    assert reset(ports, _link(ports), OTHER).session_epoch == 1


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\ud800", "WzEsMF0.aaaa.bbbb"])
def test_it_refuses_a_forged_link(ports: Ports, token: str) -> None:
    """O3: without the site's secret there is no link."""
    register(ports, AI)
    with pytest.raises(LinkExpired):
        reset(ports, token, OTHER)


def test_it_refuses_a_link_that_is_too_old(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    """O3: after its hour the link is over."""
    register(ports, AI)
    request_reset(ports, EMAIL)
    monkeypatch.setattr(accounts, "RESET_SECONDS", -1)
    with pytest.raises(LinkExpired):
        reset(ports, _link(ports), OTHER)


def test_it_mails_nobody_who_is_not_there(ports: Ports) -> None:
    """O3: no account, no letter, no error."""
    request_reset(ports, "nobody@example.com")
    request_reset(ports, "\x00")
    assert _letters(ports) == []
