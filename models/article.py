"""Articles, who may read them, what they were before, and how they are doing.

`Article.visible_to` is the one reading rule; `is_visible` is its Python twin (a test
proves that they agree).
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, UTCDateTime, enum_text, utcnow
from models.taxonomy import Category, Product
from models.user import User
from models.viewer import Viewer


class ArticleStatus(StrEnum):
    """Where an article is in its life."""

    DRAFT = "draft"
    REVIEW = "review"
    PUBLISHED = "published"
    ARCHIVED = "archived"


article_product = sa.Table(
    "article_product",
    Base.metadata,
    sa.Column("article_id", sa.ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "product_id", sa.ForeignKey("product.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
)


HEAT_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
HEAT_HALF_LIFE_DAYS = 14.0


def heat_weight(at: datetime) -> float:
    """What one event at `at` adds to a heat: newer events weigh more, old ones never change.

    Forward decay (Cormode et al. 2009): today's heat is the stored sum / heat_weight(now).
    """
    return float(2.0 ** ((at - HEAT_EPOCH).total_seconds() / 86400 / HEAT_HALF_LIFE_DAYS))


class ArticleAccess(Base):
    """One access key of one article (see models.viewer).

    `own` keys were chosen for the article; `opens` keys decide, after what its category
    allows (see models.access).
    """

    __tablename__ = "article_access"

    article_id: Mapped[int] = mapped_column(
        sa.ForeignKey("article.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True, index=True)
    own: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    opens: Mapped[bool] = mapped_column(default=True, server_default=sa.true())


class Article(Base):
    """A piece of knowledge, Markdown at heart; `version` guards against lost edits."""

    __tablename__ = "article"

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(120), unique=True)
    slug: Mapped[str] = mapped_column(sa.String(160), unique=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str] = mapped_column(sa.Text, default="")
    phrasings: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    status: Mapped[ArticleStatus] = mapped_column(
        enum_text(ArticleStatus), default=ArticleStatus.DRAFT, index=True
    )
    category_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("category.id", ondelete="RESTRICT"), index=True
    )
    author_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="SET NULL")
    )
    source_ticket_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="SET NULL"), unique=True
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    content_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=utcnow)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    version: Mapped[int] = mapped_column(default=1)

    category: Mapped[Category | None] = relationship()
    products: Mapped[list[Product]] = relationship(secondary=article_product, order_by=Product.id)
    author: Mapped[User | None] = relationship()
    access: Mapped[list[ArticleAccess]] = relationship(
        cascade="all, delete-orphan", order_by=ArticleAccess.key
    )
    stats: Mapped[ArticleStats | None] = relationship(cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy wants a dict

    @property
    def access_keys(self) -> frozenset[str]:
        """The keys of which a reader needs at least one."""
        return frozenset(entry.key for entry in self.access if entry.opens is not False)

    @property
    def own_keys(self) -> frozenset[str]:
        """The keys that were chosen for the article itself, whatever its category allows."""
        return frozenset(entry.key for entry in self.access if entry.own is not False)

    @staticmethod
    def visible_to(viewer: Viewer) -> sa.ColumnElement[bool]:
        """The reading rule as SQL: published, not deleted, not run out, and a key in common."""
        return Article.open_to(viewer.keys, utcnow())

    @staticmethod
    def open_to(
        keys: frozenset[str], now: datetime | sa.ColumnElement[Any]
    ) -> sa.ColumnElement[bool]:
        """The same for whoever holds these keys, at a moment that may be given later."""
        opened = sa.exists().where(
            ArticleAccess.article_id == Article.id,
            ArticleAccess.opens.is_(True),
            ArticleAccess.key.in_(sorted(keys)),
        )
        return sa.and_(
            Article.status == ArticleStatus.PUBLISHED,
            Article.deleted_at.is_(None),
            sa.or_(Article.expires_at.is_(None), Article.expires_at > now),
            opened,
        )

    def is_visible(self, viewer: Viewer) -> bool:
        """The same rule in Python."""
        return (
            self.status is ArticleStatus.PUBLISHED
            and self.deleted_at is None
            and (self.expires_at is None or self.expires_at > utcnow())
            and bool(self.access_keys & viewer.keys)
        )


class ArticleRevision(Base):
    """What an article said at one moment; never changed afterwards.

    `version` is the article's own, so that whoever began from it can be merged.
    """

    __tablename__ = "article_revision"
    __table_args__ = (sa.UniqueConstraint("article_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(sa.ForeignKey("article.id", ondelete="CASCADE"))
    number: Mapped[int]
    version: Mapped[int | None]
    title: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str] = mapped_column(sa.Text)
    status: Mapped[ArticleStatus] = mapped_column(enum_text(ArticleStatus))
    editor_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="SET NULL")
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    editor: Mapped[User | None] = relationship()


class ArticleStats(Base):
    """Counters that change often, kept apart so that a vote never disturbs an edit.

    `heat` is a forward-decayed sum (see `heat_weight`): it orders articles by recent use
    without ever being cooled; `examined` (looks that a place on a results page is worth) and
    `clicked` are such sums too, `shown` is a plain count. `changed_at` lets every process
    pick up changes alone.
    """

    __tablename__ = "article_stats"

    article_id: Mapped[int] = mapped_column(
        sa.ForeignKey("article.id", ondelete="CASCADE"), primary_key=True
    )
    helpful: Mapped[int] = mapped_column(default=0)
    unhelpful: Mapped[int] = mapped_column(default=0)
    views: Mapped[int] = mapped_column(default=0)
    clicks: Mapped[int] = mapped_column(default=0)
    solved: Mapped[int] = mapped_column(default=0)
    heat: Mapped[float] = mapped_column(default=0.0, index=True)
    shown: Mapped[int] = mapped_column(default=0)
    examined: Mapped[float] = mapped_column(default=0.0)
    clicked: Mapped[float] = mapped_column(default=0.0)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
