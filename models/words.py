"""A site's own words and groups of words that mean the same, and the number of their state.

Every change moves `WordState.version` on in the same transaction, so that every process
notices by reading one row.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, UTCDateTime, enum_text, utcnow

STATE_ID = 1


class WordKind(StrEnum):
    """A word kept whole; a group found by any of its words; a group led to by its first."""

    WORD = "word"
    SAME = "same"
    ONE_WAY = "one_way"


class WordEntry(Base):
    """One line of a site's dictionary; a deleted one can be brought back.

    `words` as written; `key` is their normal form and `digest` a hash of kind and key, so
    that no line is there twice.
    """

    __tablename__ = "word_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[WordKind] = mapped_column(enum_text(WordKind), index=True)
    words: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    key: Mapped[str] = mapped_column(sa.String(1000))
    digest: Mapped[str] = mapped_column(sa.String(32), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    editor_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="SET NULL")
    )
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy wants a dict


class WordState(Base):
    """The one row that says which state the words are in; the migration makes it.

    `cut_by` names the words the index was last cut by; a worker compares it with those
    of now.
    """

    __tablename__ = "word_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    cut_by: Mapped[str] = mapped_column(sa.String(32), default="")


def word_version(session: Session) -> int:
    """The number of the present state."""
    return session.scalar(sa.select(WordState.version).where(WordState.id == STATE_ID)) or 0


def words_changed(session: Session) -> None:
    """Move the state on; call in the transaction of the change."""
    session.execute(
        sa.update(WordState).where(WordState.id == STATE_ID).values(version=WordState.version + 1)
    )


def words_cut_by(session: Session) -> str:
    """The name of the words the index was last cut by, whole."""
    return session.scalar(sa.select(WordState.cut_by).where(WordState.id == STATE_ID)) or ""


def note_cut(session: Session, name: str) -> None:
    """Remember that every document is now cut by these words."""
    session.execute(sa.update(WordState).where(WordState.id == STATE_ID).values(cut_by=name))
