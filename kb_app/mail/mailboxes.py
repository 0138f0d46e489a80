"""The site's mailboxes as its administrators see, change and try them; secrets are never shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kb_app.accounts import checked_email
from kb_app.cards import Choice
from kb_app.errors import InvalidInput
from kb_app.mail.access import check_servers, open_box, sealed, smtp_for
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.rows import row_of
from kb_app.typed_text import clean_line, optional, required
from models import (
    BoxKind,
    BoxSecurity,
    Mailbox,
    MailIn,
    MailInState,
    Team,
    Viewer,
    reading,
    record,
    unit_of_work,
)
from ticket_bridge.mail.boxes import BoxFault
from ticket_bridge.mail.sender import MailFailed

MOST_PORT = 65_535
OPEN_STATES = (MailInState.QUARANTINED,)


@dataclass(frozen=True)
class MailboxInput:
    """A mailbox as the form sent it; an empty secret keeps the one that is stored."""

    name: str = ""
    address: str = ""
    kind: BoxKind = BoxKind.IMAP
    host: str = ""
    port: int | None = 993
    security: BoxSecurity = BoxSecurity.TLS
    username: str = ""
    secret: str = ""
    oauth_url: str = ""
    oauth_client: str = ""
    oauth_secret: str = ""
    oauth_scope: str = ""
    folder: str = "INBOX"
    done_folder: str = ""
    smtp_host: str = ""
    smtp_port: int | None = 465
    smtp_security: BoxSecurity = BoxSecurity.TLS
    tags: bool = False
    answers: bool = True
    receipts: bool = True
    second_reader: bool = False
    team_id: int | None = None


SECRETS = ("secret", "oauth_secret")
LINES = (
    "oauth_url",
    "oauth_client",
    "oauth_scope",
    "folder",
    "done_folder",
    "smtp_host",
    "username",
)
LONGEST = {"folder": 100, "done_folder": 100, "smtp_host": 200, "oauth_client": 200}


@dataclass(frozen=True)
class MailboxRow:
    """A mailbox in the list; `fault` is a code, `detail` what the server said."""

    mailbox_id: int
    name: str
    address: str
    kind: BoxKind
    is_active: bool
    seen_at: datetime | None
    fault: str
    detail: str
    came: int
    quarantined: int


@dataclass(frozen=True)
class MailboxesPage:
    """All of them."""

    rows: tuple[MailboxRow, ...]


@dataclass(frozen=True)
class MailboxPage:
    """One, with what can be chosen; secrets are left out, `has_secret` says there is one."""

    mailbox_id: int | None
    form: MailboxInput
    has_secret: bool
    teams: tuple[Choice, ...]
    tried: Tried | None = None


@dataclass(frozen=True)
class Tried:
    """What trying a mailbox showed: a code and a detail for each way, empty when it works."""

    fetching: str
    fetching_detail: str
    sending: str
    sending_detail: str


def mailboxes(ports: Ports, viewer: Viewer) -> MailboxesPage:
    """Every mailbox and how it does."""
    require(viewer, Permission.CONFIGURE)
    with reading(ports.database) as session:
        boxes = session.scalars(sa.select(Mailbox).order_by(Mailbox.id)).all()
        counts = session.execute(
            sa.select(
                MailIn.mailbox_id,
                sa.func.count(),
                sa.func.sum(sa.case((MailIn.state.in_(OPEN_STATES), 1), else_=0)),
            ).group_by(MailIn.mailbox_id)
        ).all()
        known = {mailbox_id: (came, apart or 0) for mailbox_id, came, apart in counts}
        return MailboxesPage(tuple(_row(box, *known.get(box.id, (0, 0))) for box in boxes))


def _row(box: Mailbox, came: int, apart: int) -> MailboxRow:
    code, _, detail = box.fault.partition(": ")
    return MailboxRow(
        box.id,
        box.name,
        box.address,
        box.kind,
        box.is_active,
        box.seen_at,
        code,
        detail,
        came,
        int(apart),
    )


def mailbox(
    ports: Ports, viewer: Viewer, mailbox_id: int | None, tried: Tried | None = None
) -> MailboxPage:
    """One mailbox, or an empty form."""
    require(viewer, Permission.CONFIGURE)
    with reading(ports.database) as session:
        teams = session.scalars(sa.select(Team).where(Team.is_active).order_by(Team.name))
        choices = tuple(Choice(team.id, team.name) for team in teams)
        if mailbox_id is None:
            return MailboxPage(None, MailboxInput(), False, choices, tried)
        box = row_of(session, Mailbox, mailbox_id, locked=True)
        names = [name for name in MailboxInput.__dataclass_fields__ if name not in SECRETS]
        form = MailboxInput(**{name: getattr(box, name) for name in names})
        return MailboxPage(box.id, form, bool(box.secret), choices, tried)


def save_mailbox(ports: Ports, viewer: Viewer, mailbox_id: int | None, form: MailboxInput) -> int:
    """Add or change one; what the server does not accept shows when it is tried."""
    require(viewer, Permission.CONFIGURE)
    checked = _checked(form)
    with unit_of_work(ports.database) as session:
        box = Mailbox() if mailbox_id is None else row_of(session, Mailbox, mailbox_id, locked=True)
        same = sa.select(Mailbox.id).where(
            Mailbox.address == checked.address, Mailbox.id != (mailbox_id or 0)
        )
        if session.scalar(same) is not None:
            raise InvalidInput("address", "taken")
        if checked.team_id is not None and session.get(Team, checked.team_id) is None:
            raise InvalidInput("team_id", "unknown")
        if not checked.secret and not box.secret and not checked.oauth_url:
            raise InvalidInput("secret", "empty")
        check_servers(box, checked)
        moved = (box.host, box.username, box.folder) != (
            checked.host,
            checked.username,
            checked.folder,
        )
        _fill(ports, box, checked)
        if moved:
            box.uid_validity = box.last_uid = 0
        session.add(box)
        session.flush()
        record(session, viewer, "mailbox.saved", f"mailbox:{box.id}", address=box.address)
        return box.id


def _fill(ports: Ports, box: Mailbox, form: MailboxInput) -> None:
    for name in MailboxInput.__dataclass_fields__:
        if name not in SECRETS:
            setattr(box, name, getattr(form, name))
        elif getattr(form, name):
            setattr(box, name, sealed(ports, getattr(form, name)))
    box.fault, box.faults = "", 0


def _checked(form: MailboxInput) -> MailboxInput:
    try:
        address = checked_email(form.address)
    except InvalidInput as error:
        raise InvalidInput("address", "invalid" if form.address.strip() else "empty") from error
    lines = {
        name: clean_line(optional(name, getattr(form, name), LONGEST.get(name, 400)))
        for name in LINES
    }
    if lines["oauth_url"] and not lines["oauth_url"].startswith(("https://", "http://127.0.0.1")):
        raise InvalidInput("oauth_url", "https")
    lines["folder"] = lines["folder"] or "INBOX"
    lines["username"] = lines["username"] or address
    tidy: dict[str, Any] = dict(lines)
    return replace(
        form,
        name=required("name", clean_line(form.name), 60),
        address=address,
        host=_host("host", form.host),
        port=_port("port", form.port),
        smtp_port=_port("smtp_port", form.smtp_port or 465),
        **tidy,
    )


def _host(name: str, value: str) -> str:
    host = required(name, clean_line(value), 200)
    if "/" in host or " " in host or "@" in host:
        raise InvalidInput(name, "invalid")
    return host


def _port(name: str, value: int | None) -> int:
    if value is None or not 1 <= value <= MOST_PORT:
        raise InvalidInput(name, "range")
    return value


def try_mailbox(ports: Ports, viewer: Viewer, mailbox_id: int | None, form: MailboxInput) -> Tried:
    """Sign in both ways with what is typed, storing nothing."""
    require(viewer, Permission.CONFIGURE)
    checked = _checked(form)
    with reading(ports.database) as session:
        known = session.get(Mailbox, mailbox_id) if mailbox_id is not None else None
        secrets = [known.secret, known.oauth_secret] if known is not None else ["", ""]
    if known is not None:
        check_servers(known, checked)
    box = Mailbox(secret=secrets[0], oauth_secret=secrets[1])
    _fill(ports, box, checked)
    try:
        open_box(ports, box).close()
        first = ("", "")
    except BoxFault as fault:
        first = (fault.code.value, fault.detail)
    second = ("", "")
    if box.smtp_host:
        try:
            smtp_for(ports, box).check()
        except BoxFault as fault:
            second = (fault.code.value, fault.detail)
        except MailFailed as error:
            second = ("smtp", str(error)[:200])
    return Tried(*first, *second)


def pause(ports: Ports, viewer: Viewer, mailbox_id: int) -> bool:
    """Stop fetching, or go on; returns whether it fetches now."""
    require(viewer, Permission.CONFIGURE)
    with unit_of_work(ports.database) as session:
        box = row_of(session, Mailbox, mailbox_id, locked=True)
        box.is_active = not box.is_active
        deed = "mailbox.resumed" if box.is_active else "mailbox.paused"
        record(session, viewer, deed, f"mailbox:{box.id}")
        return box.is_active


def delete_mailbox(ports: Ports, viewer: Viewer, mailbox_id: int) -> None:
    """Take it out; its tickets and what came stay, and nothing is deleted at the server."""
    require(viewer, Permission.CONFIGURE)
    with unit_of_work(ports.database) as session:
        box = row_of(session, Mailbox, mailbox_id, locked=True)
        session.delete(box)
        record(session, viewer, "mailbox.deleted", f"mailbox:{mailbox_id}", address=box.address)
