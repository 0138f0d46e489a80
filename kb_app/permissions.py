"""Who may do what: one table, and `require`."""

from __future__ import annotations

from enum import StrEnum

from kb_app.errors import NotAllowed, SignInNeeded
from models import Role, Viewer


class Permission(StrEnum):
    """Everything a route or a use case may demand."""

    READ = "read"
    VOTE = "vote"
    ASK = "ask"
    TRACK = "track"
    ENTER = "enter"
    ACCOUNT = "account"
    DESK = "desk"
    PROMOTE = "promote"
    DRAFT = "draft"
    WRITE = "write"
    PUBLISH = "publish"
    INSIGHT = "insight"
    MANAGE_DESK = "manage_desk"
    ARRANGE = "arrange"
    CONFIGURE = "configure"


_VISITOR = frozenset(
    {Permission.READ, Permission.VOTE, Permission.ASK, Permission.TRACK, Permission.ENTER}
)
_CUSTOMER = _VISITOR | {Permission.ACCOUNT}
_AGENT = _CUSTOMER | {Permission.DESK, Permission.PROMOTE, Permission.DRAFT}
_CONTENT = _CUSTOMER | {
    Permission.DRAFT,
    Permission.WRITE,
    Permission.PUBLISH,
    Permission.INSIGHT,
    Permission.ARRANGE,
}
_LEAD = _AGENT | _CONTENT | {Permission.MANAGE_DESK}
_ADMIN = _LEAD | {Permission.CONFIGURE}

TABLE: dict[Role, frozenset[Permission]] = {
    Role.VISITOR: _VISITOR,
    Role.CUSTOMER: _CUSTOMER,
    Role.AGENT: _AGENT,
    Role.CONTENT_MANAGER: _CONTENT,
    Role.LEAD: _LEAD,
    Role.ADMIN: _ADMIN,
    Role.OWNER: _ADMIN,
}


def may(viewer: Viewer, permission: Permission) -> bool:
    """Whether the table grants it."""
    return permission in TABLE[viewer.role]


def require(viewer: Viewer, permission: Permission) -> None:
    """Raise SignInNeeded for a visitor, NotAllowed for anybody else who may not."""
    if may(viewer, permission):
        return
    if viewer.role is Role.VISITOR:
        raise SignInNeeded(permission)
    raise NotAllowed(permission)
