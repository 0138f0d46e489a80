"""When somebody can be called: the site's own calendar, less what is promised already."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.calling import letters
from kb_app.ports import Ports
from kb_app.work_time import WorkTime
from models import CallBack, CallState
from ticket_bridge.calendar import Calendar
from ticket_bridge.chat.slots import slots


def work_calendar(ports: Ports, session: Session) -> Calendar:
    """The site's own working hours."""
    return WorkTime(ports, session).calendar(None)


def free_slots(
    ports: Ports, session: Session, most: int, *, lock: bool = False
) -> tuple[datetime, ...]:
    """The slots that have room; `lock` keeps others from taking the same one meanwhile."""
    due = sa.select(CallBack.slot_at).where(
        CallBack.state == CallState.DUE, CallBack.slot_at > ports.clock()
    )
    taken = session.scalars(due.with_for_update() if lock else due).all()
    return slots(work_calendar(ports, session), ports.clock(), taken, most)


def local(ports: Ports, moment: datetime) -> str:
    """A slot as people say it, with its weekday."""
    here = moment.astimezone(ZoneInfo(ports.config.timezone))
    return letters.WHEN.format(
        month=here.month,
        day=here.day,
        weekday=letters.WEEKDAYS[here.weekday()],
        clock=f"{here:%H:%M}",
    )
