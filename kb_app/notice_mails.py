"""Notices by mail, as each person chose: at once or gathered, never in their quiet hours.

What waits is a row, written with its cause; the mail and the mark that it was written are one
transaction, so nothing is lost and nothing is told twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.desk_letters import ALARM_BODY, ALARM_LINE, NOTICE_SUBJECT, NOTICE_WORDS
from kb_app.notice_settings import Chosen, chosen
from kb_app.ports import Ports
from models import (
    JobKind,
    MailRhythm,
    NoticeMail,
    NoticeSettings,
    Ticket,
    User,
    enqueue,
    insert_if_absent,
    reading,
    unit_of_work,
    utcnow,
)

WAITS = {
    MailRhythm.AT_ONCE: timedelta(),
    MailRhythm.HOURLY: timedelta(minutes=59),
    MailRhythm.DAILY: timedelta(hours=23),
}
# Changes within these seconds come in one mail.
BREATH = timedelta(seconds=20)
MOST_LINES = 50
AT_ONCE = 500


def want(
    session: Session, choices: dict[int, Chosen], ticket_id: int, kind: str, mark: str
) -> None:
    """Note what those who want this kind by mail should be sent; the same thing once."""
    for user_id, choice in sorted(choices.items()):
        if choice.by_mail(kind):
            insert_if_absent(
                session, NoticeMail, user_id=user_id, ticket_id=ticket_id, kind=kind,
                mark=mark, created_at=utcnow(),
            )  # fmt: skip


def tend(ports: Ports) -> int:
    """Write the mails that are due; returns how many. Harmless as often as one likes."""
    now = ports.clock()
    with reading(ports.database) as session:
        waiting = session.execute(
            sa.select(NoticeMail.user_id, sa.func.min(NoticeMail.created_at))
            .where(NoticeMail.mailed_at.is_(None))
            .group_by(NoticeMail.user_id)
            .limit(AT_ONCE)
        ).all()
        choices = chosen(session, [user_id for user_id, _at in waiting])
    zone = ZoneInfo(ports.config.timezone)
    due = [
        user_id
        for user_id, first in waiting
        if _is_due(choices[user_id], first, now) and not choices[user_id].is_quiet(now, zone)
    ]
    return sum(_send(ports, user_id, now) for user_id in due)


def _is_due(choice: Chosen, first: datetime, now: datetime) -> bool:
    """At once after a breath; gathered ones when long enough since the last or the first."""
    if choice.rhythm is MailRhythm.AT_ONCE:
        return first <= now - BREATH
    return max(first, choice.mailed_at or first) <= now - WAITS[choice.rhythm]


def _send(ports: Ports, user_id: int, now: datetime) -> bool:
    with unit_of_work(ports.database) as session:
        rows = session.execute(
            sa.select(NoticeMail, Ticket.number, Ticket.subject)
            .join(Ticket, Ticket.id == NoticeMail.ticket_id)
            .where(NoticeMail.user_id == user_id, NoticeMail.mailed_at.is_(None))
            .order_by(NoticeMail.id)
            .with_for_update(of=NoticeMail, skip_locked=True)
        ).all()
        user = session.get(User, user_id)
        if not rows or user is None:
            return False
        for row, _number, _subject in rows:
            row.mailed_at = now
        settings = session.get(NoticeSettings, user_id)
        if settings is not None:
            settings.mailed_at = now
        if not user.is_active:
            return False
        enqueue(
            session,
            JobKind.SEND_MAIL,
            to=user.email,
            subject=NOTICE_SUBJECT.format(count=len(rows), site=ports.config.site_name),
            body=ALARM_BODY.format(
                name=user.name, lines="\n".join(_lines(ports, rows)), site=ports.config.site_name
            ),
        )
        return True


def _lines(ports: Ports, rows: Sequence[sa.Row[NoticeMail, str, str]]) -> Iterable[str]:
    base = ports.config.base_url
    for row, number, subject in rows[:MOST_LINES]:
        what = NOTICE_WORDS.get(row.kind, row.kind)
        link = f"{base}/desk/tickets/{number}"
        yield ALARM_LINE.format(what=what, number=number, subject=subject, link=link)
