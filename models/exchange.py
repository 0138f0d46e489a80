"""What was brought in and given out: each run with its counts, and where an article came from."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, enum_text, utcnow


class ExchangeKind(StrEnum):
    """Which way knowledge went."""

    IMPORT = "import"
    EXPORT = "export"


class ExchangeState(StrEnum):
    """Where a run is; `mapping` and `checked` wait for a person."""

    READING = "reading"
    MAPPING = "mapping"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ExchangeRun(Base):
    """One import or export. `folder` names its place in the data folder; `done` of `total`
    articles went through, so that a run that was cut off goes on from there."""

    __tablename__ = "exchange_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ExchangeKind] = mapped_column(enum_text(ExchangeKind), index=True)
    file_format: Mapped[str] = mapped_column(sa.String(20))
    filename: Mapped[str] = mapped_column(sa.String(200))
    folder: Mapped[str] = mapped_column(sa.String(40), unique=True)
    state: Mapped[ExchangeState] = mapped_column(enum_text(ExchangeState))
    options: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    size: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    same: Mapped[int] = mapped_column(default=0)
    conflicts: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    notes: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    reason: Mapped[str] = mapped_column(sa.String(60), default="")
    owner_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="SET NULL")
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ImportOrigin(Base):
    """What an article looked like outside (`digest`) and here (`result`) after its import.

    A `result` that differs from the article tells that a person has edited it since. An
    empty `digest` marks an import that was cut off half way.
    """

    __tablename__ = "import_origin"

    article_id: Mapped[int] = mapped_column(
        sa.ForeignKey("article.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(sa.String(64), default="")
    result: Mapped[str] = mapped_column(sa.String(64), default="")
    imported_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
