"""有用 / 没用: one changeable vote a person, felt by the next search.

A vote that looks like stuffing (see vote_watch) is kept but not counted until a manager says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.usage import stats_of
from kb_app.vote_passes import let_pass
from kb_app.vote_watch import Why, day_of, network_key, same_burst, suspicion, voice_of
from models import (
    Article,
    ArticleStats,
    Viewer,
    Voice,
    Vote,
    VoteStanding,
    unit_of_work,
    utcnow,
)


@dataclass(frozen=True)
class VoteState:
    """The counts after a vote, and the voter's own voice (0 = none)."""

    article_id: int
    helpful: int
    unhelpful: int
    my_vote: int


def vote(ports: Ports, viewer: Viewer, article_id: int, value: int) -> VoteState:
    """Set (+1, -1) or take back (0) the viewer's vote; repeating it changes nothing."""
    require(viewer, Permission.VOTE)
    if value not in {-1, 0, 1}:
        raise InvalidInput("value", "unknown")
    with unit_of_work(ports.database) as session:
        readable = sa.select(Article.id).where(Article.id == article_id, Article.visible_to(viewer))
        if session.scalar(readable) is None:
            raise NotFound(str(article_id))
        stats = stats_of(session, article_id)
        now = ports.clock()
        before, stored = _exchange(session, viewer, article_id, value, now)
        why = _watch(ports, session, viewer, stored, now) if stored is not None else None
        after = stored.value if stored is not None and stored.counts else 0
        count(stats, before, after)
        if before != after:
            stats.changed_at = now
        state = VoteState(article_id, stats.helpful, stats.unhelpful, value)
    if why is not None and stored is not None:
        _hold_back(ports, same_burst(stored, why, now), why)
    return state


def locked_votes(session: Session, chosen: sa.ColumnElement[bool], now: datetime) -> list[Vote]:
    """These votes, their articles' counters locked in one order; the caller counts them anew."""
    articles = session.scalars(sa.select(Vote.article_id).where(chosen).distinct()).all()
    for article_id in sorted(articles):
        stats_of(session, article_id).changed_at = now
    return list(session.scalars(sa.select(Vote).where(chosen).order_by(Vote.id)))


def _hold_back(ports: Ports, burst: sa.ColumnElement[bool], why: Why) -> None:
    """The votes of the same burst that were counted before it was seen to be one."""
    counted = sa.and_(burst, Vote.state == VoteStanding.COUNTED)
    with unit_of_work(ports.database) as session:
        for each in locked_votes(session, counted, ports.clock()):
            each.state, each.held_why = VoteStanding.HELD, why.value
            count(stats_of(session, each.article_id), each.value, 0)


def adopt_votes(session: Session, visitor_key: str, account_key: str) -> None:
    """Signing in makes two voices one: where the account has voted, the visitor's vote goes."""
    own = sa.select(Vote.article_id).where(Vote.voter_key == account_key)
    doubles = session.scalars(
        sa.select(Vote)
        .where(Vote.voter_key == visitor_key, Vote.article_id.in_(own))
        .order_by(Vote.article_id)
    )
    for double in doubles.all():
        stats = stats_of(session, double.article_id)
        if double.counts:
            count(stats, double.value, 0)
            stats.changed_at = utcnow()
        session.delete(double)
    session.flush()
    session.execute(
        sa.update(Vote).where(Vote.voter_key == visitor_key).values(voter_key=account_key)
    )


def _exchange(
    session: Session, viewer: Viewer, article_id: int, value: int, now: datetime
) -> tuple[int, Vote | None]:
    """Replace the stored vote; returns what counted before, and the vote there is now."""
    stored = session.scalar(
        sa.select(Vote).where(Vote.article_id == article_id, Vote.voter_key == viewer.voter_key)
    )
    before = stored.value if stored is not None and stored.counts else 0
    if stored is not None and value == 0:
        if stored.state is not VoteStanding.REJECTED:  # or voting again would undo the decision
            session.delete(stored)
        return before, None
    if stored is not None and stored.value != value:
        stored.value, stored.updated_at = value, now
    elif stored is None and value != 0:
        stored = Vote(article_id=article_id, voter_key=viewer.voter_key, value=value)
        stored.state, stored.created_at, stored.updated_at = VoteStanding.COUNTED, now, now
        session.add(stored)
    return before, stored


def _watch(
    ports: Ports, session: Session, viewer: Viewer, stored: Vote, now: datetime
) -> Why | None:
    """Note who votes, and set the vote aside if it looks like stuffing; returns why.

    Only what comes over the network is watched; a manager's decision stands.
    """
    if not viewer.network or stored.state is not VoteStanding.COUNTED or stored.updated_at < now:
        session.flush()
        return None
    stored.voice = voice_of(ports, session, viewer, now)
    trusted = viewer.user_id is not None and stored.voice is Voice.KNOWN
    stored.network = "" if trusted else network_key(ports, viewer, now)
    session.flush()
    day = day_of(session, stored, now)
    if day is None:
        return None
    why = suspicion(day)
    if why is None:
        return None
    passes = let_pass(ports, session, viewer, stored, now)
    held = suspicion(day, passes)
    if held is None:
        stored.state, stored.held_why = VoteStanding.RELEASED, why.value
        stored.decided_by, stored.decided_at = passes[why], now
        return None
    stored.state, stored.held_why = VoteStanding.HELD, held.value
    return held


def count(stats: ArticleStats, before: int, after: int) -> None:
    """Change the counts as one vote changes."""
    stats.helpful += (after == 1) - (before == 1)
    stats.unhelpful += (after == -1) - (before == -1)
