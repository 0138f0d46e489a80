"""Asking somebody to work here: a signed link by mail, good for a week, sent anew or withdrawn."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Session

from kb_app.accounts import Registration, SignedIn, checked_email, made_account
from kb_app.cards import Choice
from kb_app.errors import InvalidInput, LinkExpired, NotFound
from kb_app.letters import INVITE_BODY, INVITE_SUBJECT
from kb_app.mail.queueing import Draft, queue
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean_line, required
from models import (
    Invitation,
    Role,
    Team,
    TeamMember,
    User,
    Viewer,
    reading,
    record,
    unit_of_work,
)

GOOD_FOR = timedelta(days=7)
SHOWN = 100
ROLES = (Role.AGENT, Role.LEAD, Role.CONTENT_MANAGER, Role.ADMIN)


@dataclass(frozen=True)
class InviteInput:
    """Whom to ask, as what."""

    email: str
    name: str
    role: str
    team_id: int | None


@dataclass(frozen=True)
class InviteRow:
    """An invitation; `state` is waiting, expired, accepted or revoked."""

    invite_id: int
    email: str
    name: str
    role: Role
    team_name: str
    inviter_name: str
    state: str
    expires_at: datetime


@dataclass(frozen=True)
class InvitesPage:
    """All of them, and what can be chosen."""

    rows: tuple[InviteRow, ...]
    teams: tuple[Choice, ...]
    roles: tuple[Role, ...]


@dataclass(frozen=True)
class WelcomePage:
    """What the link leads to."""

    token: str
    name: str
    email: str
    role: Role


def invites(ports: Ports, viewer: Viewer) -> InvitesPage:
    """Who was asked."""
    require(viewer, Permission.CONFIGURE)
    with reading(ports.database) as session:
        rows = session.execute(
            sa.select(Invitation, Team.name)
            .outerjoin(Team, Team.id == Invitation.team_id)
            .order_by(Invitation.id.desc())
            .limit(SHOWN)
        )
        teams = session.scalars(sa.select(Team).where(Team.is_active).order_by(Team.position))
        return InvitesPage(
            tuple(_row(ports, invitation, team or "") for invitation, team in rows),
            tuple(Choice(team.id, team.name) for team in teams),
            _grantable(viewer),
        )


def _row(ports: Ports, row: Invitation, team: str) -> InviteRow:
    return InviteRow(
        row.id, row.email, row.name, row.role, team, row.inviter_name, _state(ports, row),
        row.expires_at,
    )  # fmt: skip


def _state(ports: Ports, row: Invitation) -> str:
    if row.accepted_at is not None:
        return "accepted"
    if row.revoked_at is not None:
        return "revoked"
    return "waiting" if row.expires_at > ports.clock() else "expired"


def _grantable(viewer: Viewer) -> tuple[Role, ...]:
    """Nobody hands out more than they have: only the owner makes administrators."""
    return ROLES if viewer.role is Role.OWNER else ROLES[:-1]


def invite(ports: Ports, viewer: Viewer, form: InviteInput) -> int:
    """Write it down and mail the link, in one transaction; returns the invitation."""
    require(viewer, Permission.CONFIGURE)
    email = checked_email(form.email)
    name = required("name", clean_line(form.name), 80)
    role = next((role for role in _grantable(viewer) if role.value == form.role), None)
    if role is None:
        raise InvalidInput("role", "unknown")
    with unit_of_work(ports.database) as session:
        if session.scalar(sa.select(User.id).where(User.email == email)) is not None:
            raise InvalidInput("email", "has_account")
        if _waiting(ports, session, email):
            raise InvalidInput("email", "invited")
        if form.team_id is not None and session.get(Team, form.team_id) is None:
            raise InvalidInput("team_id", "unknown")
        row = Invitation(
            email=email, name=name, role=role, team_id=form.team_id,
            inviter_name=viewer.name, created_at=ports.clock(),
            nonce="", expires_at=ports.clock(),
        )  # fmt: skip
        session.add(row)
        _mail(ports, session, row)
        record(session, viewer, "invitation.sent", f"invitation:{row.id}", role=role.value)
        return row.id


def _waiting(ports: Ports, session: Session, email: str) -> bool:
    query = sa.select(Invitation.id).where(
        Invitation.email == email,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > ports.clock(),
    )
    return session.scalar(query.limit(1)) is not None


def _mail(ports: Ports, session: Session, row: Invitation) -> None:
    """A new link; the one before is worth nothing any more."""
    row.nonce = secrets.token_hex(16)
    row.expires_at = ports.clock() + GOOD_FOR
    session.flush()
    site = ports.config.site_name
    link = f"{ports.config.base_url}/invited/{_signer(ports).dumps([row.id, row.nonce])}"
    body = INVITE_BODY.format(name=row.name, who=row.inviter_name, site=site, link=link)
    key = f"invite-{row.id}-{row.nonce[:16]}"
    queue(ports, session, Draft(key, "account", row.email, INVITE_SUBJECT.format(site=site), body))


def resend(ports: Ports, viewer: Viewer, invite_id: int) -> None:
    """Another link, good for a week from now."""
    require(viewer, Permission.CONFIGURE)
    with unit_of_work(ports.database) as session:
        row = _open(session, invite_id)
        if row.role not in _grantable(viewer):
            raise InvalidInput("role", "unknown")
        _mail(ports, session, row)
        record(session, viewer, "invitation.resent", f"invitation:{row.id}")


def revoke(ports: Ports, viewer: Viewer, invite_id: int) -> None:
    """The link leads nowhere from now on."""
    require(viewer, Permission.CONFIGURE)
    with unit_of_work(ports.database) as session:
        row = _open(session, invite_id)
        row.revoked_at = ports.clock()
        record(session, viewer, "invitation.revoked", f"invitation:{row.id}")


def _open(session: Session, invite_id: int) -> Invitation:
    row = session.get(Invitation, invite_id, with_for_update=True)
    if row is None:
        raise NotFound(invite_id)
    if row.accepted_at is not None or row.revoked_at is not None:
        raise InvalidInput("invitation", "ended")
    return row


def welcome(ports: Ports, viewer: Viewer, token: str) -> WelcomePage:
    """What the link is for; LinkExpired when it is forged, old, used or withdrawn."""
    require(viewer, Permission.ENTER)
    with reading(ports.database) as session:
        row = _opened(ports, session, token)
        return WelcomePage(token, row.name, row.email, row.role)


def accept(ports: Ports, viewer: Viewer, token: str, name: str, password: str) -> SignedIn:
    """Make the account with the invited role and team; the link is used up."""
    require(viewer, Permission.ENTER)
    with reading(ports.database) as session:
        asked = _opened(ports, session, token)
    # Hashing takes a tenth of a second; no lock is held meanwhile.
    user = made_account(Registration(name, asked.email, password), asked.role)
    with unit_of_work(ports.database) as session:
        row = _opened(ports, session, token, lock=True)
        if session.scalar(sa.select(User.id).where(User.email == row.email)) is not None:
            raise InvalidInput("email", "has_account")
        _add(session, user)
        if row.team_id is not None:
            session.add(TeamMember(team_id=row.team_id, user_id=user.id))
        row.accepted_at, row.user_id = ports.clock(), user.id
        record(session, user.as_viewer(), "invitation.accepted", f"invitation:{row.id}")
        return SignedIn(user.id, user.session_epoch)


def _add(session: Session, user: User) -> None:
    try:
        with session.begin_nested():
            session.add(user)
    except sa.exc.IntegrityError as error:
        # Registered in this very moment.
        raise InvalidInput("email", "has_account") from error


def _signer(ports: Ports) -> URLSafeSerializer:
    return URLSafeSerializer(ports.config.secret_key, salt="invitation")


def _opened(ports: Ports, session: Session, token: str, *, lock: bool = False) -> Invitation:
    try:
        invite_id, nonce = _signer(ports).loads(token)
    except (BadData, ValueError, TypeError) as error:
        raise LinkExpired from error
    row = session.get(Invitation, invite_id, with_for_update=lock)
    if row is None or row.nonce != nonce or _state(ports, row) != "waiting":
        raise LinkExpired
    return row
