"""Old records go, by night and in small steps; harmless when done twice or killed half way.

What tells a repetition from something new stays: how far another system was told, the newest
events of each bridge, and the last deed of an automation on a ticket.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.bridging.cases import untold, untold_files
from kb_app.keeping import Kept, oldest
from kb_app.ports import Ports
from models import (
    KEEPING_ID,
    BridgeEvent,
    DeskNotice,
    FormFile,
    Handover,
    HandoverState,
    Keeping,
    Message,
    NoticeMail,
    PhoneCall,
    Ticket,
    TicketRuleRun,
    TicketStatus,
    WebhookDelivery,
    reading,
    unit_of_work,
)

BATCH = 2_000
NIGHT_HOUR = 3
# Read again at every look, or sent twice by an impatient system.
NEWEST_EVENTS = 200
ROOT_OF_HOURS = "hour-%"


def by_night(ports: Ports) -> dict[Kept, int]:
    """Clear once a night, by one worker; returns how many rows of which kind went."""
    now = ports.clock()
    if not _is_mine(ports, now):
        return {}
    gone = clear(ports, now)
    with unit_of_work(ports.database) as session:
        row = sa.update(Keeping).where(Keeping.id == KEEPING_ID)
        session.execute(row.values(cleared={kind.value: count for kind, count in gone.items()}))
    return gone


def _is_mine(ports: Ports, now: datetime) -> bool:
    """Whether nobody has cleared since this night's hour; marks that we do.

    The first night comes after the first day: before it, somebody may choose what to keep.
    """
    here = now.astimezone(ZoneInfo(ports.config.timezone))
    due = here.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    due = due if here >= due else due - timedelta(days=1)
    waits = sa.func.coalesce(Keeping.swept_at, Keeping.updated_at) < due
    with reading(ports.database) as session:
        if session.scalar(sa.select(Keeping.id).where(waits)) is None:
            return False
    with unit_of_work(ports.database) as session:
        # Not by the mapper: it would count as an edit of the settings.
        mark = sa.update(Keeping).where(waits).values(swept_at=now).returning(Keeping.id)
        return session.scalar(mark) is not None


def clear(ports: Ports, now: datetime) -> dict[Kept, int]:
    """Everything that is older than the site keeps it."""
    steps: dict[Kept, tuple[Callable[[Ports, datetime], int], ...]] = {
        Kept.BRIDGES: (_handovers, _arrivals, _mails_over),
        Kept.CALLS: (_calls,),
        Kept.RULES: (_runs,),
        Kept.WEBHOOKS: (_deliveries,),
        Kept.NOTICES: (_notices, _notice_mails),
    }
    gone = {}
    for kind, deeds in steps.items():
        with reading(ports.database) as session:
            before = oldest(session, kind, now)
        gone[kind] = sum(deed(ports, before) for deed in deeds) if before is not None else 0
    return gone


def _in_steps(ports: Ports, table: Any, *rules: sa.ColumnElement[bool]) -> int:
    gone = 0
    while True:
        # Looked for without SQLite's write lock: others want to write by night as well.
        with reading(ports.database) as session:
            ids = session.scalars(sa.select(table.id).where(*rules).limit(BATCH)).all()
        if ids:
            with unit_of_work(ports.database) as session:
                session.execute(sa.delete(table).where(table.id.in_(ids)))
        gone += len(ids)
        if len(ids) < BATCH:
            return gone


def _calls(ports: Ports, before: datetime) -> int:
    return _in_steps(ports, PhoneCall, PhoneCall.updated_at < before)


def _deliveries(ports: Ports, before: datetime) -> int:
    return _in_steps(ports, WebhookDelivery, WebhookDelivery.created_at < before)


def _notices(ports: Ports, before: datetime) -> int:
    return _in_steps(ports, DeskNotice, DeskNotice.created_at < before)


def _notice_mails(ports: Ports, before: datetime) -> int:
    return _in_steps(ports, NoticeMail, NoticeMail.mailed_at < before)


def _runs(ports: Ports, before: datetime) -> int:
    """An automation acts once until its ticket changes: its last deed there is how it knows."""
    last = (
        sa.select(sa.func.max(TicketRuleRun.id))
        .where(TicketRuleRun.cause.like(ROOT_OF_HOURS))
        .group_by(TicketRuleRun.rule_id, TicketRuleRun.ticket_id)
    )
    return _in_steps(
        ports, TicketRuleRun, TicketRuleRun.created_at < before, TicketRuleRun.id.not_in(last)
    )


def _handovers(ports: Ports, before: datetime) -> int:
    """What went out on tickets that ended long ago."""
    old = sa.and_(
        Handover.state == HandoverState.SENT,
        Ticket.status == TicketStatus.CLOSED,
        Ticket.updated_at < before,
        sa.exists().where(
            BridgeEvent.handover_id == Handover.id,
            BridgeEvent.inward.is_(False),
            BridgeEvent.created_at < before,
        ),
    )
    query = sa.select(Handover.id).join(Ticket, Ticket.id == Handover.ticket_id).where(old)
    with reading(ports.database) as session:
        ids = session.scalars(query.order_by(Handover.id)).all()
    return sum(_forget_told(ports, handover_id, before) for handover_id in ids)


def _forget_told(ports: Ports, handover_id: int, before: datetime) -> int:
    """Remember how far it was told instead of every word; nothing while something is untold."""
    with unit_of_work(ports.database) as session:
        found = session.get(Handover, handover_id, with_for_update=True)
        if found is None or found.state is not HandoverState.SENT:
            return 0
        if untold(session, found) or untold_files(session, found):
            return 0
        _remember(session, found)
        mine = BridgeEvent.handover_id == found.id
        gone = sa.delete(BridgeEvent).where(
            mine, BridgeEvent.inward.is_(False), BridgeEvent.created_at < before
        )
        return len(session.scalars(gone.returning(BridgeEvent.id)).all())


def _remember(session: Session, found: Handover) -> None:
    message = sa.select(sa.func.max(Message.id)).where(Message.ticket_id == found.ticket_id)
    file = sa.select(sa.func.max(FormFile.id)).where(
        FormFile.question_id == found.ticket.question_id
    )
    found.told_message_id = max(found.told_message_id, session.scalar(message) or 0)
    found.told_file_id = max(found.told_file_id, session.scalar(file) or 0)


def _arrivals(ports: Ports, before: datetime) -> int:
    """What came in, but for the newest of each bridge."""
    with reading(ports.database) as session:
        bridges = session.scalars(sa.select(BridgeEvent.bridge_id).distinct()).all()
    return sum(_arrivals_of(ports, bridge_id, before) for bridge_id in bridges)


def _arrivals_of(ports: Ports, bridge_id: int, before: datetime) -> int:
    here = sa.and_(BridgeEvent.bridge_id == bridge_id, BridgeEvent.inward.is_(True))
    with reading(ports.database) as session:
        newest = sa.select(BridgeEvent.id).where(here).order_by(BridgeEvent.id.desc())
        first = session.scalar(newest.offset(NEWEST_EVENTS - 1).limit(1)) or 0
    return _in_steps(
        ports, BridgeEvent, here, BridgeEvent.id < first, BridgeEvent.created_at < before
    )


def _mails_over(ports: Ports, before: datetime) -> int:
    """Marks of mails that were written: their hand-over knows them by its own."""
    return _in_steps(
        ports, BridgeEvent, BridgeEvent.handover_id.is_(None), BridgeEvent.created_at < before
    )
