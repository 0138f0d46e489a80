"""Looking at the site with somebody else's eyes: what a level, group, team or visitor sees.

The borrowed viewer holds keys and nothing else: never more rights than a customer, no
account, and whatever they do is neither counted nor possible.
"""

from __future__ import annotations

from dataclasses import dataclass

from kb_app.audiences import Audience, AudienceKind, audiences, named
from kb_app.errors import InvalidInput
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from models import (
    CUSTOMER_KEY,
    PUBLIC_KEY,
    STAFF_KEY,
    Role,
    Viewer,
    reading,
)

ALSO = {
    AudienceKind.LEVEL: frozenset({CUSTOMER_KEY}),
    AudienceKind.GROUP: frozenset({CUSTOMER_KEY}),
    AudienceKind.TEAM: frozenset({CUSTOMER_KEY, STAFF_KEY}),
}


@dataclass(frozen=True)
class EyesPage:
    """Whose eyes there are to borrow, and where one wants to look."""

    audiences: tuple[Audience, ...]
    next: str


def eyes_page(ports: Ports, viewer: Viewer, target: str) -> EyesPage:
    """Everybody the site can be seen as."""
    require(viewer, Permission.PUBLISH)
    with reading(ports.database) as session:
        return EyesPage(audiences(session), target)


def borrow(ports: Ports, viewer: Viewer, key: str) -> str:
    """The key, when there is such an audience; InvalidInput `as` otherwise."""
    require(viewer, Permission.PUBLISH)
    with reading(ports.database) as session:
        if all(audience.key != key for audience in audiences(session)):
            raise InvalidInput("as", "unknown")
    return key


def seen_as(ports: Ports, viewer: Viewer, key: str) -> Viewer:
    """The borrowed viewer, for whoever may publish; for everybody else they themselves."""
    if not may(viewer, Permission.PUBLISH):
        return viewer
    with reading(ports.database) as session:
        [audience] = named(audiences(session), [key])
    keys = frozenset({PUBLIC_KEY, key}) | ALSO.get(audience.kind, frozenset())
    if key == STAFF_KEY:
        keys |= {CUSTOMER_KEY}
    role = Role.VISITOR if key == PUBLIC_KEY else Role.CUSTOMER
    name = audience.name or key
    return Viewer(role, None, f"p:{viewer.user_id}", keys, name, previewing=True)
