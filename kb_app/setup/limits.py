"""Time promises by customer, catalogue and priority."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.cards import Choice
from kb_app.errors import InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.setup.agents import calendar_choices
from kb_app.setup.catalogue import node_choices
from kb_app.typed_text import clean_line, required
from models import (
    CustomerGroup,
    CustomerLevel,
    ServiceNode,
    TimeLimit,
    Viewer,
    WorkCalendar,
    reading,
    record,
    unit_of_work,
)
from ticket_bridge.sla import LOWEST_PRIORITY

LONGEST_MINUTES = 60 * 24 * 366


@dataclass(frozen=True)
class LimitRow:
    """A promise in words."""

    limit_id: int
    name: str
    node: str
    customer: str
    priority: int | None
    calendar: str
    response_minutes: int
    resolution_minutes: int


@dataclass(frozen=True)
class LimitsPage:
    """All promises, the most particular last, and what one can choose from."""

    rows: tuple[LimitRow, ...]
    nodes: tuple[Choice, ...]
    groups: tuple[Choice, ...]
    levels: tuple[Choice, ...]
    calendars: tuple[Choice, ...]
    open: LimitInput | None
    open_id: int | None


@dataclass(frozen=True)
class LimitInput:
    """A promise as the form sent it."""

    name: str
    node_id: int | None
    group_id: int | None
    level_id: int | None
    priority: int | None
    calendar_id: int | None
    response_minutes: int | None
    resolution_minutes: int | None


def limits(ports: Ports, viewer: Viewer, open_id: int | None) -> LimitsPage:
    """Every promise the site makes."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        nodes, calendars = node_choices(session), calendar_choices(session)
        groups, levels = customer_choices(session)
        names = {choice.id: choice.label.strip("　") for choice in nodes}
        found = session.scalars(sa.select(TimeLimit).where(TimeLimit.is_active)).all()
        customers = {("group", c.id): c.label for c in groups}
        customers |= {("level", c.id): c.label for c in levels}
        hours = {choice.id: choice.label for choice in calendars}
        rows = tuple(
            LimitRow(
                limit.id,
                limit.name,
                names.get(limit.node_id or 0, ""),
                customers.get(("group", limit.group_id or 0))
                or customers.get(("level", limit.level_id or 0), ""),
                limit.priority,
                hours.get(limit.calendar_id or 0, ""),
                limit.response_minutes,
                limit.resolution_minutes,
            )
            for limit in sorted(found, key=_named)
        )
        opened = next((limit for limit in found if limit.id == open_id), None)
        form = _form(opened) if opened else None
        return LimitsPage(rows, nodes, groups, levels, calendars, form, open_id if form else None)


def _named(limit: TimeLimit) -> tuple[int, int]:
    said = (limit.node_id, limit.group_id, limit.level_id, limit.priority)
    return (sum(fact is not None for fact in said), limit.id)


def _form(limit: TimeLimit) -> LimitInput:
    return LimitInput(**{key: getattr(limit, key) for key in LimitInput.__dataclass_fields__})


def customer_choices(session: Session) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
    """Groups and levels of customers."""
    groups = session.scalars(sa.select(CustomerGroup).order_by(CustomerGroup.name))
    levels = session.scalars(sa.select(CustomerLevel).order_by(CustomerLevel.rank))
    return (
        tuple(Choice(group.id, group.name) for group in groups),
        tuple(Choice(level.id, level.name) for level in levels),
    )


def save_limit(ports: Ports, viewer: Viewer, limit_id: int | None, form: LimitInput) -> int:
    """Promise this from now on; tickets keep what they were promised."""
    require(viewer, Permission.MANAGE_DESK)
    name = required("name", clean_line(form.name), 60)
    response = _minutes("response_minutes", form.response_minutes)
    resolution = _minutes("resolution_minutes", form.resolution_minutes)
    if resolution < response:
        raise InvalidInput("resolution_minutes", "before")
    if form.priority is not None and not 1 <= form.priority <= LOWEST_PRIORITY:
        raise InvalidInput("priority", "unknown")
    with unit_of_work(ports.database) as session:
        _check_places(session, form)
        found = session.get(TimeLimit, limit_id) if limit_id else TimeLimit()
        if found is None:
            raise NotFound(limit_id)
        for key in LimitInput.__dataclass_fields__:
            setattr(found, key, getattr(form, key))
        found.name = name
        session.add(found)
        session.flush()
        record(session, viewer, "limit.saved", f"limit:{found.id}", response=response)
        return found.id


def _check_places(session: Session, form: LimitInput) -> None:
    places = (
        ("node_id", ServiceNode, form.node_id),
        ("group_id", CustomerGroup, form.group_id),
        ("level_id", CustomerLevel, form.level_id),
        ("calendar_id", WorkCalendar, form.calendar_id),
    )
    for field, kind, place_id in places:
        if place_id is not None and session.get(kind, place_id) is None:
            raise InvalidInput(field, "unknown")


def _minutes(field: str, value: int | None) -> int:
    if value is None or not 1 <= value <= LONGEST_MINUTES:
        raise InvalidInput(field, "range")
    return value


def delete_limit(ports: Ports, viewer: Viewer, limit_id: int) -> None:
    """Promise it no more; tickets keep what they were promised."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        found = session.get(TimeLimit, limit_id)
        if found is None:
            raise NotFound(limit_id)
        session.delete(found)
        record(session, viewer, "limit.deleted", f"limit:{limit_id}", name=found.name)
