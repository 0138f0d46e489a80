"""Who may do what is one table (T3, K11)."""

from __future__ import annotations

import pytest

from kb_app.errors import NotAllowed, SignInNeeded
from kb_app.permissions import TABLE, Permission, may, require
from models import STAFF_ROLES, Role, Viewer, visitor


def _viewer(role: Role) -> Viewer:
    return Viewer(role, 1, "u:1", frozenset())


def test_it_has_a_row_for_every_role() -> None:
    """T3: nobody falls through."""
    assert set(TABLE) == set(Role)


@pytest.mark.parametrize("permission", Permission)
def test_it_grants_everything_to_somebody(permission: Permission) -> None:
    """T3: no door without a key."""
    assert may(_viewer(Role.OWNER), permission)


@pytest.mark.parametrize("role", [Role.VISITOR, Role.CUSTOMER])
@pytest.mark.parametrize(
    "permission",
    [Permission.DESK, Permission.PROMOTE, Permission.WRITE, Permission.PUBLISH],
)
def test_it_keeps_customers_from_the_work(role: Role, permission: Permission) -> None:
    """T3: working here takes a staff role."""
    assert not may(_viewer(role), permission)
    assert role not in STAFF_ROLES


def test_it_tells_who_must_sign_in_from_who_may_not() -> None:
    """T3: a visitor is asked in, a customer is refused."""
    with pytest.raises(SignInNeeded):
        require(visitor("v"), Permission.DESK)
    with pytest.raises(NotAllowed):
        require(_viewer(Role.CUSTOMER), Permission.DESK)
    require(_viewer(Role.AGENT), Permission.DESK)


def test_it_keeps_desk_and_writing_apart() -> None:
    """T3: agents do not publish, content managers do not read tickets; a lead does both."""
    assert not may(_viewer(Role.AGENT), Permission.PUBLISH)
    assert not may(_viewer(Role.CONTENT_MANAGER), Permission.DESK)
    assert TABLE[Role.LEAD] >= TABLE[Role.AGENT] | TABLE[Role.CONTENT_MANAGER]
