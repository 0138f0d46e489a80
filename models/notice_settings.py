"""What each person wants to be told, how and when; and notices that wait to be mailed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, enum_text, utcnow


class MailRhythm(StrEnum):
    """Mail at once, or what came together once an hour or once a day."""

    AT_ONCE = "at_once"
    HOURLY = "hourly"
    DAILY = "daily"


class NoticeSettings(Base):
    """One person's choice; `ways` maps a kind to "app", "mail", "both" or "none".

    Quiet hours are "22:00" to "08:00" in the site's zone, empty for none.
    """

    __tablename__ = "notice_settings"

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    ways: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    rhythm: Mapped[MailRhythm] = mapped_column(enum_text(MailRhythm), default=MailRhythm.AT_ONCE)
    quiet_from: Mapped[str] = mapped_column(sa.String(5), default="")
    quiet_to: Mapped[str] = mapped_column(sa.String(5), default="")
    mailed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy wants a dict


class NoticeMail(Base):
    """Something a person wants by mail and has not been sent; once for the same thing."""

    __tablename__ = "notice_mail"
    __table_args__ = (sa.UniqueConstraint("user_id", "ticket_id", "kind", "mark"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id", ondelete="CASCADE"))
    ticket_id: Mapped[int] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(sa.String(30))
    mark: Mapped[str] = mapped_column(sa.String(60), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    mailed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
