"""Tickets: work for a person, its conversation, and a log that is only ever added to."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, UTCDateTime, enum_text, utcnow
from models.catalogue import ServiceNode
from models.question import Question
from models.taxonomy import Category, Product
from models.team import Team
from models.user import User


class TicketStatus(StrEnum):
    """新建 → 处理中 → 暂停 → 处理完毕 → 关闭; apart from that 隔离 and 删除, for a time."""

    NEW = "new"
    OPEN = "open"
    PAUSED = "paused"
    SOLVED = "solved"
    CLOSED = "closed"
    QUARANTINED = "quarantined"
    DELETED = "deleted"


class Standing(IntEnum):
    """Where a ticket stands in a queue, first things first."""

    DANGER = 0
    WAITING = 1
    ANSWERED = 2
    ENDED = 3
    HIDDEN = 4


class MessageKind(StrEnum):
    """Who may read a message: everybody on the ticket, or staff alone."""

    REPLY = "reply"
    NOTE = "note"


REPORTED = (
    "created_at", "status", "merged_into_id", "assignee_id", "team_id", "node_id", "category_id",
    "product_id", "channel", "priority", "rating", "first_reply_at", "solved_at", "id",
)  # fmt: skip


class Ticket(Base):
    """A question that needs a person; `version` guards against overwritten work."""

    __tablename__ = "ticket"
    __table_args__ = (
        sa.CheckConstraint("rating is null or rating between 1 and 5", name="rating"),
        sa.Index("ix_ticket_status_updated", "status", "updated_at"),
        # All that reports ask of a ticket: a year of them is read without touching their texts.
        sa.Index("ix_ticket_report", *REPORTED),
        sa.Index("ix_ticket_counts", "status", "assignee_id", "team_id"),
        sa.Index("ix_ticket_standing", "standing", "updated_at"),
        sa.Index("ix_ticket_merged_into", "merged_into_id"),
        sa.Index("ix_ticket_status_standing", "status", "standing", "updated_at"),
        sa.Index("ix_ticket_priority_standing", "priority", "standing", "updated_at"),
        sa.Index("ix_ticket_node_standing", "node_id", "standing", "updated_at"),
        sa.Index("ix_ticket_assignee_standing", "assignee_id", "standing", "updated_at"),
        sa.Index("ix_ticket_team_standing", "team_id", "standing", "updated_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(20), unique=True)
    question_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("question.id", ondelete="SET NULL"), unique=True
    )
    requester_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="SET NULL"), index=True
    )
    requester_key: Mapped[str] = mapped_column(sa.String(80), index=True)
    requester_name: Mapped[str] = mapped_column(sa.String(80), default="")
    requester_email: Mapped[str] = mapped_column(sa.String(254), default="")
    subject: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str] = mapped_column(sa.Text)
    status: Mapped[TicketStatus] = mapped_column(enum_text(TicketStatus), default=TicketStatus.NEW)
    category_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("category.id", ondelete="SET NULL"), index=True
    )
    product_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("product.id", ondelete="SET NULL"), index=True
    )
    assignee_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="SET NULL"), index=True
    )
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id", ondelete="SET NULL"))
    node_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("service_node.id", ondelete="SET NULL")
    )
    merged_into_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="SET NULL")
    )
    channel: Mapped[str] = mapped_column(sa.String(20), default="web")
    urgency: Mapped[int] = mapped_column(default=2)
    impact: Mapped[int] = mapped_column(default=2)
    priority: Mapped[int] = mapped_column(default=3)
    standing: Mapped[int] = mapped_column(default=Standing.WAITING)
    hidden_from: Mapped[str] = mapped_column(sa.String(32), default="")
    hidden_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    rating: Mapped[int | None]
    rating_comment: Mapped[str] = mapped_column(sa.String(1000), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    first_reply_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    solved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)

    question: Mapped[Question | None] = relationship()
    category: Mapped[Category | None] = relationship()
    product: Mapped[Product | None] = relationship()
    team: Mapped[Team | None] = relationship()
    node: Mapped[ServiceNode | None] = relationship()
    requester: Mapped[User | None] = relationship(foreign_keys=[requester_id])
    assignee: Mapped[User | None] = relationship(foreign_keys=[assignee_id])
    messages: Mapped[list[Message]] = relationship(
        cascade="all, delete-orphan", order_by="Message.id"
    )
    events: Mapped[list[TicketEvent]] = relationship(order_by="TicketEvent.id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy wants a dict


class Message(Base):
    """Something said on a ticket; `client_key` makes a repeated sending harmless."""

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="CASCADE"), index=True
    )
    author_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="SET NULL")
    )
    author_name: Mapped[str] = mapped_column(sa.String(80), default="")
    from_staff: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[MessageKind] = mapped_column(enum_text(MessageKind))
    body: Mapped[str] = mapped_column(sa.Text)
    client_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    held_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class TicketEvent(Base):
    """A change of a ticket; the database itself refuses to alter or delete one."""

    __tablename__ = "ticket_event"
    __table_args__ = (sa.Index("ix_ticket_event_change", "after", "before", "ticket_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="RESTRICT"), index=True
    )
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(sa.String(80), default="")
    action: Mapped[str] = mapped_column(sa.String(40))
    before: Mapped[str] = mapped_column(sa.String(200), default="")
    after: Mapped[str] = mapped_column(sa.String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
