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


class CategoryAccess(Base):
    """One access key of one category; a category without any is as open as the one above."""

    __tablename__ = "category_access"

    category_id: Mapped[int] = mapped_column(
        sa.ForeignKey("category.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)


class Product(TreeNode, Base):
    """A thing the articles are about."""

    __tablename__ = "product"

    @declared_attr
    def parent_id(cls) -> Mapped[int | None]:  # noqa: N805  declared_attr passes the class
        """The node above, or None at the top."""
        return mapped_column(sa.ForeignKey("product.id", ondelete="RESTRICT"), index=True)


class TreeRedirect(Base):
    """An address a node of a tree once had; `kind` is the table's name."""

    __tablename__ = "tree_redirect"

    kind: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    node_id: Mapped[int]
