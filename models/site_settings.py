"""How the site looks and where it may be embedded: one row, and its small pictures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, UTCDateTime, utcnow

SETTINGS_ID = 1


class SiteSettings(Base):
    """The one row of settings; the migration makes it. `version` guards against lost edits."""

    __tablename__ = "site_settings"

    id: Mapped[int] = mapped_column(primary_key=True)
    look: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    embedding: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    editor_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="SET NULL")
    )
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy wants a dict


class SitePicture(Base):
    """A logo or favicon, small enough to lie in the database, so every machine has it."""

    __tablename__ = "site_picture"

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(sa.String(40))
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


def site_settings(session: Session) -> SiteSettings:
    """The row."""
    return session.get_one(SiteSettings, SETTINGS_ID)


def settings_version(session: Session) -> int:
    """Which state the settings are in; one small read."""
    found = session.scalar(sa.select(SiteSettings.version).where(SiteSettings.id == SETTINGS_ID))
    return found or 0
