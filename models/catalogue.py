"""The service catalogue (up to five levels), its forms by version, and what was filled in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, UTCDateTime, utcnow
from models.team import Team


class ServiceNode(Base):
    """A thing customers may ask for; what it does not say itself, the node above says."""

    __tablename__ = "service_node"

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("service_node.id", ondelete="RESTRICT"), index=True
    )
    name: Mapped[str] = mapped_column(sa.String(60))
    summary: Mapped[str] = mapped_column(sa.String(200), default="")
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    team_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("team.id", ondelete="SET NULL"), index=True
    )
    skill: Mapped[str] = mapped_column(sa.String(40), default="")
    impact: Mapped[int] = mapped_column(default=2)
    version: Mapped[int] = mapped_column(default=1)

    team: Mapped[Team | None] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy wants a dict


class FormVersion(Base):
    """The fields of a node's form as they were from one moment on; never changed, only followed."""

    __tablename__ = "form_version"
    __table_args__ = (sa.UniqueConstraint("node_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    node_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service_node.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[int]
    fields: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    editor_name: Mapped[str] = mapped_column(sa.String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class QuestionForm(Base):
    """What came with a question: the chosen node, how urgent, and the fields as filled in."""

    __tablename__ = "question_form"

    question_id: Mapped[int] = mapped_column(
        sa.ForeignKey("question.id", ondelete="CASCADE"), primary_key=True
    )
    node_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("service_node.id", ondelete="SET NULL"), index=True
    )
    version_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("form_version.id", ondelete="SET NULL")
    )
    urgency: Mapped[int] = mapped_column(default=2)
    answers: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)

    version: Mapped[FormVersion | None] = relationship()


class FormFile(Base):
    """A file sent with a form; the bytes lie in the data folder under their SHA-256."""

    __tablename__ = "form_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(
        sa.ForeignKey("question.id", ondelete="CASCADE"), index=True
    )
    field: Mapped[str] = mapped_column(sa.String(40))
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    filename: Mapped[str] = mapped_column(sa.String(200))
    media_type: Mapped[str] = mapped_column(sa.String(100))
    size: Mapped[int] = mapped_column(sa.BigInteger)
