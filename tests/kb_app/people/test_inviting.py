"""Colleagues asked in by mail: a link for a week, once, renewed, withdrawn (X9 O3)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kb_app.errors import InvalidInput, LinkExpired
from kb_app.people import inviting
from kb_app.people.inviting import InviteInput
from kb_app.ports import Ports
from models import MailOut, Role, Team, TeamMember, User, Viewer, reading, unit_of_work, visitor
from tests.factories import make_user

NOBODY = visitor("new")


@pytest.fixture
def admin(ports: Ports, quick_hashes: None) -> Viewer:
    """站长, with a team."""
    with unit_of_work(ports.database) as session:
        session.add(Team(id=1, name="售后"))
        return make_user(session, "站长", Role.ADMIN).as_viewer()


def _invite(ports: Ports, admin: Viewer, role: str = "agent") -> tuple[int, str]:
    form = InviteInput("Colleague@Example.com", "小新", role, 1)
    return inviting.invite(ports, admin, form), _token(ports)


def _token(ports: Ports) -> str:
    """Of the last mail."""
    with reading(ports.database) as session:
        body = session.scalars(sa.select(MailOut.body).order_by(MailOut.id.desc())).first()
    found = re.search(r"/invited/(\S+)", body or "")
    assert found
    return found.group(1)


def test_it_lets_in_whom_it_was_mailed_to_once(ports: Ports, admin: Viewer) -> None:
    """X9: role and team are the inviter's choice, name and password the invited's."""
    _id, token = _invite(ports, admin)
    signed = inviting.accept(ports, NOBODY, token, "小新", "12345678a")
    with reading(ports.database) as session:
        user = session.get_one(User, signed.user_id)
        assert (user.email, user.role) == ("colleague@example.com", Role.AGENT)
        assert session.get(TeamMember, (1, user.id)) is not None
    with pytest.raises(LinkExpired):
        inviting.accept(ports, NOBODY, token, "再来", "12345678a")


def test_it_ends_a_link_by_time_by_resending_and_by_withdrawing(
    ports: Ports, admin: Viewer
) -> None:
    invite_id, first = _invite(ports, admin)
    inviting.resend(ports, admin, invite_id)
    second = _token(ports)
    with pytest.raises(LinkExpired):
        inviting.welcome(ports, NOBODY, first)
    later = replace(ports, clock=lambda: ports.clock() + timedelta(days=8))
    with pytest.raises(LinkExpired):
        inviting.welcome(later, NOBODY, second)
    assert inviting.welcome(ports, NOBODY, second).name == "小新"
    inviting.revoke(ports, admin, invite_id)
    with pytest.raises(LinkExpired):
        inviting.accept(ports, NOBODY, second, "小新", "12345678a")
    with pytest.raises(InvalidInput, match="ended"):
        inviting.resend(ports, admin, invite_id)


def test_it_hands_out_no_more_than_one_has(ports: Ports, admin: Viewer) -> None:
    """O3: an administrator makes no administrators; nobody makes an owner."""
    for role in ("admin", "owner", "customer", "x"):
        with pytest.raises(InvalidInput, match="role"):
            _invite(ports, admin, role)


def test_it_asks_nobody_twice_nor_who_is_here(ports: Ports, admin: Viewer) -> None:
    _invite(ports, admin)
    with pytest.raises(InvalidInput, match="invited"):
        _invite(ports, admin)
    with pytest.raises(InvalidInput, match="has_account"):
        inviting.invite(ports, admin, InviteInput(admin.email, "我", "agent", None))


@pytest.mark.parametrize("token", ["", "x", "WzEsIngiXQ.forged"])
def test_it_believes_no_forged_link(ports: Ports, token: str) -> None:
    with pytest.raises(LinkExpired):
        inviting.welcome(ports, NOBODY, token)


def test_whoever_registers_in_the_same_moment_is_told_so(ports: Ports, admin: Viewer) -> None:
    """X9: two writers at once are a sentence, not a fault of the server."""
    with unit_of_work(ports.database) as session:
        double = User(email=admin.email, name="小新", password_hash="!", role=Role.AGENT)
        with pytest.raises(InvalidInput, match="has_account"):
            inviting._add(session, double)
