"""How long records of what happened are kept: one row, which the migration makes."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, utcnow

KEEPING_ID = 1


class Keeping(Base):
    """Days for each kind of record that somebody set; `swept_at` is the last clearing."""

    __tablename__ = "keeping"

    id: Mapped[int] = mapped_column(primary_key=True)
    days: Mapped[dict[str, int]] = mapped_column(sa.JSON, default=dict)
    swept_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cleared: Mapped[dict[str, int]] = mapped_column(sa.JSON, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy wants a dict
