"""What makes the desk a place to work together: views, replies, watching, drafts, notices."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, enum_text, utcnow


class LinkKind(StrEnum):
    """How two tickets belong together; `split` points from the old one to the new one."""

    RELATED = "related"
    DUPLICATE = "duplicate"
    SPLIT = "split"


def _ticket() -> sa.ForeignKey:
    return sa.ForeignKey("ticket.id", ondelete="CASCADE")


def _user() -> sa.ForeignKey:
    return sa.ForeignKey("user_account.id", ondelete="CASCADE")


class Plan(StrEnum):
    """Where new tickets go: all to one desk, by channel, or by catalogue."""

    ONE = "one"
    CHANNEL = "channel"
    CATALOGUE = "catalogue"


class DeskSettings(Base):
    """The desk's own rules; one row, made when it is first saved."""

    __tablename__ = "desk_settings"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan: Mapped[Plan] = mapped_column(enum_text(Plan), default=Plan.CATALOGUE)
    desk_team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id", ondelete="SET NULL"))
    close_days: Mapped[int] = mapped_column(default=3)


class SavedView(Base):
    """A kept list of tickets; everybody's when it has no owner."""

    __tablename__ = "saved_view"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(_user(), index=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    rules: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    columns: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class QuickReply(Base):
    """A text agents use again, with placeholders; `/shortcut` brings it into a reply."""

    __tablename__ = "quick_reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(_user(), index=True)
    title: Mapped[str] = mapped_column(sa.String(80))
    shortcut: Mapped[str] = mapped_column(sa.String(30), default="")
    body: Mapped[str] = mapped_column(sa.Text)
    uses: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class TicketWatch(Base):
    """One person's interest in a ticket: following it, having it marked with a star."""

    __tablename__ = "ticket_watch"

    ticket_id: Mapped[int] = mapped_column(_ticket(), primary_key=True)
    user_id: Mapped[int] = mapped_column(_user(), primary_key=True, index=True)
    follows: Mapped[bool] = mapped_column(default=False)
    starred: Mapped[bool] = mapped_column(default=False)


class TicketCopy(Base):
    """Somebody outside who gets the replies too."""

    __tablename__ = "ticket_copy"

    ticket_id: Mapped[int] = mapped_column(_ticket(), primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), primary_key=True)


class TicketTag(Base):
    """A word staff put on a ticket."""

    __tablename__ = "ticket_tag"

    ticket_id: Mapped[int] = mapped_column(_ticket(), primary_key=True)
    tag: Mapped[str] = mapped_column(sa.String(30), primary_key=True, index=True)


class TicketLink(Base):
    """Two tickets that belong together."""

    __tablename__ = "ticket_link"

    from_id: Mapped[int] = mapped_column(_ticket(), primary_key=True)
    to_id: Mapped[int] = mapped_column(_ticket(), primary_key=True, index=True)
    kind: Mapped[LinkKind] = mapped_column(enum_text(LinkKind))


class TicketDraft(Base):
    """What an agent has typed but not sent, kept for every device they use."""

    __tablename__ = "ticket_draft"

    ticket_id: Mapped[int] = mapped_column(_ticket(), primary_key=True)
    user_id: Mapped[int] = mapped_column(_user(), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10), default="reply")
    body: Mapped[str] = mapped_column(sa.Text)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class TicketPresence(Base):
    """Who has a ticket open, and whether they are writing."""

    __tablename__ = "ticket_presence"

    ticket_id: Mapped[int] = mapped_column(_ticket(), primary_key=True)
    user_id: Mapped[int] = mapped_column(_user(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    typing: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)


class DeskNotice(Base):
    """Something an agent should know; one of a kind for a person, a ticket and a `mark`."""

    __tablename__ = "desk_notice"
    __table_args__ = (sa.UniqueConstraint("user_id", "ticket_id", "kind", "mark"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(_user())
    ticket_id: Mapped[int] = mapped_column(_ticket(), index=True)
    kind: Mapped[str] = mapped_column(sa.String(30))
    mark: Mapped[str] = mapped_column(sa.String(60), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class BulkDeed(Base):
    """A change of many tickets, with what each was before, so that it can be taken back."""

    __tablename__ = "bulk_deed"

    id: Mapped[int] = mapped_column(primary_key=True)
    actor_id: Mapped[int] = mapped_column(_user(), index=True)
    action: Mapped[str] = mapped_column(sa.String(30))
    before: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class HeldReply(Base):
    """A reply that may still be taken back, and what taking it back restores."""

    __tablename__ = "held_reply"

    message_id: Mapped[int] = mapped_column(
        sa.ForeignKey("message.id", ondelete="CASCADE"), primary_key=True
    )
    job_ids: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    before: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    until: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
