"""Who did what to what: written with the deed, never changed afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, UTCDateTime, utcnow
from models.viewer import Viewer


class AuditEntry(Base):
    """One deed worth remembering; the database refuses to alter or delete it."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    actor_id: Mapped[int | None] = mapped_column(index=True)
    actor_name: Mapped[str] = mapped_column(sa.String(80), default="")
    action: Mapped[str] = mapped_column(sa.String(60), index=True)
    subject: Mapped[str] = mapped_column(sa.String(80), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)


def record(session: Session, viewer: Viewer, action: str, subject: str, **detail: Any) -> None:
    """Write the deed into the caller's transaction."""
    session.add(
        AuditEntry(
            actor_id=viewer.user_id,
            actor_name=viewer.name,
            action=action,
            subject=subject,
            detail=detail,
        )
    )
