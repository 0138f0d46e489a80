"""People as a body: brought in from a sheet, joined, invited, with fields of the site's own."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, enum_text, utcnow
from models.viewer import Role


def _person() -> sa.ForeignKey:
    return sa.ForeignKey("user_account.id", ondelete="SET NULL")


class PeopleImportState(StrEnum):
    """Columns are asked for; counted and waiting for a yes; written; could not be read."""

    MAPPING = "mapping"
    CHECKED = "checked"
    DONE = "done"
    FAILED = "failed"


class PeopleImport(Base):
    """A sheet of customers: `rows` are kept until it is written, then only the counts."""

    __tablename__ = "people_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(_person())
    filename: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[PeopleImportState] = mapped_column(
        enum_text(PeopleImportState), default=PeopleImportState.MAPPING
    )
    reason: Mapped[str] = mapped_column(sa.String(60), default="")
    rows: Mapped[list[list[str]]] = mapped_column(sa.JSON, default=list)
    mapping: Mapped[dict[str, int]] = mapped_column(sa.JSON, default=dict)
    counts: Mapped[dict[str, int]] = mapped_column(sa.JSON, default=dict)
    notes: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)


class PersonMerge(Base):
    """Two accounts that were one person; `moved` is what would go back when it is undone."""

    __tablename__ = "person_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int | None] = mapped_column(_person(), index=True)
    gone_id: Mapped[int | None] = mapped_column(_person(), index=True)
    moved: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    actor_name: Mapped[str] = mapped_column(sa.String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Invitation(Base):
    """Somebody asked to work here; the link in the mail carries `nonce`, renewed by resending."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    role: Mapped[Role] = mapped_column(enum_text(Role))
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id", ondelete="SET NULL"))
    inviter_name: Mapped[str] = mapped_column(sa.String(80), default="")
    nonce: Mapped[str] = mapped_column(sa.String(40))
    user_id: Mapped[int | None] = mapped_column(_person())
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class FieldSet(Base):
    """The site's own fields of one kind of thing: `customer` or `article`."""

    __tablename__ = "field_set"

    about: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    fields: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy wants a dict


class CustomerFacts(Base):
    """What a customer's own fields hold."""

    __tablename__ = "customer_facts"

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    answers: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy wants a dict


class ArticleFacts(Base):
    """What an article's own fields hold."""

    __tablename__ = "article_facts"

    article_id: Mapped[int] = mapped_column(
        sa.ForeignKey("article.id", ondelete="CASCADE"), primary_key=True
    )
    answers: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy wants a dict


class OutsidePanel(Base):
    """A page of another system shown beside tickets; what it is told is signed with `secret`."""

    __tablename__ = "outside_panel"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    url: Mapped[str] = mapped_column(sa.String(400))
    height: Mapped[int] = mapped_column(default=320)
    secret: Mapped[str] = mapped_column(sa.Text)
    is_active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy wants a dict
