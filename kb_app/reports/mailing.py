"""Reports by mail, to staff alone: each reader once for every day, week or month that is over.

The mail and the note that it was written are one transaction; the mail's key names reader and
period, so that neither a crash nor two workers make it two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Session

from kb_app.errors import InvalidInput, LinkExpired
from kb_app.insight.period import Period
from kb_app.mail.queueing import Draft, queue
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.reports import sheets, words
from kb_app.reports.own import changeable, loaded, seen
from kb_app.reports.running import Result, run
from models import (
    STAFF_ROLES,
    Report,
    ReportReader,
    ReportRhythm,
    User,
    Viewer,
    insert_if_absent,
    reading,
    record,
    unit_of_work,
)

FROM_HOUR = 7
MOST_READERS = 50
MOST_LINES = 30
AT_ONCE = 200


@dataclass(frozen=True)
class StopPage:
    """What a link in a mail is about."""

    name: str
    token: str
    rhythm: str


def over(rhythm: ReportRhythm, today: date) -> tuple[str, date, date]:
    """The last day, week or month that is over: its name, first and last day. Pure."""
    if rhythm is ReportRhythm.DAILY:
        day = today - timedelta(days=1)
        return day.isoformat(), day, day
    if rhythm is ReportRhythm.WEEKLY:
        last = today - timedelta(days=today.weekday() + 1)
        year, week, _ = last.isocalendar()
        return f"{year}-W{week:02}", last - timedelta(days=6), last
    last = today.replace(day=1) - timedelta(days=1)
    return f"{last:%Y-%m}", last.replace(day=1), last


def subscribe(
    ports: Ports, viewer: Viewer, report_id: int, user_id: int | None, rhythm: str
) -> None:
    """Mail it to me, or (the owner) to a colleague; the first one when this period is over."""
    require(viewer, Permission.MANAGE_DESK)
    if rhythm not in set(ReportRhythm):
        raise InvalidInput("rhythm", "unknown")
    with unit_of_work(ports.database) as session:
        row = seen(session, viewer, report_id)
        if user_id not in {None, viewer.user_id}:
            row = changeable(session, viewer, report_id)
        user = session.get(User, user_id or viewer.user_id)
        if user is None or not _may_read(user):
            raise InvalidInput("user_id", "not_staff")
        count = sa.select(sa.func.count()).where(ReportReader.report_id == row.id)
        if (session.scalar(count) or 0) >= MOST_READERS:
            raise InvalidInput("user_id", "too_many_readers")
        name, _first, _last = over(ReportRhythm(rhythm), _today(ports))
        insert_if_absent(
            session, ReportReader, report_id=row.id, user_id=user.id,
            rhythm=ReportRhythm(rhythm), sent_for=name, created_at=ports.clock(),
        )  # fmt: skip
        reader = session.get_one(ReportReader, (row.id, user.id))
        if reader.rhythm != rhythm:
            reader.rhythm, reader.sent_for = ReportRhythm(rhythm), name
        record(session, viewer, "report.reader", f"report:{row.id}", to=user.id, rhythm=rhythm)


def unsubscribe(ports: Ports, viewer: Viewer, report_id: int, user_id: int | None) -> None:
    """No more mails of it to me, or (the owner) to a colleague."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        if user_id not in {None, viewer.user_id}:
            changeable(session, viewer, report_id)
        reader = session.get(ReportReader, (report_id, user_id or viewer.user_id))
        if reader is not None:
            session.delete(reader)
            who = reader.user_id
            record(session, viewer, "report.reader_gone", f"report:{report_id}", to=who)


def tend(ports: Ports) -> int:
    """Write the mails that are due; returns how many. Harmless as often as one likes."""
    now = ports.clock().astimezone(ZoneInfo(ports.config.timezone))
    if now.hour < FROM_HOUR:
        return 0
    due = [
        sa.and_(ReportReader.rhythm == rhythm, ReportReader.sent_for != over(rhythm, now.date())[0])
        for rhythm in ReportRhythm
    ]
    query = sa.select(ReportReader.report_id, ReportReader.user_id).where(sa.or_(*due))
    with reading(ports.database) as session:
        rows = session.execute(query.limit(AT_ONCE)).all()
    return sum(_send(ports, report_id, user_id, now.date()) for report_id, user_id in rows)


def _send(ports: Ports, report_id: int, user_id: int, today: date) -> bool:
    with reading(ports.database) as session:
        # Asked before the lock is taken: a slow report keeps nobody from writing.
        reader = session.get(ReportReader, (report_id, user_id))
        report = session.get(Report, report_id)
        if reader is None or report is None:
            return False
        name, first, last = over(reader.rhythm, today)
        period = Period(first, last, 0, ZoneInfo(ports.config.timezone))
        try:
            result = run(ports, session, loaded(report.rules), period)
        except InvalidInput:
            # Too slow at this moment; the next look tries again, the others go out.
            return False
    with unit_of_work(ports.database) as session:
        reader = session.get(ReportReader, (report_id, user_id), with_for_update=True)
        user = session.get(User, user_id)
        if reader is None or reader.sent_for == name:
            return False
        if user is None or not _may_read(user):
            session.delete(reader)
            return False
        reader.sent_for = name
        _write(ports, session, user, report, (name, result))
        return True


def _write(
    ports: Ports, session: Session, user: User, report: Report, told: tuple[str, Result]
) -> None:
    name, result = told
    definition = result.definition
    header, rows = sheets.measured(definition.dimension, definition.measures, result.rows)
    base = ports.config.base_url
    body = words.MAIL_BODY.format(
        name=user.name,
        report=report.name,
        first=result.period.first,
        last=result.period.last,
        lines="\n".join(_lines(result)) or words.MAIL_EMPTY,
        link=f"{base}/insights/reports/{report.id}",
        stop=f"{base}/reports/stop/{token_of(ports, report.id, user.id)}",
        site=ports.config.site_name,
    )
    subject = words.MAIL_SUBJECT.format(report=report.name, period=name)
    draft = Draft(f"report-{report.id}-{user.id}-{name}", "report", user.email, subject, body)
    mail = queue(ports, session, draft)
    mail.headers = {"file": {"name": f"{name}.csv", "text": sheets.csv_text(header, rows)}}


def _lines(result: Result) -> Sequence[str]:
    dimension = result.definition.dimension
    return [
        words.row_name(dimension, row)
        + "："
        + "，".join(
            f"{words.MEASURE_NAMES[measure]} {words.cell_text(cell)}"
            for measure, cell in row.cells.items()
        )
        for row in result.rows[:MOST_LINES]
    ]


def _may_read(user: User) -> bool:
    return user.is_active and user.role in STAFF_ROLES


def _today(ports: Ports) -> date:
    return ports.clock().astimezone(ZoneInfo(ports.config.timezone)).date()


def token_of(ports: Ports, report_id: int, user_id: int) -> str:
    """What the link in a mail carries: signed, for one reader of one report."""
    return _signer(ports).dumps([report_id, user_id])


def _signer(ports: Ports) -> URLSafeSerializer:
    return URLSafeSerializer(ports.config.secret_key, salt="report-stop")


def stop_page(ports: Ports, viewer: Viewer, token: str) -> StopPage:
    """What a link in a mail is about; LinkExpired when it is forged or was used."""
    require(viewer, Permission.READ)
    report_id, user_id = _opened(ports, token)
    with reading(ports.database) as session:
        reader = session.get(ReportReader, (report_id, user_id))
        if reader is None:
            raise LinkExpired
        name = session.get_one(Report, report_id).name
        return StopPage(name, token, reader.rhythm.value)


def stop(ports: Ports, viewer: Viewer, token: str) -> None:
    """No more of these mails; doing so twice is doing so once."""
    require(viewer, Permission.READ)
    report_id, user_id = _opened(ports, token)
    with unit_of_work(ports.database) as session:
        reader = session.get(ReportReader, (report_id, user_id))
        if reader is not None:
            session.delete(reader)


def _opened(ports: Ports, token: str) -> tuple[int, int]:
    try:
        report_id, user_id = _signer(ports).loads(token)
        return int(report_id), int(user_id)
    except (BadData, ValueError, TypeError) as error:
        raise LinkExpired from error
