"""Who wants to hear of new articles in a category, and how often."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, enum_text, utcnow


class Rhythm(StrEnum):
    """How often a digest is sent."""

    DAILY = "daily"
    WEEKLY = "weekly"


class Subscription(Base):
    """One address and one category; silent until the address was confirmed.

    `sent_until` is the moment up to which news was told.
    """

    __tablename__ = "subscription"
    __table_args__ = (sa.UniqueConstraint("email", "category_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    user_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    category_id: Mapped[int] = mapped_column(
        sa.ForeignKey("category.id", ondelete="CASCADE"), index=True
    )
    rhythm: Mapped[Rhythm] = mapped_column(enum_text(Rhythm), default=Rhythm.WEEKLY)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent_until: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
