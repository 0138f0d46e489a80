"""What the encoder makes of every token of a passage: read when a search looks closely.

Disposable like IndexEntry, beside which it is written; kept apart because it is large and
only the passages of a search's first documents are ever read.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class PassageTokens(Base):
    """Row `number` of a document's passages: int8 bytes, token_dimensions a token."""

    __tablename__ = "passage_tokens"

    doc_id: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tokens: Mapped[bytes] = mapped_column(sa.LargeBinary)
