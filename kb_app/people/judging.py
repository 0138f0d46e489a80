"""What a row of a sheet of customers would do, by stated rules; pure.

The address is who somebody is. What a cell says is taken over, an empty cell changes nothing,
groups are only ever added, and staff are never touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kb_app.accounts import checked_email
from kb_app.errors import InvalidInput
from kb_app.typed_text import clean_line
from models import STAFF_ROLES, Role

LONGEST_NAME, LONGEST_GROUP = 80, 60
MOST_GROUPS = 20
FIELDS = ("email", "name", "level", "groups")
NAMES = {
    "email": ("邮箱", "电子邮箱", "邮件", "email", "e-mail", "mail"),
    "name": ("姓名", "称呼", "名称", "客户", "客户名称", "name"),
    "level": ("等级", "级别", "客户等级", "客户级别", "level"),
    "groups": ("客户组", "组", "分组", "公司", "所属公司", "group", "groups", "company"),
}
SEPARATORS = str.maketrans("；;|｜，,\n", "、、、、、、、")


class Outcome(StrEnum):
    """What a row does."""

    CREATED = "created"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True)
class Known:
    """An account as it is."""

    name: str
    role: Role
    is_active: bool
    level: str
    groups: frozenset[str]
    is_proven: bool = True


@dataclass(frozen=True)
class Wish:
    """What a row asks for; empty is as it is."""

    line: int
    email: str
    name: str
    level: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Refusal:
    """A row that cannot be used, and why."""

    line: int
    code: str
    value: str


def guess(header: Sequence[str]) -> dict[str, int]:
    """Which column is what, by its name."""
    plain = [clean_line(name).strip("*：: ").lower() for name in header]
    found: dict[str, int] = {}
    for field, names in NAMES.items():
        place = next((plain.index(name) for name in names if name in plain), None)
        if place is not None and place not in found.values():
            found[field] = place
    return found


def wish_of(line: int, row: Sequence[str], mapping: Mapping[str, int]) -> Wish | Refusal:
    """A row by its columns."""
    cells = {
        field: clean_line(row[place]) if place < len(row) else ""
        for field, place in mapping.items()
    }
    typed = cells.get("email", "")
    try:
        email = checked_email(typed)
    except InvalidInput:
        return Refusal(line, "no_email" if not typed else "bad_email", typed[:80])
    name = cells.get("name", "")
    parts = cells.get("groups", "").translate(SEPARATORS).split("、")
    groups = tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
    if len(name) > LONGEST_NAME:
        return Refusal(line, "long_name", name[:80])
    if len(groups) > MOST_GROUPS or any(len(group) > LONGEST_GROUP for group in groups):
        return Refusal(line, "bad_groups", cells.get("groups", "")[:80])
    return Wish(line, email, name, cells.get("level", ""), groups)


def judge(wish: Wish, known: Known | None, levels: frozenset[str]) -> Outcome | Refusal:
    """What a wish does to the account there is, if there is one."""
    if wish.level and wish.level not in levels:
        return Refusal(wish.line, "no_level", wish.level[:80])
    if known is None:
        return Outcome.CREATED
    if known.role in STAFF_ROLES:
        return Refusal(wish.line, "staff", wish.email)
    if not known.is_active:
        return Refusal(wish.line, "inactive", wish.email)
    if not known.is_proven and (wish.level or wish.groups):
        # Whoever registered with this address need not be the one the sheet means.
        return Refusal(wish.line, "unproven", wish.email)
    changes = (
        bool(wish.name) and wish.name != known.name,
        bool(wish.level) and wish.level != known.level,
        not known.groups.issuperset(wish.groups),
    )
    return Outcome.CHANGED if any(changes) else Outcome.SAME
