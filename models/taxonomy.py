"""Two trees over the same articles: categories (类别) and products (产品)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from models.base import Base


class TreeNode:
    """The columns both trees share; siblings are ordered by `position`, then id."""

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    summary: Mapped[str] = mapped_column(sa.String(200), default="")
    icon: Mapped[str] = mapped_column(sa.String(40), default="")
    position: Mapped[int] = mapped_column(default=0)


class Category(TreeNode, Base):
    """A subject an article belongs to."""

    __tablename__ = "category"

    @declared_attr
    def parent_id(cls) -> Mapped[int | None]:  # noqa: N805  declared_attr passes the class
        """The node above, or None at the top."""
        return mapped_column(sa.ForeignKey("category.id", ondelete="RESTRICT"), index=True)


class Product(TreeNode, Base):
    """A thing the articles are about."""

    __tablename__ = "product"

    @declared_attr
    def parent_id(cls) -> Mapped[int | None]:  # noqa: N805  declared_attr passes the class
        """The node above, or None at the top."""
        return mapped_column(sa.ForeignKey("product.id", ondelete="RESTRICT"), index=True)
