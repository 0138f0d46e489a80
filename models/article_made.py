"""What was made of an article for its page: its HTML, and what stands near it.

All of it can be made anew at any time; none of it decides who may read.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class ArticleMade(Base):
    """`html` (zlib) belongs to the text, hosts and renderer of the digest `made_from`, to no other.

    It is empty when it could not be made in time.
    `maker` is the renderer with its hosts; `near` holds, for each set of a reader's keys, the
    second it was looked up and the ids that were nearest then.
    """

    __tablename__ = "article_made"

    article_id: Mapped[int] = mapped_column(
        sa.ForeignKey("article.id", ondelete="CASCADE"), primary_key=True
    )
    made_from: Mapped[str] = mapped_column(sa.String(40))
    maker: Mapped[str] = mapped_column(sa.String(40), index=True)
    html: Mapped[bytes] = mapped_column(sa.LargeBinary)
    near: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
