"""Rules that change tickets by themselves: as they are, as they were, and what they did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, enum_text, utcnow


class RuleKind(StrEnum):
    """When a rule is looked at: on a change of the ticket, or every hour."""

    TRIGGER = "trigger"
    AUTOMATION = "automation"


class RunOutcome(StrEnum):
    """What became of a rule on a ticket: carried out, held back by a guard, or impossible."""

    DONE = "done"
    NOTHING = "nothing"
    LIMITED = "limited"
    LOOPED = "looped"
    FAILED = "failed"


class TicketRule(Base):
    """One rule; `body` is ticket_bridge.triggers.Rule as plain values, `next_at` an hour's tick."""

    __tablename__ = "ticket_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    kind: Mapped[RuleKind] = mapped_column(enum_text(RuleKind))
    body: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    is_active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy wants a dict


class TicketRuleVersion(Base):
    """A rule as somebody saved it."""

    __tablename__ = "ticket_rule_version"
    __table_args__ = (sa.UniqueConstraint("rule_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket_rule.id", ondelete="CASCADE"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(60))
    kind: Mapped[RuleKind] = mapped_column(enum_text(RuleKind))
    body: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    actor_name: Mapped[str] = mapped_column(sa.String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class TicketRuleRun(Base):
    """What a rule did on a ticket; once for a `cause`, however often its job is tried."""

    __tablename__ = "ticket_rule_run"
    __table_args__ = (
        sa.UniqueConstraint("rule_id", "ticket_id", "cause"),
        sa.Index("ix_ticket_rule_run_rule", "rule_id", "created_at"),
        sa.Index("ix_ticket_rule_run_ticket", "ticket_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket_rule.id", ondelete="CASCADE"))
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id", ondelete="CASCADE"))
    cause: Mapped[str] = mapped_column(sa.String(64))
    outcome: Mapped[RunOutcome] = mapped_column(enum_text(RunOutcome))
    changes: Mapped[list[list[str]]] = mapped_column(sa.JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
