"""Files by content: the bytes lie in the data folder under their SHA-256, once each."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, UTCDateTime, utcnow
from models.viewer import Viewer


class AttachmentAccess(Base):
    """One access key of one file; a file without any is as open as its article."""

    __tablename__ = "attachment_access"

    attachment_id: Mapped[int] = mapped_column(
        sa.ForeignKey("attachment.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)


class Attachment(Base):
    """A file of one article; readable by whoever may read the article, or by fewer.

    One that was taken away (`removed_at`) stays for the versions of the article that show it.
    """

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(
        sa.ForeignKey("article.id", ondelete="CASCADE"), index=True
    )
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    filename: Mapped[str] = mapped_column(sa.String(200))
    media_type: Mapped[str] = mapped_column(sa.String(100))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    uploader_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="SET NULL")
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    access: Mapped[list[AttachmentAccess]] = relationship(
        cascade="all, delete-orphan", order_by=AttachmentAccess.key
    )

    @staticmethod
    def restricted() -> sa.ColumnElement[bool]:
        """Whether the file has keys of its own; its text stays out of the search then."""
        return sa.exists().where(AttachmentAccess.attachment_id == Attachment.id)

    @staticmethod
    def searchable() -> sa.ColumnElement[bool]:
        """Whether whoever reads the article may know of the file: search speaks of no other."""
        return sa.and_(Attachment.removed_at.is_(None), sa.not_(Attachment.restricted()))

    @staticmethod
    def open_to(viewer: Viewer) -> sa.ColumnElement[bool]:
        """What the file asks for beyond its article, as SQL."""
        opened = AttachmentAccess.key.in_(sorted(viewer.keys))
        mine = sa.exists().where(AttachmentAccess.attachment_id == Attachment.id, opened)
        return sa.or_(sa.not_(Attachment.restricted()), mine)

    def is_open_to(self, viewer: Viewer) -> bool:
        """The same in Python."""
        keys = {entry.key for entry in self.access}
        return not keys or bool(keys & viewer.keys)
