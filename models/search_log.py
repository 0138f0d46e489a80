"""What was asked, what was shown, what was opened: the raw material of insight."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, enum_text, utcnow


class SearchSource(StrEnum):
    """Where a search came from."""

    PAGE = "page"
    SUGGEST = "suggest"
    ASK = "ask"
    API = "api"


class SearchLog(Base):
    """One search; `searcher_key` is a hash that changes monthly (kb_app.searchers)."""

    __tablename__ = "search_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(sa.String(400))
    source: Mapped[SearchSource] = mapped_column(enum_text(SearchSource))
    searcher_key: Mapped[str] = mapped_column(sa.String(80), index=True)
    total: Mapped[int]
    page: Mapped[int] = mapped_column(default=1)
    shown: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    took_ms: Mapped[float]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)


class SearchClick(Base):
    """An article opened from a search, and at which place it stood (1 = first)."""

    __tablename__ = "search_click"
    __table_args__ = (sa.UniqueConstraint("search_id", "article_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    search_id: Mapped[int] = mapped_column(sa.ForeignKey("search_log.id", ondelete="CASCADE"))
    article_id: Mapped[int] = mapped_column(
        sa.ForeignKey("article.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
