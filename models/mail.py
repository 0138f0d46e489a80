"""Mail: the boxes it comes from, every mail that came, every mail that goes, and its rules.

A mail that came is a row as soon as its bytes are on the disk; a mail that goes has one key and
one Message-ID however often it is tried.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, UTCDateTime, enum_text, utcnow


class BoxKind(StrEnum):
    """How mail is taken out of a box."""

    IMAP = "imap"
    POP3 = "pop3"


class BoxSecurity(StrEnum):
    """How a connection is protected; `none` only within this machine."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class MailInState(StrEnum):
    """Where a mail that came is on its way; `asked` is stored as a question, not yet answered."""

    NEW = "new"
    ASKED = "asked"
    DONE = "done"
    IGNORED = "ignored"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


class MailOutState(StrEnum):
    """Where a mail that goes is: held for a second reader, on its way, or at an end."""

    HELD = "held"
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    STOPPED = "stopped"


class MailDeed(StrEnum):
    """What a rule does with a mail."""

    ROUTE = "route"
    SILENT = "silent"
    IGNORE = "ignore"


def _gone(target: str) -> sa.ForeignKey:
    return sa.ForeignKey(target, ondelete="SET NULL")


class Mailbox(Base):
    """One address customers write to. `secret` and `oauth_secret` are sealed, never plain.

    `last_uid` is the highest UID taken over under `uid_validity` (IMAP only).
    """

    __tablename__ = "mailbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    address: Mapped[str] = mapped_column(sa.String(254), unique=True)
    kind: Mapped[BoxKind] = mapped_column(enum_text(BoxKind), default=BoxKind.IMAP)
    host: Mapped[str] = mapped_column(sa.String(200))
    port: Mapped[int]
    security: Mapped[BoxSecurity] = mapped_column(enum_text(BoxSecurity), default=BoxSecurity.TLS)
    username: Mapped[str] = mapped_column(sa.String(254))
    secret: Mapped[str] = mapped_column(sa.Text, default="")
    oauth_url: Mapped[str] = mapped_column(sa.String(400), default="")
    oauth_client: Mapped[str] = mapped_column(sa.String(200), default="")
    oauth_secret: Mapped[str] = mapped_column(sa.Text, default="")
    oauth_scope: Mapped[str] = mapped_column(sa.String(400), default="")
    folder: Mapped[str] = mapped_column(sa.String(100), default="INBOX")
    done_folder: Mapped[str] = mapped_column(sa.String(100), default="")
    smtp_host: Mapped[str] = mapped_column(sa.String(200), default="")
    smtp_port: Mapped[int] = mapped_column(default=465)
    smtp_security: Mapped[BoxSecurity] = mapped_column(
        enum_text(BoxSecurity), default=BoxSecurity.TLS
    )
    tags: Mapped[bool] = mapped_column(default=False)
    answers: Mapped[bool] = mapped_column(default=True)
    receipts: Mapped[bool] = mapped_column(default=True)
    second_reader: Mapped[bool] = mapped_column(default=False)
    team_id: Mapped[int | None] = mapped_column(_gone("team.id"))
    is_active: Mapped[bool] = mapped_column(default=True)
    uid_validity: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    last_uid: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    leased_by: Mapped[str] = mapped_column(sa.String(80), default="")
    leased_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    fault: Mapped[str] = mapped_column(sa.String(300), default="")
    faults: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class MailIn(Base):
    """A mail that came. Its bytes lie in the data folder under `raw_hash` until they are old.

    `uid` is unique in its box, `digest` among all mail that was read: copies count once.
    """

    __tablename__ = "mail_in"
    __table_args__ = (
        sa.UniqueConstraint("mailbox_id", "uid"),
        sa.Index("ix_mail_in_state_received", "state", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mailbox_id: Mapped[int | None] = mapped_column(_gone("mailbox.id"), index=True)
    uid: Mapped[str] = mapped_column(sa.String(120))
    raw_hash: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    state: Mapped[MailInState] = mapped_column(enum_text(MailInState), default=MailInState.NEW)
    outcome: Mapped[str] = mapped_column(sa.String(40), default="")
    reason: Mapped[str] = mapped_column(sa.String(100), default="")
    message_id: Mapped[str] = mapped_column(sa.String(250), default="", index=True)
    digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    sender: Mapped[str] = mapped_column(sa.String(254), default="")
    subject: Mapped[str] = mapped_column(sa.String(200), default="")
    ticket_id: Mapped[int | None] = mapped_column(_gone("ticket.id"), index=True)
    question_id: Mapped[int | None] = mapped_column(_gone("question.id"), index=True)
    released: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    mailbox: Mapped[Mailbox | None] = relationship()


class MailOut(Base):
    """A mail that goes: `key` makes it one however often it is asked for.

    The body is kept until the mail is gone; then it stands in its ticket alone.
    """

    __tablename__ = "mail_out"
    __table_args__ = (
        sa.Index("ix_mail_out_to", "to_email", "created_at"),
        sa.Index("ix_mail_out_state", "state", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    message_id: Mapped[str] = mapped_column(sa.String(250), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    automatic: Mapped[bool] = mapped_column(default=True)
    to_email: Mapped[str] = mapped_column(sa.String(254))
    subject: Mapped[str] = mapped_column(sa.String(300))
    body: Mapped[str] = mapped_column(sa.Text, default="")
    headers: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    mailbox_id: Mapped[int | None] = mapped_column(_gone("mailbox.id"))
    ticket_id: Mapped[int | None] = mapped_column(_gone("ticket.id"), index=True)
    question_id: Mapped[int | None] = mapped_column(_gone("question.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(_gone("user_account.id"))
    state: Mapped[MailOutState] = mapped_column(enum_text(MailOutState))
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class MailStop(Base):
    """An address nothing is sent to any more, because mail to it came back."""

    __tablename__ = "mail_stop"

    email: Mapped[str] = mapped_column(sa.String(254), primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class MailRule(Base):
    """Words in a mail and what follows; the first rule in order that fits is the one."""

    __tablename__ = "mail_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(sa.String(60))
    place: Mapped[str] = mapped_column(sa.String(20), default="subject")
    words: Mapped[str] = mapped_column(sa.Text)
    mailbox_id: Mapped[int | None] = mapped_column(sa.ForeignKey("mailbox.id", ondelete="CASCADE"))
    deed: Mapped[MailDeed] = mapped_column(enum_text(MailDeed), default=MailDeed.ROUTE)
    team_id: Mapped[int | None] = mapped_column(_gone("team.id"))
    urgency: Mapped[int | None]
    reply_id: Mapped[int | None] = mapped_column(_gone("quick_reply.id"))
    hits: Mapped[int] = mapped_column(default=0)
