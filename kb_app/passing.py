"""Values that another page hands over with its visitor: believed when signed, else only shown.

They are information for agents; nobody is signed in by them.
"""

from __future__ import annotations

import secrets as randomness
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.sealing import Unsealable, seal, unseal
from models import (
    PassedValues,
    PassingSecret,
    Viewer,
    insert_if_absent,
    reading,
    record,
    unit_of_work,
)
from ticket_bridge.passing import BadToken, kept, opened

PURPOSE = "passing"
ROW = 1
OLD_COUNTS = timedelta(days=1)
PREFIX = "p_"


@dataclass(frozen=True)
class Passed:
    """What came along; `token` stays for the next step, `fault` says why it was not believed."""

    fields: Mapping[str, str] = field(default_factory=dict)
    verified: bool = False
    token: str = ""
    fault: str = ""

    def get(self, *names: str) -> str:
        """The first of these fields that is there."""
        return next((self.fields[name] for name in names if name in self.fields), "")


@dataclass(frozen=True)
class PassingPage:
    """The secret and what a host page needs."""

    secret: str
    made_at: datetime | None
    old_until: datetime | None
    base_url: str


def passed(ports: Ports, token: str, plain: Mapping[str, str]) -> Passed:
    """Signed values win; with a token that is not believed the plain ones are all there is."""
    loose = kept({name.removeprefix(PREFIX): value for name, value in plain.items()})
    if not token:
        return Passed(loose)
    with reading(ports.database) as session:
        known = _secrets(ports, session)
    try:
        fields = opened(known, token, int(ports.clock().timestamp()))
    except BadToken as error:
        return Passed(loose, fault=error.fault.value)
    return Passed(fields, verified=True, token=token)


def keep(
    session: Session, values: Passed, *, question_id: int | None = None, chat_id: int | None = None
) -> None:
    """With the question or the chat, in the same transaction."""
    if values.fields:
        insert_if_absent(
            session,
            PassedValues,
            question_id=question_id,
            chat_id=chat_id,
            fields=dict(values.fields),
            verified=values.verified,
            created_at=sa.func.now(),
        )


def of_question(session: Session, question_id: int | None) -> Passed:
    """What came along with a question."""
    return _of(session, PassedValues.question_id == question_id) if question_id else Passed()


def of_chat(session: Session, chat_id: int) -> Passed:
    """What came along with a chat."""
    return _of(session, PassedValues.chat_id == chat_id)


def _of(session: Session, where: sa.ColumnElement[bool]) -> Passed:
    row = session.scalar(sa.select(PassedValues).where(where))
    return Passed(row.fields, row.verified) if row else Passed()


def _secrets(ports: Ports, session: Session) -> tuple[str, ...]:
    row = session.get(PassingSecret, ROW)
    if row is None:
        return ()
    old_counts = row.old_until is not None and ports.clock() < row.old_until
    found = (row.secret, row.old_secret if old_counts else "")
    return tuple(_opened(ports, each) for each in found if each)


def _opened(ports: Ports, text: str) -> str:
    try:
        return unseal(ports.config.secret_key, PURPOSE, text)
    except Unsealable:
        return ""


def passing_page(ports: Ports, viewer: Viewer) -> PassingPage:
    """The secret, for administrators; empty until one is made."""
    require(viewer, Permission.CONFIGURE)
    with reading(ports.database) as session:
        row = session.get(PassingSecret, ROW)
        if row is None:
            return PassingPage("", None, None, ports.config.base_url)
        old = row.old_until if row.old_until and row.old_until > ports.clock() else None
        return PassingPage(_opened(ports, row.secret), row.made_at, old, ports.config.base_url)


def renew_secret(ports: Ports, viewer: Viewer) -> bool:
    """A new secret; the old one, if there was one (returned), counts for another day."""
    require(viewer, Permission.CONFIGURE)
    fresh = seal(ports.config.secret_key, PURPOSE, randomness.token_urlsafe(36))
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        row = session.get(PassingSecret, ROW, with_for_update=True)
        if row is None:
            session.add(PassingSecret(id=ROW, secret=fresh, old_secret="", made_at=now))
        else:
            row.old_secret, row.old_until = row.secret, now + OLD_COUNTS
            row.secret, row.made_at = fresh, now
        record(session, viewer, "passing.secret_renewed", "passing")
        return row is not None
