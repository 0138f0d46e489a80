"""Keys for other systems: shown once, kept as a hash, each for one thing."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from kb_app.errors import InvalidInput, NotAllowed, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean_line, required
from models import AccessToken, Viewer, reading, record, unit_of_work

CALLS = "calls"
SCOPES = (CALLS,)
PREFIX = "wenda_"
SECRET_BYTES = 32
HINT = 4
MOST = 20
NOTE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class TokenRow:
    """A key as a page shows it."""

    token_id: int
    name: str
    scope: str
    hint: str
    maker_name: str
    created_at: datetime
    used_at: datetime | None


def tokens(ports: Ports, viewer: Viewer) -> tuple[TokenRow, ...]:
    """Those that work."""
    require(viewer, Permission.CONFIGURE)
    with reading(ports.database) as session:
        rows = session.scalars(
            sa.select(AccessToken)
            .where(AccessToken.revoked_at.is_(None))
            .order_by(AccessToken.id.desc())
        )
        return tuple(
            TokenRow(
                row.id,
                row.name,
                row.scope,
                row.hint,
                row.maker_name,
                row.created_at,
                row.used_at,
            )
            for row in rows
        )


def make(ports: Ports, viewer: Viewer, name: str, scope: str) -> str:
    """A new key, to be shown this once."""
    require(viewer, Permission.CONFIGURE)
    called = required("token_name", clean_line(name), 60)
    if scope not in SCOPES:
        raise InvalidInput("scope", "unknown")
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    with unit_of_work(ports.database) as session:
        alive = sa.select(sa.func.count()).where(AccessToken.revoked_at.is_(None))
        if (session.scalar(alive) or 0) >= MOST:
            raise InvalidInput("token_name", "too_many")
        row = AccessToken(
            name=called,
            scope=scope,
            token_hash=_hash(secret),
            hint=secret[-HINT:],
            maker_name=viewer.name,
            created_at=ports.clock(),
        )
        session.add(row)
        session.flush()
        record(session, viewer, "token.made", f"token:{row.id}", name=called, scope=scope)
    return secret


def revoke(ports: Ports, viewer: Viewer, token_id: int) -> None:
    """From now on it opens nothing."""
    require(viewer, Permission.CONFIGURE)
    with unit_of_work(ports.database) as session:
        row = session.get(AccessToken, token_id)
        if row is None:
            raise NotFound(token_id)
        if row.revoked_at is None:
            row.revoked_at = ports.clock()
            record(session, viewer, "token.revoked", f"token:{token_id}", name=row.name)


def holder(ports: Ports, secret: str, scope: str) -> int:
    """The id of a key that works for this; NotAllowed."""
    now = ports.clock()
    with reading(ports.database) as session:
        row = session.scalar(
            sa.select(AccessToken).where(
                AccessToken.token_hash == _hash(secret.strip()),
                AccessToken.scope == scope,
                AccessToken.revoked_at.is_(None),
            )
        )
    if row is None:
        raise NotAllowed(scope)
    if row.used_at is None or row.used_at < now - NOTE_EVERY:
        with unit_of_work(ports.database) as session:
            session.execute(
                sa.update(AccessToken).where(AccessToken.id == row.id).values(used_at=now)
            )
    return row.id


def any_for(ports: Ports, scope: str) -> bool:
    """Whether some system holds a key for this."""
    query = sa.select(AccessToken.id).where(
        AccessToken.scope == scope, AccessToken.revoked_at.is_(None)
    )
    with reading(ports.database) as session:
        return session.scalar(query.limit(1)) is not None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
