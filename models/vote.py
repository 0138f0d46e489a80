"""有用 / 没用: one changeable voice per person and article."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, enum_text, utcnow


class VoteStanding(StrEnum):
    """Counted; held until a manager looks; released by one; rejected by one."""

    COUNTED = "counted"
    HELD = "held"
    RELEASED = "released"
    REJECTED = "rejected"


class Voice(StrEnum):
    """Known from another day; new today; new and seen doing nothing but voting."""

    KNOWN = "known"
    NEW = "new"
    BARE = "bare"


COUNTING = frozenset({VoteStanding.COUNTED, VoteStanding.RELEASED})


class Vote(Base):
    """A reader's judgement of one article; `value` is +1 or -1.

    `network` is a keyed hash of the voter's address block, different every day, and emptied
    after a month (kb_app.vote_watch).
    """

    __tablename__ = "vote"
    __table_args__ = (
        sa.UniqueConstraint("article_id", "voter_key"),
        sa.CheckConstraint("value in (-1, 1)", name="value"),
        sa.Index("ix_vote_network_updated_at", "network", "updated_at"),
        sa.Index("ix_vote_state_updated_at", "state", "updated_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(sa.ForeignKey("article.id", ondelete="CASCADE"))
    voter_key: Mapped[str] = mapped_column(sa.String(80), index=True)
    value: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    state: Mapped[VoteStanding] = mapped_column(
        enum_text(VoteStanding), default=VoteStanding.COUNTED
    )
    held_why: Mapped[str] = mapped_column(sa.String(32), default="")
    voice: Mapped[Voice] = mapped_column(enum_text(Voice), default=Voice.KNOWN)
    network: Mapped[str] = mapped_column(sa.String(40), default="")
    decided_by: Mapped[str] = mapped_column(sa.String(80), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    @property
    def counts(self) -> bool:
        """Whether this voice is part of the article's rating."""
        return self.state in COUNTING
