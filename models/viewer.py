"""Who is looking: resolved once per request to a value that every rule reads.

`keys` are the access keys the viewer holds; a text is readable when its own keys meet them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PUBLIC_KEY = "public"
CUSTOMER_KEY = "customer"
STAFF_KEY = "staff"
AND = "+"
DEFAULT_LANGUAGE = "zh-Hans"
IN_LANGUAGE = "@"


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
    `language` is the one they read in, empty for the site's own.
    """

    role: Role
    user_id: int | None
    voter_key: str
    keys: frozenset[str]
    name: str = ""
    email: str = ""
    previewing: bool = False
    network: str = ""
    language: str = ""

    @property
    def is_staff(self) -> bool:
        """Whether the viewer works here."""
        return self.role in STAFF_ROLES

    @property
    def finding(self) -> frozenset[str]:
        """The keys to search with: of an article in several languages they let one through."""
        return finding_keys(self.keys, self.language)


def finding_keys(keys: frozenset[str], language: str = "") -> frozenset[str]:
    """These keys, and each of them in one language, as the index knows translated articles."""
    return keys | {in_language(key, language or DEFAULT_LANGUAGE) for key in keys}


def in_language(key: str, language: str) -> str:
    """What a reader of this language finds a translated article by."""
    return f"{key}{IN_LANGUAGE}{language}"


def level_key(level_id: int) -> str:
    """The access key of one customer level."""
    return f"level:{level_id}"


def group_key(group_id: int) -> str:
    """The access key of one customer group."""
    return f"group:{group_id}"


def team_key(team_id: int) -> str:
    """The access key of one team of staff."""
    return f"team:{team_id}"


def both_key(level: str, group: str) -> str:
    """The access key of those who are of this level and in this group."""
    return f"{level}{AND}{group}"


def parts_of(key: str) -> tuple[str, ...]:
    """The keys a viewer must hold all of to hold this one; most keys are their own only part."""
    return tuple(key.split(AND))


def visitor(visitor_id: str) -> Viewer:
    """Someone who has not signed in, known by the id in their visitor cookie."""
    return Viewer(Role.VISITOR, None, f"v:{visitor_id}", frozenset({PUBLIC_KEY}))
