"""Which votes are set aside: many in a day from one network, from newcomers, on one article.

Thresholds follow what is usual here. Only a keyed hash of the network is kept, another every
day; accounts older than a day are trusted. A burst is set aside whole, its first votes too.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.ports import Ports
from kb_app.readers import LOCAL, reader_key
from kb_app.searchers import digest, key_of
from models import (
    COUNTING,
    ArticleReader,
    Question,
    SearchLog,
    User,
    Viewer,
    Voice,
    Vote,
    VoteStanding,
    unit_of_work,
)

DAY = timedelta(days=1)
USUAL_DAYS = 28
KEPT = timedelta(days=30)
NETWORK_ARTICLE, NETWORK, BARE_ARTICLE, BARE_SITE, ARTICLE, SITE = 3, 20, 4, 20, 8, 100
TIMES_USUAL = 3.0


class Why(StrEnum):
    """Why votes were set aside; the narrowest reason first."""

    NETWORK_ARTICLE = "network_article"
    NETWORK = "network"
    BARE_ARTICLE = "bare_article"
    BARE_SITE = "bare_site"
    ARTICLE = "article"
    SITE = "site"


OF_A_NETWORK = frozenset({Why.NETWORK_ARTICLE, Why.NETWORK})


@dataclass(frozen=True)
class Day:
    """Doubtful votes of the last day, this one included, and how many are usual in a day."""

    network_article: int = 0
    network: int = 0
    bare_article: int = 0
    bare_site: int = 0
    article: int = 0
    site: int = 0
    usual_article: float = 0.0
    usual_site: float = 0.0


def suspicion(day: Day, passed: Collection[Why] = ()) -> Why | None:
    """Why the last vote of such a day is to be set aside; None when it counts.

    Reasons in `passed` are known to be honest here (see vote_passes).
    """
    article = max(ARTICLE, TIMES_USUAL * day.usual_article)
    site = max(SITE, TIMES_USUAL * day.usual_site)
    checks = (
        (Why.NETWORK_ARTICLE, day.network_article > NETWORK_ARTICLE),
        (Why.NETWORK, day.network > NETWORK),
        (Why.BARE_ARTICLE, day.bare_article > max(BARE_ARTICLE, day.usual_article)),
        (Why.BARE_SITE, day.bare_site > max(BARE_SITE, day.usual_site)),
        (Why.ARTICLE, day.article > article),
        (Why.SITE, day.site > site),
    )
    return next((why for why, exceeded in checks if exceeded and why not in passed), None)


def network_key(ports: Ports, viewer: Viewer, at: datetime) -> str:
    """A hash of the voter's address block that is another one tomorrow; empty when unknown."""
    if viewer.network in {"", LOCAL}:
        return ""
    return digest(ports.config, f"network {at:%Y-%m-%d} {viewer.network}")


def voice_of(ports: Ports, session: Session, viewer: Viewer, at: datetime) -> Voice:
    """Whether this voice was heard of before today, or does anything but vote."""
    before = at - DAY
    if viewer.user_id is not None:
        made = session.scalar(sa.select(User.created_at).where(User.id == viewer.user_id))
        if viewer.is_staff or (made is not None and made <= before):
            return Voice.KNOWN
    key = key_of(ports.config, viewer.voter_key, at, staff=viewer.is_staff)
    searched = sa.select(SearchLog.id).where(SearchLog.searcher_key == key)
    asked = sa.select(Question.id).where(Question.asker_key == viewer.voter_key)
    earlier = (
        searched.where(SearchLog.created_at <= before),
        asked.where(Question.created_at <= before),
        sa.select(Vote.id).where(
            Vote.voter_key == viewer.voter_key,
            Vote.created_at <= before,
            Vote.state.in_(sorted(COUNTING)),
        ),
    )
    if any(session.scalar(query.limit(1)) is not None for query in earlier):
        return Voice.KNOWN
    read = sa.select(ArticleReader.article_id).where(
        ArticleReader.reader_key == reader_key(ports, viewer, at)
    )
    if any(session.scalar(query.limit(1)) is not None for query in (searched, asked, read)):
        return Voice.NEW
    return Voice.BARE


def day_of(session: Session, vote: Vote, at: datetime) -> Day | None:
    """What came in the last day beside a vote just written; None when it is beyond doubt."""
    if vote.voice is Voice.KNOWN and not vote.network:
        return None
    fresh, bare = vote.voice is not Voice.KNOWN, vote.voice is Voice.BARE
    usual_article, usual_site = _usual(session, vote, at)
    return Day(
        network_article=_count(session, vote, at, Why.NETWORK_ARTICLE) if vote.network else 0,
        network=_count(session, vote, at, Why.NETWORK) if vote.network else 0,
        bare_article=_count(session, vote, at, Why.BARE_ARTICLE) if bare else 0,
        bare_site=_count(session, vote, at, Why.BARE_SITE) if bare else 0,
        article=_count(session, vote, at, Why.ARTICLE) if fresh else 0,
        site=_count(session, vote, at, Why.SITE) if fresh else 0,
        usual_article=usual_article,
        usual_site=usual_site,
    )


def same_burst(vote: Vote, why: Why, at: datetime) -> sa.ColumnElement[bool]:
    """The votes of the last day that belong together with this one for such a reason."""
    narrowed: dict[Why, Sequence[sa.ColumnElement[bool]]] = {
        Why.NETWORK_ARTICLE: (Vote.network == vote.network, Vote.article_id == vote.article_id),
        Why.NETWORK: (Vote.network == vote.network,),
        Why.BARE_ARTICLE: (Vote.voice == Voice.BARE, Vote.article_id == vote.article_id),
        Why.BARE_SITE: (Vote.voice == Voice.BARE,),
        Why.ARTICLE: (Vote.voice != Voice.KNOWN, Vote.article_id == vote.article_id),
        Why.SITE: (Vote.voice != Voice.KNOWN,),
    }
    unproven = sa.or_(Vote.network != "", Vote.voice != Voice.KNOWN)
    return sa.and_(Vote.updated_at > at - DAY, unproven, *narrowed[why])


def forget_networks(ports: Ports) -> int:
    """Empty the hashes of networks a month after the vote; returns how many."""
    old = sa.and_(Vote.network != "", Vote.updated_at < ports.clock() - KEPT)
    with unit_of_work(ports.database) as session:
        found = len(session.scalars(sa.select(Vote.id).where(old)).all())
        if found:
            session.execute(sa.update(Vote).where(old).values(network=""))
    return found


def _count(session: Session, vote: Vote, at: datetime, why: Why) -> int:
    """The votes of such a burst; those that a manager released are no longer in doubt.

    Votes set aside for a narrower reason say nothing of others: one machine must not be able
    to have everybody's votes on an article, or on the site, set aside with its own.
    """
    reasons = tuple(Why)
    as_wide = reasons if why in OF_A_NETWORK else reasons[reasons.index(why) :]
    doubted = Vote.state.in_([VoteStanding.HELD, VoteStanding.REJECTED])
    doubtful = sa.or_(
        Vote.state == VoteStanding.COUNTED,
        sa.and_(doubted, Vote.held_why.in_([each.value for each in as_wide])),
    )
    query = sa.select(sa.func.count()).select_from(Vote)
    return session.scalar(query.where(same_burst(vote, why, at), doubtful)) or 0


def _usual(session: Session, vote: Vote, at: datetime) -> tuple[float, float]:
    """Counted votes a day before the last one: on this article, and on all."""
    mine = sa.func.count(sa.case((Vote.article_id == vote.article_id, 1)))
    whole = sa.select(mine, sa.func.count()).where(
        Vote.updated_at <= at - DAY,
        Vote.updated_at > at - USUAL_DAYS * DAY,
        Vote.state.in_(sorted(COUNTING)),
    )
    article, site = session.execute(whole).one()
    return article / USUAL_DAYS, site / USUAL_DAYS
