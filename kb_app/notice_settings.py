"""What each person is told, and how: a way for every kind, quiet hours, mail at once or gathered.

Until somebody chooses, everything appears in the product; time limits and rules are mailed too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import EditConflict, InvalidInput
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import MailRhythm, NoticeSettings, Viewer, reading, record, unit_of_work

KINDS = (
    "assigned",
    "customer_wrote",
    "colleague_wrote",
    "response_soon",
    "response_late",
    "resolution_soon",
    "resolution_late",
    "handover_failed",
    "rule",
    "call_due",
)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Way(StrEnum):
    """In the product, by mail, both, or not at all."""

    APP = "app"
    MAIL = "mail"
    BOTH = "both"
    NONE = "none"


MAILED = ("response_", "resolution_", "rule")
USUAL = {kind: Way.BOTH if kind.startswith(MAILED) else Way.APP for kind in KINDS}


@dataclass(frozen=True)
class SettingsInput:
    """A person's choice; clock times as "22:00", both empty for no quiet hours."""

    ways: Mapping[str, str]
    rhythm: str
    quiet_from: str
    quiet_to: str
    version: int


@dataclass(frozen=True)
class SettingsPage:
    """The choice as it is."""

    ways: Mapping[str, Way]
    rhythm: MailRhythm
    quiet_from: str
    quiet_to: str
    version: int


@dataclass(frozen=True)
class Chosen:
    """One person's choice as notices ask it."""

    ways: Mapping[str, Way]
    rhythm: MailRhythm = MailRhythm.AT_ONCE
    quiet_from: str = ""
    quiet_to: str = ""
    mailed_at: datetime | None = None

    def in_app(self, kind: str) -> bool:
        """Whether this kind appears in the product."""
        return self._way(kind) in {Way.APP, Way.BOTH}

    def by_mail(self, kind: str) -> bool:
        """Whether this kind is mailed."""
        return self._way(kind) in {Way.MAIL, Way.BOTH}

    def _way(self, kind: str) -> Way:
        return self.ways.get(kind) or USUAL.get(kind, Way.APP)

    def is_quiet(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether mail waits now; the hours may go over midnight."""
        if not self.quiet_from:
            return False
        begin, end = time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_to)
        at = now.astimezone(zone).time()
        return begin <= at < end if begin < end else at >= begin or at < end


NOBODY_CHOSE = Chosen(USUAL)


def chosen(session: Session, user_ids: Iterable[int]) -> dict[int, Chosen]:
    """The choice of each of them."""
    ids = set(user_ids)
    rows = session.scalars(sa.select(NoticeSettings).where(NoticeSettings.user_id.in_(ids)))
    found = {row.user_id: _chosen(row) for row in rows}
    return {user_id: found.get(user_id, NOBODY_CHOSE) for user_id in ids}


def _chosen(row: NoticeSettings) -> Chosen:
    ways = {kind: Way(way) for kind, way in row.ways.items() if way in set(Way)}
    return Chosen(ways, row.rhythm, row.quiet_from, row.quiet_to, row.mailed_at)


def settings(ports: Ports, viewer: Viewer) -> SettingsPage:
    """My choice."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        row = session.get(NoticeSettings, viewer.user_id)
        found = _chosen(row) if row is not None else NOBODY_CHOSE
        ways = {kind: found.ways.get(kind, USUAL[kind]) for kind in KINDS}
        version = row.version if row is not None else 0
        return SettingsPage(ways, found.rhythm, found.quiet_from, found.quiet_to, version)


def save(ports: Ports, viewer: Viewer, form: SettingsInput) -> None:
    """Choose; EditConflict when another window of mine did meanwhile."""
    require(viewer, Permission.DESK)
    ways = {kind: form.ways.get(kind, USUAL[kind].value) for kind in KINDS}
    if not set(ways.values()) <= set(Way):
        raise InvalidInput("ways", "unknown")
    if form.rhythm not in set(MailRhythm):
        raise InvalidInput("rhythm", "unknown")
    begin, end = _clock("quiet_from", form.quiet_from), _clock("quiet_to", form.quiet_to)
    if bool(begin) != bool(end) or (begin and begin == end):
        raise InvalidInput("quiet_to", "half")
    with unit_of_work(ports.database) as session:
        row = session.get(NoticeSettings, viewer.user_id, with_for_update=True)
        if (row.version if row is not None else 0) != form.version:
            raise EditConflict(viewer.user_id)
        if row is None:
            row = NoticeSettings(user_id=viewer.user_id)
            session.add(row)
        row.ways, row.rhythm = ways, MailRhythm(form.rhythm)
        row.quiet_from, row.quiet_to = begin, end
        record(session, viewer, "notices.chosen", f"user:{viewer.user_id}")


def _clock(field: str, text: str) -> str:
    typed = text.strip().replace("：", ":")
    if typed and not _CLOCK.fullmatch(typed):
        raise InvalidInput(field, "invalid")
    return typed
