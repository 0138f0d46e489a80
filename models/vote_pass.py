"""A manager's word that votes of one kind are honest, for as long as a campaign lasts."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, utcnow


class VotePass(Base):
    """Votes that would be set aside for `why` count until `until`, or until it is stopped.

    `network` is a vote's keyed hash of its day (`day`, ISO): whoever has the address can tell
    whether it is the same, nobody can tell the address. '' is for any network; no article
    means any article.
    """

    __tablename__ = "vote_pass"
    __table_args__ = (sa.Index("ix_vote_pass_until", "until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    why: Mapped[str] = mapped_column(sa.String(32))
    article_id: Mapped[int | None] = mapped_column(sa.ForeignKey("article.id", ondelete="CASCADE"))
    network: Mapped[str] = mapped_column(sa.String(40), default="")
    day: Mapped[str] = mapped_column(sa.String(10), default="")
    until: Mapped[datetime] = mapped_column(UTCDateTime)
    created_by: Mapped[str] = mapped_column(sa.String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    stopped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
