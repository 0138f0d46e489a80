"""Tickets by the calendar: each date makes one ticket, dates missed while nothing ran make one."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.cards import Choice
from kb_app.errors import EditConflict, InvalidInput, WendaError
from kb_app.permissions import Permission, require
from kb_app.plans.letters import LEFT_OUT, LEFT_OUT_NOTE, MISSED_NOTE, SCHEDULE_ACTOR
from kb_app.plans.opening import NewTicket, add_note, begin, count_use, customer_of, typed_of
from kb_app.plans.templates import ticket_of
from kb_app.ports import Ports
from kb_app.rows import row_of
from kb_app.ticket_facts import to_agent, to_team
from kb_app.typed_text import clean_line, required
from models import (
    Role,
    ScheduledTicket,
    ServiceNode,
    Ticket,
    TicketSchedule,
    TicketTemplate,
    Viewer,
    reading,
    record,
    unit_of_work,
)
from ticket_bridge.rhythm import BadRhythm, Every, Rhythm, checked, missed, next_after, upcoming

SHOWN = 3
PAST = 5


@dataclass(frozen=True)
class ScheduleInput:
    """A schedule as the form sent it."""

    name: str
    template_id: int | None
    rhythm: Rhythm
    version: int = 0


@dataclass(frozen=True)
class MadeRow:
    """A ticket that a date made, or why it made none."""

    due_at: datetime
    number: str
    missed: int
    fault: str


@dataclass(frozen=True)
class ScheduleRow:
    """A schedule with its next times and its last tickets."""

    schedule_id: int
    name: str
    template_id: int
    template_name: str
    rhythm: Rhythm
    is_active: bool
    coming: tuple[datetime, ...]
    made: tuple[MadeRow, ...]
    version: int


@dataclass(frozen=True)
class SchedulesPage:
    """All of them, and the one that is being changed."""

    rows: tuple[ScheduleRow, ...]
    open: ScheduleRow | None
    templates: tuple[Choice, ...]
    timezone: str


def schedules(ports: Ports, viewer: Viewer, open_id: int | None) -> SchedulesPage:
    """All of them."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        found = session.scalars(sa.select(TicketSchedule).order_by(TicketSchedule.name)).all()
        rows = tuple(_row(ports, session, each) for each in found)
        templates = session.execute(
            sa.select(TicketTemplate.id, TicketTemplate.name).order_by(TicketTemplate.name)
        )
        choices = tuple(Choice(row[0], row[1]) for row in templates)
    opened = next((row for row in rows if row.schedule_id == open_id), None)
    return SchedulesPage(rows, opened, choices, ports.config.timezone)


def _row(ports: Ports, session: Session, row: TicketSchedule) -> ScheduleRow:
    rhythm = rhythm_of(row.rhythm)
    zone = ZoneInfo(ports.config.timezone)
    made = session.execute(
        sa.select(ScheduledTicket, Ticket.number)
        .outerjoin(Ticket, Ticket.id == ScheduledTicket.ticket_id)
        .where(ScheduledTicket.schedule_id == row.id)
        .order_by(ScheduledTicket.due_at.desc())
        .limit(PAST)
    )
    return ScheduleRow(
        row.id,
        row.name,
        row.template_id,
        row.template.name,
        rhythm,
        row.is_active,
        upcoming(rhythm, zone, ports.clock(), SHOWN) if row.is_active else (),
        tuple(MadeRow(each.due_at, number or "", each.missed, each.fault) for each, number in made),
        row.version,
    )


def rhythm_of(body: dict[str, Any]) -> Rhythm:
    """As it was stored."""
    every, weekdays = Every(body["every"]), tuple(body.get("weekdays", ()))
    return Rhythm(every, body["at"], weekdays, int(body["day"]), body["cron"])


def save_schedule(
    ports: Ports, viewer: Viewer, schedule_id: int | None, form: ScheduleInput
) -> int:
    """Make or change one; the next date is counted from now."""
    require(viewer, Permission.MANAGE_DESK)
    name = required("name", clean_line(form.name), 60)
    try:
        rhythm = checked(form.rhythm)
    except BadRhythm as error:
        raise InvalidInput("rhythm", str(error)) from error
    with unit_of_work(ports.database) as session:
        template = session.get(TicketTemplate, form.template_id) if form.template_id else None
        if template is None:
            raise InvalidInput("template_id", "empty")
        _complete(ticket_of(template.body))
        row = (
            row_of(session, TicketSchedule, schedule_id)
            if schedule_id
            else TicketSchedule(is_active=True)
        )
        if schedule_id and row.version != form.version:
            raise EditConflict(schedule_id)
        row.name, row.template_id = name, template.id
        row.rhythm = {**asdict(rhythm), "every": rhythm.every.value}
        row.next_at = next_after(rhythm, ZoneInfo(ports.config.timezone), ports.clock())
        session.add(row)
        session.flush()
        record(session, viewer, "ticket_schedule.saved", f"ticket_schedule:{row.id}")
        return row.id


def _complete(ticket: NewTicket) -> None:
    """Nobody is there to fill in what a template left open."""
    if not ticket.subject.strip() or not ticket.body.strip():
        raise InvalidInput("template_id", "incomplete")
    try:
        customer_of(ticket)
    except InvalidInput as error:
        raise InvalidInput("template_id", "incomplete") from error


def switch(ports: Ports, viewer: Viewer, schedule_id: int) -> bool:
    """Pause it, or let it go on from now; returns whether it is on."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        row = row_of(session, TicketSchedule, schedule_id)
        row.is_active = not row.is_active
        zone = ZoneInfo(ports.config.timezone)
        row.next_at = next_after(rhythm_of(row.rhythm), zone, ports.clock())
        action = "ticket_schedule.on" if row.is_active else "ticket_schedule.paused"
        record(session, viewer, action, f"ticket_schedule:{row.id}")
        return row.is_active


def delete_schedule(ports: Ports, viewer: Viewer, schedule_id: int) -> None:
    """Take it out; the tickets it made stay."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        session.delete(row_of(session, TicketSchedule, schedule_id))
        record(session, viewer, "ticket_schedule.deleted", f"ticket_schedule:{schedule_id}")


def tend(ports: Ports) -> int:
    """Make the tickets whose date has come; returns how many. Two workers make one."""
    now = ports.clock()
    due = sa.and_(TicketSchedule.is_active, TicketSchedule.next_at <= now)
    with reading(ports.database) as session:
        ids = session.scalars(sa.select(TicketSchedule.id).where(due)).all()
    return sum(_make(ports, schedule_id, now) for schedule_id in ids)


def _make(ports: Ports, schedule_id: int, now: datetime) -> bool:
    with unit_of_work(ports.database) as session:
        row = session.get(TicketSchedule, schedule_id, with_for_update=True)
        if row is None or not row.is_active or row.next_at is None or row.next_at > now:
            return False
        zone, rhythm, due = ZoneInfo(ports.config.timezone), rhythm_of(row.rhythm), row.next_at
        over = missed(rhythm, zone, due, now)
        made = ScheduledTicket(schedule_id=row.id, due_at=due, missed=over, created_at=now)
        try:
            with session.begin_nested():
                made.ticket_id = _ticket(ports, session, row, over).id
        except WendaError as error:
            made.fault = type(error).__name__[:40]
        session.add(made)
        later = sa.update(TicketSchedule).where(TicketSchedule.id == row.id)
        session.execute(later.values(next_at=next_after(rhythm, zone, now)))
        return made.ticket_id is not None


def _ticket(ports: Ports, session: Session, row: TicketSchedule, over: int) -> Ticket:
    form = ticket_of(row.template.body)
    name = SCHEDULE_ACTOR.format(name=row.name)
    actor = Viewer(Role.OWNER, None, f"schedule:{row.id}", frozenset(), name)
    key = f"schedule-{row.id}-{row.next_at:%Y%m%d%H%M}" if row.next_at else f"schedule-{row.id}"
    left: list[str] = []
    node = session.get(ServiceNode, form.node_id) if form.node_id else None
    if form.node_id and (node is None or not node.is_active):
        left.append("node_id")
        form = replace(form, node_id=None)
    ticket = begin(ports, session, actor, (form, typed_of(form), key))
    left.extend(_given_out(ports, session, ticket, (actor, form)))
    if over:
        add_note(session, ticket, actor, MISSED_NOTE.format(count=over))
    if left:
        what = "、".join(LEFT_OUT[each] for each in left)
        add_note(session, ticket, actor, LEFT_OUT_NOTE.format(what=what))
    count_use(session, row.template_id)
    return ticket


def _given_out(
    ports: Ports, session: Session, ticket: Ticket, what: tuple[Viewer, NewTicket]
) -> list[str]:
    """To the template's team and agent; returns which of them are not there any more."""
    actor, form = what
    left: list[str] = []
    if form.team_id is not None and form.team_id != ticket.team_id:
        try:
            to_team(ports, session, ticket, actor, form.team_id)
        except InvalidInput:
            left.append("team")
    if form.agent_id is not None:
        try:
            to_agent(session, ticket, actor, form.agent_id)
        except InvalidInput:
            left.append("agent")
    return left
