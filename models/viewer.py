"""Who is looking: resolved once per request to a value that every rule reads.

`keys` are the access keys the viewer holds; a text is readable when its own keys meet them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PUBLIC_KEY = "public"
CUSTOMER_KEY = "customer"
STAFF_KEY = "staff"


class Role(StrEnum):
    """What a person is to this site, weakest first."""

    VISITOR = "visitor"
    CUSTOMER = "customer"
    AGENT = "agent"
    CONTENT_MANAGER = "content_manager"
    LEAD = "lead"
    ADMIN = "admin"
    OWNER = "owner"


STAFF_ROLES = frozenset({Role.AGENT, Role.CONTENT_MANAGER, Role.LEAD, Role.ADMIN, Role.OWNER})


@dataclass(frozen=True)
class Viewer:
    """A person or a visitor, as the rules see them.

    `voter_key` identifies one voice: `u:<user id>` signed in, `v:<visitor id>` otherwise,
    `p:<user id>` for staff who look at the site with somebody else's eyes (`previewing`).
    `network` is the block of addresses a request came from, never stored; empty elsewhere.
    """

    role: Role
    user_id: int | None
    voter_key: str
    keys: frozenset[str]
    name: str = ""
    email: str = ""
    previewing: bool = False
    network: str = ""

    @property
    def is_staff(self) -> bool:
        """Whether the viewer works here."""
        return self.role in STAFF_ROLES


def level_key(level_id: int) -> str:
    """The access key of one customer level."""
    return f"level:{level_id}"


def group_key(group_id: int) -> str:
    """The access key of one customer group."""
    return f"group:{group_id}"


def team_key(team_id: int) -> str:
    """The access key of one team of staff."""
    return f"team:{team_id}"


def visitor(visitor_id: str) -> Viewer:
    """Someone who has not signed in, known by the id in their visitor cookie."""
    return Viewer(Role.VISITOR, None, f"v:{visitor_id}", frozenset({PUBLIC_KEY}))
