"""People: customers with their level and groups, and staff with their role."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, UTCDateTime, enum_text, utcnow
from models.viewer import (
    CUSTOMER_KEY,
    PUBLIC_KEY,
    STAFF_KEY,
    STAFF_ROLES,
    Role,
    Viewer,
    both_key,
    group_key,
    level_key,
    team_key,
)

user_group = sa.Table(
    "user_group",
    Base.metadata,
    sa.Column("user_id", sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("group_id", sa.ForeignKey("customer_group.id", ondelete="CASCADE"), primary_key=True),
)


class CustomerLevel(Base):
    """A rung of service, such as 普通 or 金; higher rank, more entitled."""

    __tablename__ = "customer_level"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60), unique=True)
    rank: Mapped[int] = mapped_column(default=0)


class CustomerGroup(Base):
    """Customers who belong together, such as one company's staff."""

    __tablename__ = "customer_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60), unique=True)


class User(Base):
    """A person with an account; the e-mail address is stored folded to lower case."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    password_hash: Mapped[str] = mapped_column(sa.String(255))
    role: Mapped[Role] = mapped_column(enum_text(Role), default=Role.CUSTOMER)
    is_active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=0)
    level_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("customer_level.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    last_seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    level: Mapped[CustomerLevel | None] = relationship()
    groups: Mapped[list[CustomerGroup]] = relationship(
        secondary=user_group, order_by=CustomerGroup.id
    )
    # models.team stands above this file; what is needed of it here are the ids alone.
    memberships: Mapped[list[Any]] = relationship("TeamMember", viewonly=True)

    def as_viewer(self) -> Viewer:
        """The value every rule reads; resolved once per request."""
        keys = {PUBLIC_KEY, CUSTOMER_KEY}
        if self.role in STAFF_ROLES:
            keys.add(STAFF_KEY)
            keys.update(team_key(place.team_id) for place in self.memberships)
        groups = {group_key(group.id) for group in self.groups}
        if self.level_id is not None:
            level = level_key(self.level_id)
            keys.add(level)
            keys.update(both_key(level, group) for group in groups)
        keys |= groups
        return Viewer(self.role, self.id, f"u:{self.id}", frozenset(keys), self.name, self.email)
