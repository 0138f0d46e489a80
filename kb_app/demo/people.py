"""The demo's people and their logins; printed at start as long as they can sign in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.accounts import Registration, create_user
from kb_app.ports import Ports
from models import CustomerGroup, CustomerLevel, Role, User, reading

FOLDER = Path(__file__).parent
DEMO_PASSWORD = "yujian-demo"  # noqa: S105  the demo's public password
DEMO_DOMAIN = "@yujian.example"


@dataclass(frozen=True)
class Login:
    """A demo account a newcomer may try."""

    email: str
    name: str
    role: Role


def places() -> dict[str, Any]:
    """The demo's trees, people and searches."""
    data: dict[str, Any] = json.loads((FOLDER / "places.json").read_text(encoding="utf-8"))
    return data


def add_people(session: Session) -> dict[str, User]:
    """Levels, groups and accounts, by e-mail address."""
    data = places()
    levels = {name: CustomerLevel(name=name, rank=rank) for rank, name in enumerate(data["levels"])}
    groups = [CustomerGroup(name=name) for name in data["groups"]]
    session.add_all([*levels.values(), *groups])
    people = {}
    for person in data["people"]:
        form = Registration(person["name"], person["email"], DEMO_PASSWORD)
        user = create_user(session, form, Role(person["role"]))
        user.level = levels.get(person.get("level", ""))
        people[user.email] = user
    session.flush()
    return people


def logins(ports: Ports) -> tuple[Login, ...]:
    """The demo accounts whose password was never changed."""
    with reading(ports.database) as session:
        users = session.scalars(
            sa.select(User)
            .where(User.email.endswith(DEMO_DOMAIN), User.session_epoch == 0, User.is_active)
            .order_by(User.id)
        )
        return tuple(Login(user.email, user.name, user.role) for user in users)
