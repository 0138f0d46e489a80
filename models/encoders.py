"""Whose vectors are searched, and the vectors of the encoder that is to follow it.

All of it is disposable: without it the configured encoder is at work, and what lacks
vectors is encoded anew.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, UTCDateTime, utcnow

IN_USE_ID = 1


class EncoderInUse(Base):
    """The encoder whose vectors IndexEntry holds; one row, none before the first worker ran.

    `spec` is how it is loaded (as in the configuration), `name` what its vectors are marked by.
    """

    __tablename__ = "encoder_in_use"

    id: Mapped[int] = mapped_column(primary_key=True)
    spec: Mapped[str] = mapped_column(sa.String(400))
    name: Mapped[str] = mapped_column(sa.String(80))
    since: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class VectorsToCome(Base):
    """One document's vectors by another encoder, and the text they were made from."""

    __tablename__ = "vectors_to_come"

    doc_id: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    encoder: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(40))
    title_vector: Mapped[bytes] = mapped_column(sa.LargeBinary)
    body_vector: Mapped[bytes] = mapped_column(sa.LargeBinary)


class TokensToCome(Base):
    """The same of the tokens of one passage (see PassageTokens)."""

    __tablename__ = "tokens_to_come"

    doc_id: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    encoder: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tokens: Mapped[bytes] = mapped_column(sa.LargeBinary)


def encoder_in_use(session: Session) -> EncoderInUse | None:
    """The row."""
    return session.get(EncoderInUse, IN_USE_ID)
