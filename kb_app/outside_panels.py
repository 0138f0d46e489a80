"""Pages of other systems beside a ticket: which there are, and what each of them is told.

What they are told is signed with the panel's own secret and good for five minutes; they never
get a session, a cookie or more of the ticket than stands in `_told`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import SplitResult, quote, urlsplit

import sqlalchemy as sa

from kb_app.errors import EditConflict, InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.rows import row_of
from kb_app.sealing import Unsealable, seal, unseal
from kb_app.typed_text import clean_line, required
from models import OutsidePanel, Role, Ticket, User, Viewer, reading, record, unit_of_work

PURPOSE = "outside-panel"
GOOD_FOR = timedelta(minutes=5)
LOWEST, HIGHEST, USUAL_HEIGHT = 120, 900, 320
LONGEST_URL = 400
MOST = 20
PARAMETER = "wenda"


@dataclass(frozen=True)
class PanelInput:
    """A panel to keep; `version` 0 is a new one."""

    name: str
    url: str
    height: int | None
    is_active: bool
    version: int = 0


@dataclass(frozen=True)
class PanelRow:
    """A panel; its secret is shown to who may configure the other side."""

    panel_id: int
    name: str
    url: str
    height: int
    is_active: bool
    secret: str
    version: int


@dataclass(frozen=True)
class Beside:
    """What stands beside a ticket from here: panels to open, and whose ticket it is."""

    panels: tuple[tuple[int, str, int], ...]
    person_id: int | None


@dataclass(frozen=True)
class Framed:
    """A panel for one ticket: where its frame points, and the only origin it may show."""

    name: str
    src: str
    origin: str
    height: int


def panels(ports: Ports, viewer: Viewer) -> tuple[PanelRow, ...]:
    """All of them, in order."""
    require(viewer, Permission.CONFIGURE)
    with reading(ports.database) as session:
        rows = session.scalars(sa.select(OutsidePanel).order_by(OutsidePanel.id))
        return tuple(
            PanelRow(p.id, p.name, p.url, p.height, p.is_active, _secret(ports, p), p.version)
            for p in rows
        )


def _secret(ports: Ports, panel: OutsidePanel) -> str:
    """The panel's secret; empty when it was sealed with another key and must be made anew."""
    try:
        return unseal(ports.config.secret_key, PURPOSE, panel.secret)
    except Unsealable:
        return ""


def save(ports: Ports, viewer: Viewer, panel_id: int | None, form: PanelInput) -> int:
    """Keep it; a new one gets a secret of its own."""
    require(viewer, Permission.CONFIGURE)
    name = required("name", clean_line(form.name), 40)
    url = _checked(ports, clean_line(form.url))
    height = form.height or USUAL_HEIGHT
    if not LOWEST <= height <= HIGHEST:
        raise InvalidInput("height", "range")
    with unit_of_work(ports.database) as session:
        if panel_id is None:
            if (session.scalar(sa.select(sa.func.count(OutsidePanel.id))) or 0) >= MOST:
                raise InvalidInput("name", "too_many")
            panel = OutsidePanel(secret=_fresh(ports))
            session.add(panel)
        else:
            panel = row_of(session, OutsidePanel, panel_id, locked=True)
            if panel.version != form.version:
                raise EditConflict(panel_id)
        panel.name, panel.url, panel.height, panel.is_active = name, url, height, form.is_active
        session.flush()
        record(session, viewer, "panel.saved", f"panel:{panel.id}", url=url)
        return panel.id


def _fresh(ports: Ports) -> str:
    return seal(ports.config.secret_key, PURPOSE, secrets.token_hex(24))


def renew(ports: Ports, viewer: Viewer, panel_id: int) -> None:
    """Another secret; the other side must be told."""
    require(viewer, Permission.CONFIGURE)
    with unit_of_work(ports.database) as session:
        row_of(session, OutsidePanel, panel_id, locked=True).secret = _fresh(ports)
        record(session, viewer, "panel.renewed", f"panel:{panel_id}")


def delete(ports: Ports, viewer: Viewer, panel_id: int) -> None:
    """Show it no more."""
    require(viewer, Permission.CONFIGURE)
    with unit_of_work(ports.database) as session:
        panel = row_of(session, OutsidePanel, panel_id, locked=True)
        record(session, viewer, "panel.deleted", f"panel:{panel_id}", name=panel.name)
        session.delete(panel)


def _checked(ports: Ports, url: str) -> str:
    """An https address of another site, without user, port tricks or fragment."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise InvalidInput("url", "not_https") from error
    plain = url.isprintable() and url.isascii() and not set(url) & set(" \"'<>\\;,")
    odd = parts.username is not None or bool(parts.fragment) or len(url) > LONGEST_URL
    if parts.scheme != "https" or "." not in host or not plain or odd:
        raise InvalidInput("url", "not_https")
    if (host, port) == _own(ports):
        raise InvalidInput("url", "own_site")
    return url


def _own(ports: Ports) -> tuple[str, int | None]:
    own = urlsplit(ports.config.base_url)
    return own.hostname or "", own.port


def beside(ports: Ports, viewer: Viewer, number: str) -> Beside:
    """What a ticket's page shows besides its own; harmless for a number that is not there."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        rows = session.scalars(
            sa.select(OutsidePanel).where(OutsidePanel.is_active).order_by(OutsidePanel.id)
        )
        shown = tuple((panel.id, panel.name, panel.height) for panel in rows)
        person = session.scalar(
            sa.select(User.id)
            .join(Ticket, Ticket.requester_id == User.id)
            .where(Ticket.number == number, User.role == Role.CUSTOMER)
        )
        return Beside(shown, person)


def framed(ports: Ports, viewer: Viewer, number: str, panel_id: int) -> Framed:
    """One panel for one ticket; NotFound."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        panel = session.get(OutsidePanel, panel_id)
        ticket = session.scalar(sa.select(Ticket).where(Ticket.number == number))
        if panel is None or not panel.is_active or ticket is None:
            raise NotFound(panel_id)
        # Never signed with nothing: without its secret a panel is told nothing at all.
        secret = _secret(ports, panel)
        token = signed(secret, _told(ports, viewer, ticket)) if secret else ""
    parts = urlsplit(panel.url)
    mark = "&" if parts.query else "?"
    src = f"{panel.url}{mark}{PARAMETER}={quote(token)}" if token else panel.url
    return Framed(panel.name, src, _origin(parts), panel.height)


def _origin(parts: SplitResult) -> str:
    return f"https://{parts.netloc}"


def _told(ports: Ports, viewer: Viewer, ticket: Ticket) -> dict[str, object]:
    """All that leaves the house."""
    return {
        "ticket": ticket.number,
        "customer_id": ticket.requester_id,
        "customer_email": ticket.requester_email,
        "agent_email": viewer.email,
        "until": int((ports.clock() + GOOD_FOR).timestamp()),
    }


def signed(secret: str, told: dict[str, object]) -> str:
    """base64url(JSON) "." hex(HMAC-SHA256 of the former with the panel's secret)."""
    body = base64.urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode()
    mark = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    return f"{body}.{mark}"
