"""What the worker last put into the index, row by row, with its vectors.

This is the resident catalogue's source: filters and vectors of every indexed document.
It is disposable; a rebuild writes it anew from articles and questions.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, utcnow


class IndexEntry(Base):
    """One document of the index; `gone` rows tell other processes of a removal.

    Vectors are float16 little-endian bytes, unit length before rounding; empty when
    the document has not been encoded (yet).
    """

    __tablename__ = "index_entry"

    doc_id: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(40))
    access_keys: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    categories: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    products: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    encoder: Mapped[str] = mapped_column(sa.String(80), default="")
    title_vector: Mapped[bytes] = mapped_column(sa.LargeBinary, default=b"")
    body_vector: Mapped[bytes] = mapped_column(sa.LargeBinary, default=b"")
    gone: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
