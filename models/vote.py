"""有用 / 没用: one changeable voice per person and article."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, utcnow


class Vote(Base):
    """A reader's judgement of one article; `value` is +1 or -1."""

    __tablename__ = "vote"
    __table_args__ = (
        sa.UniqueConstraint("article_id", "voter_key"),
        sa.CheckConstraint("value in (-1, 1)", name="value"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(sa.ForeignKey("article.id", ondelete="CASCADE"))
    voter_key: Mapped[str] = mapped_column(sa.String(80), index=True)
    value: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
