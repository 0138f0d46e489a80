"""Alarms before a promise is broken and when it is: in the product, and one mail a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kb_app.desk_letters import ALARM_BODY, ALARM_LINE, ALARM_SUBJECT, ALARM_WORDS
from kb_app.notice_mails import want
from kb_app.notice_settings import chosen
from kb_app.notices import NoticeKind
from kb_app.ports import Ports
from kb_app.ticket_news import Item, News, report
from models import (
    DeskNotice,
    JobKind,
    MailRhythm,
    Role,
    Team,
    Ticket,
    TicketClock,
    User,
    enqueue,
    reading,
    unit_of_work,
)
from ticket_bridge.sla import Due

BATCH = 5_000
MOST_LINES = 50
MOMENTS = (
    TicketClock.response_warn_at,
    TicketClock.response_due_at,
    TicketClock.resolution_warn_at,
    TicketClock.resolution_due_at,
)
KINDS = (
    NoticeKind.RESPONSE_SOON,
    NoticeKind.RESPONSE_LATE,
    NoticeKind.RESOLUTION_SOON,
    NoticeKind.RESOLUTION_LATE,
)
NEWS = dict(zip(KINDS, (News.SOON, News.LATE, News.SOON, News.LATE), strict=True))
SET_NEXT = (
    sa.update(TicketClock)
    .where(TicketClock.ticket_id == sa.bindparam("clock"))
    .values(next_at=sa.bindparam("following"))
)
Alarm = tuple[int, int, NoticeKind, datetime]


def tick(ports: Ports) -> int:
    """Raise every alarm that is due; returns how many clocks were looked at."""
    done = 0
    now = ports.clock()
    with reading(ports.database) as session:
        due = sa.select(TicketClock.ticket_id).where(TicketClock.next_at <= now).limit(1)
        if session.scalar(due) is None:
            return 0
    while looked := _tick(ports, now):
        done += looked
    return done


def _tick(ports: Ports, now: datetime) -> int:
    with unit_of_work(ports.database) as session:
        rows = session.execute(
            sa.select(TicketClock.ticket_id, Ticket.assignee_id, Team.lead_id, *MOMENTS)
            .join(Ticket, Ticket.id == TicketClock.ticket_id)
            .outerjoin(Team, Team.id == Ticket.team_id)
            .where(TicketClock.next_at <= now)
            .limit(BATCH)
            .with_for_update(of=TicketClock, skip_locked=True)
        ).all()
        if not rows:
            return 0
        leads = session.scalars(sa.select(User.id).where(User.role == Role.LEAD, User.is_active))
        everyone = list(leads)
        alarms: list[Alarm] = []
        updates = []
        for ticket_id, assignee_id, lead_id, *moments in rows:
            found = _latest(moments, now)
            people = [p for p in (assignee_id or lead_id,) if p is not None] or everyone
            if found is not None:
                alarms.extend((person, ticket_id, *found) for person in people)
                report(session, ticket_id, Item(NEWS[found[0]], after=found[0].value))
            updates.append({"clock": ticket_id, "following": Due(*moments).following(now)})
        session.connection().execute(SET_NEXT, updates)
        _raise(ports, session, alarms)
    return len(rows)


def _latest(
    moments: Sequence[datetime | None], now: datetime
) -> tuple[NoticeKind, datetime] | None:
    """The last alarm that is due; what it overtook is not said any more."""
    passed = [(at, kind) for at, kind in zip(moments, KINDS, strict=True) if at and at <= now]
    if not passed:
        return None
    # Of two at the same moment the graver one, which stands later.
    at, kind = max(reversed(passed), key=lambda found: found[0])
    return kind, at


def _raise(ports: Ports, session: Session, alarms: Sequence[Alarm]) -> None:
    """As notices, each once; then a mail a person; all of it as each person chose."""
    by_person: dict[int, list[Alarm]] = {}
    for alarm in alarms:
        by_person.setdefault(alarm[0], []).append(alarm)
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    choices = chosen(session, by_person)
    rows = [
        {
            "user_id": person,
            "ticket_id": ticket_id,
            "kind": kind.value,
            "mark": at.isoformat(),
            "created_at": ports.clock(),
        }
        for person, ticket_id, kind, at in alarms
        if choices[person].in_app(kind)
    ]
    if rows:
        session.connection().execute(insert(DeskNotice).on_conflict_do_nothing(), rows)
    zone = ZoneInfo(ports.config.timezone)
    for person, told in by_person.items():
        choice = choices[person]
        wanted = [alarm for alarm in told if choice.by_mail(alarm[2])]
        if choice.rhythm is MailRhythm.AT_ONCE and not choice.is_quiet(ports.clock(), zone):
            if wanted:
                _mail(ports, session, person, wanted)
            continue
        for _person, ticket_id, kind, at in wanted:
            want(session, {person: choice}, ticket_id, kind, at.isoformat())


def _mail(ports: Ports, session: Session, person: int, rows: Sequence[Alarm]) -> None:
    user = session.get_one(User, person)
    shown = rows[:MOST_LINES]
    named = session.execute(
        sa.select(Ticket.id, Ticket.number, Ticket.subject).where(
            Ticket.id.in_([row[1] for row in shown])
        )
    )
    tickets = {row.id: row for row in named}
    lines = [
        ALARM_LINE.format(
            what=ALARM_WORDS[kind],
            number=tickets[ticket_id].number,
            subject=tickets[ticket_id].subject,
            link=f"{ports.config.base_url}/desk/tickets/{tickets[ticket_id].number}",
        )
        for _person, ticket_id, kind, _at in shown
    ]
    enqueue(
        session,
        JobKind.SEND_MAIL,
        to=user.email,
        subject=ALARM_SUBJECT.format(count=len(rows)),
        body=ALARM_BODY.format(name=user.name, lines="\n".join(lines), site=ports.config.site_name),
    )
