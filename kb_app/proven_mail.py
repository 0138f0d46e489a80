"""Whether an address is its account's: its holder opens a mailed link, signed in.

Both, so that nobody says yes to an account that a stranger opened with their address. Until
then nothing but that link and what they ask themselves goes there, no mail from that address
counts as theirs, and no list of addresses lets them into a group.
"""

from __future__ import annotations

import sqlalchemy as sa
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from kb_app.errors import LinkExpired, NotFound
from kb_app.letters_access import PROVE_BODY, PROVE_SUBJECT
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import (
    EmailClaim,
    JobKind,
    User,
    Viewer,
    enqueue,
    insert_if_absent,
    reading,
    record,
    unit_of_work,
)

LINK_SECONDS = 3 * 24 * 3600


def is_proven(session: Session, user_id: int) -> bool:
    """Whether nothing is left to show."""
    return session.get(EmailClaim, user_id) is None


def proven() -> sa.ColumnElement[bool]:
    """The same of `User` as SQL."""
    return sa.not_(sa.exists().where(EmailClaim.user_id == User.id))


def claim(ports: Ports, session: Session, user: User) -> None:
    """A new account: its address is only claimed, and asked for a yes."""
    insert_if_absent(session, EmailClaim, user_id=user.id, created_at=ports.clock())
    _mail(ports, session, user)


def prove(session: Session, user_id: int) -> None:
    """Somebody followed a link that only the address was sent."""
    session.execute(sa.delete(EmailClaim).where(EmailClaim.user_id == user_id))


def send_again(ports: Ports, viewer: Viewer) -> bool:
    """Another link to one's own address; False when there is nothing left to show."""
    require(viewer, Permission.ACCOUNT)
    with unit_of_work(ports.database) as session:
        user = session.get(User, viewer.user_id)
        if user is None:
            raise NotFound("account")
        if is_proven(session, user.id):
            return False
        _mail(ports, session, user)
        return True


def address_behind(ports: Ports, viewer: Viewer, token: str) -> str:
    """Which address a link is for; LinkExpired when it is forged, old or another account's."""
    require(viewer, Permission.ACCOUNT)
    with reading(ports.database) as session:
        return _opened(ports, session, viewer, token).email


def confirm(ports: Ports, viewer: Viewer, token: str) -> None:
    """The address is the account's from now on; doing it twice is doing it once."""
    require(viewer, Permission.ACCOUNT)
    with unit_of_work(ports.database) as session:
        user = _opened(ports, session, viewer, token)
        if not is_proven(session, user.id):
            prove(session, user.id)
            record(session, user.as_viewer(), "account.email_proven", f"user:{user.id}")


def _opened(ports: Ports, session: Session, viewer: Viewer, token: str) -> User:
    try:
        user_id, email = _signer(ports).loads(token, max_age=LINK_SECONDS)
    except (BadData, ValueError, TypeError) as error:
        raise LinkExpired from error
    user = session.get(User, user_id) if user_id == viewer.user_id else None
    if user is None or not user.is_active or user.email != email:
        raise LinkExpired
    return user


def _signer(ports: Ports) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(ports.config.secret_key, salt="email-proof")


def _mail(ports: Ports, session: Session, user: User) -> None:
    token = _signer(ports).dumps([user.id, user.email])
    link = f"{ports.config.base_url}/confirm-email/{token}"
    site = ports.config.site_name
    enqueue(
        session,
        JobKind.SEND_MAIL,
        to=user.email,
        subject=PROVE_SUBJECT.format(site=site),
        body=PROVE_BODY.format(name=user.name, site=site, link=link),
        mail_kind="account",
    )
