"""Mails about new articles in subscribed categories, by day or week, in the daytime.

Each tells what its reader may read at that moment; the mail and the note that it was told
are one transaction, so a crash neither loses nor doubles it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import trees
from kb_app.letters import DIGEST_BODY, DIGEST_LINE, DIGEST_SUBJECT
from kb_app.ports import Ports
from kb_app.subscribing import STOP, token_of
from models import (
    Article,
    Category,
    JobKind,
    Rhythm,
    Subscription,
    User,
    Viewer,
    enqueue,
    listed_for,
    reading,
    unit_of_work,
    visitor,
)

WAITS = {Rhythm.DAILY: timedelta(hours=23), Rhythm.WEEKLY: timedelta(days=7, hours=-1)}
DAYTIME = range(8, 21)
AT_ONCE = 200
MOST_LINES = 30
FORGOTTEN = timedelta(days=14)


def send_digests(ports: Ports) -> int:
    """Write the mails that are due; returns how many. Unanswered subscriptions are forgotten."""
    now = ports.clock()
    if now.astimezone(ZoneInfo(ports.config.timezone)).hour not in DAYTIME:
        return 0
    with unit_of_work(ports.database) as session:
        stale = Subscription.created_at < now - FORGOTTEN
        session.execute(sa.delete(Subscription).where(Subscription.confirmed_at.is_(None), stale))
    due = [
        sa.and_(Subscription.rhythm == rhythm, Subscription.sent_until <= now - wait)
        for rhythm, wait in WAITS.items()
    ]
    query = sa.select(Subscription.id).where(Subscription.confirmed_at.is_not(None), sa.or_(*due))
    with reading(ports.database) as session:
        ids = session.scalars(query.order_by(Subscription.sent_until).limit(AT_ONCE)).all()
    return sum(_send(ports, row_id, now) for row_id in ids)


def _send(ports: Ports, row_id: int, now: datetime) -> bool:
    with unit_of_work(ports.database) as session:
        row = session.get(Subscription, row_id, with_for_update=True)
        if row is None or row.sent_until > now - WAITS[row.rhythm]:
            return False
        since, row.sent_until = row.sent_until, now
        reader = _reader(session, row)
        if reader is None:
            return False
        news = _news(session, reader, row.category_id, since, now)
        if news:
            _write(ports, session, row, news)
        return bool(news)


def _reader(session: Session, row: Subscription) -> Viewer | None:
    """With whose eyes the news are chosen; nobody for an account that was closed."""
    if row.user_id is None:
        return visitor("digest")
    user = session.get(User, row.user_id)
    return user.as_viewer() if user is not None and user.is_active else None


def _news(
    session: Session, reader: Viewer, category_id: int, since: datetime, now: datetime
) -> list[Article]:
    tree = trees.categories(session, reader)
    if category_id not in tree:
        return []
    rows = session.scalars(
        sa.select(Article)
        .where(
            listed_for(reader),
            Article.category_id.in_(tree.below(category_id)),
            Article.published_at > since,
            Article.published_at <= now,
        )
        .order_by(Article.published_at.desc(), Article.id.desc())
        .limit(MOST_LINES)
    )
    return list(rows)


def _write(ports: Ports, session: Session, row: Subscription, news: list[Article]) -> None:
    name = session.get_one(Category, row.category_id).name
    base, site = ports.config.base_url, ports.config.site_name
    lines = (DIGEST_LINE.format(title=a.title, link=f"{base}/articles/{a.slug}") for a in news)
    stop = f"{base}/subscriptions/{token_of(ports, STOP, row)}"
    enqueue(
        session,
        JobKind.SEND_MAIL,
        to=row.email,
        subject=DIGEST_SUBJECT.format(name=name, count=len(news)),
        body=DIGEST_BODY.format(name=name, lines="\n".join(lines), site=site, stop=stop),
    )
