"""Wanting to hear of new articles in a category: at once for a proven account, else after a mail.

Links in mails are signed; stopping needs no login and works as long as the row exists.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from kb_app import trees
from kb_app.accounts import checked_email
from kb_app.errors import InvalidInput, LinkExpired, NotFound
from kb_app.letters import CONFIRM_BODY, CONFIRM_SUBJECT
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.proven_mail import is_proven
from models import (
    Category,
    JobKind,
    Rhythm,
    Subscription,
    Viewer,
    enqueue,
    insert_if_absent,
    reading,
    unit_of_work,
)

CONFIRM_SECONDS = 7 * 24 * 3600
CONFIRM, STOP = "confirm", "stop"


@dataclass(frozen=True)
class SubscriptionPage:
    """What a link in a mail leads to."""

    category: str
    slug: str
    email: str
    token: str
    rhythm: Rhythm


def subscribe(ports: Ports, viewer: Viewer, slug: str, email: str, rhythm: Rhythm) -> bool:
    """Ask for news of a category; True when it holds at once, False when a mail must be answered.

    Asking again changes how often. An address that is not the viewer's own is told nothing
    but to confirm.
    """
    require(viewer, Permission.VOTE)
    address = viewer.email if viewer.user_id is not None else checked_email(email)
    with unit_of_work(ports.database) as session:
        node = trees.categories(session, viewer).by_slug(slug)
        if node is None:
            raise NotFound(slug)
        insert_if_absent(
            session,
            Subscription,
            email=address,
            category_id=node.id,
            rhythm=rhythm,
            sent_until=ports.clock(),
            created_at=ports.clock(),
        )
        row = _row(session, address, node.id)
        # An address that an account only claims is nobody's yet, and stays whose it is.
        if viewer.user_id is not None and is_proven(session, viewer.user_id):
            row.user_id, row.rhythm = viewer.user_id, rhythm
            row.confirmed_at = row.confirmed_at or ports.clock()
            return True
        if row.confirmed_at is None:
            row.rhythm = rhythm
        _ask_to_confirm(ports, session, row, node.name)
        return False


def _row(session: Session, email: str, category_id: int) -> Subscription:
    return session.scalars(
        sa.select(Subscription)
        .where(Subscription.email == email, Subscription.category_id == category_id)
        .with_for_update()
    ).one()


def _ask_to_confirm(ports: Ports, session: Session, row: Subscription, name: str) -> None:
    if row.confirmed_at is not None:
        return
    link = f"{ports.config.base_url}/subscriptions/{token_of(ports, CONFIRM, row)}"
    site = ports.config.site_name
    enqueue(
        session,
        JobKind.SEND_MAIL,
        to=row.email,
        subject=CONFIRM_SUBJECT.format(name=name, site=site),
        body=CONFIRM_BODY.format(name=name, site=site, link=link),
    )


def rhythm_of(session: Session, viewer: Viewer, category_id: int) -> Rhythm | None:
    """How often this account hears of the category; None when it does not."""
    if viewer.user_id is None:
        return None
    return session.scalar(
        sa.select(Subscription.rhythm).where(
            Subscription.user_id == viewer.user_id,
            Subscription.category_id == category_id,
            Subscription.confirmed_at.is_not(None),
        )
    )


def cancel(ports: Ports, viewer: Viewer, slug: str) -> None:
    """The account no longer wants to hear of a category."""
    require(viewer, Permission.ACCOUNT)
    with unit_of_work(ports.database) as session:
        category_id = session.scalar(sa.select(Category.id).where(Category.slug == slug))
        session.execute(
            sa.delete(Subscription).where(
                Subscription.user_id == viewer.user_id, Subscription.category_id == category_id
            )
        )


def token_of(ports: Ports, deed: str, row: Subscription) -> str:
    """What a mail's link carries: signed, for one row and one deed."""
    return _signer(ports).dumps([deed, row.id, row.email])


def _signer(ports: Ports) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(ports.config.secret_key, salt="subscription")


def subscription_page(ports: Ports, viewer: Viewer, token: str) -> tuple[str, SubscriptionPage]:
    """The deed a link is for (`confirm` or `stop`), and what it is about."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        deed, row = _opened(ports, session, token)
        category = session.get_one(Category, row.category_id)
        page = SubscriptionPage(category.name, category.slug, row.email, token, row.rhythm)
    return deed, page


def answer(ports: Ports, viewer: Viewer, token: str) -> str:
    """Do what the link is for; returns the deed. Stopping twice is stopping once."""
    require(viewer, Permission.READ)
    with unit_of_work(ports.database) as session:
        deed, row = _opened(ports, session, token)
        if deed == STOP:
            session.delete(row)
        elif row.confirmed_at is None:
            row.confirmed_at = row.sent_until = ports.clock()
    return deed


def _opened(ports: Ports, session: Session, token: str) -> tuple[str, Subscription]:
    """The row behind a link; LinkExpired when it is forged, too old, or the row is gone."""
    try:
        deed, row_id, email = _signer(ports).loads(token)
        if deed == CONFIRM:
            _signer(ports).loads(token, max_age=CONFIRM_SECONDS)
    except (BadData, ValueError, TypeError) as error:
        raise LinkExpired from error
    row = session.get(Subscription, row_id)
    if row is None or row.email != email:
        raise LinkExpired
    return str(deed), row


def rhythm_named(word: str) -> Rhythm:
    """How often, as the form says it."""
    try:
        return Rhythm(word)
    except ValueError as error:
        raise InvalidInput("rhythm", "unknown") from error
