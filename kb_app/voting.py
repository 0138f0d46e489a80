"""有用 / 没用: one changeable vote a person, felt by the next search."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.usage import stats_of
from models import Article, ArticleStats, Viewer, Vote, unit_of_work, utcnow


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
        before = _exchange(session, viewer, article_id, value, ports)
        _count(stats, before, value)
        if before != value:
            stats.changed_at = ports.clock()
        return VoteState(article_id, stats.helpful, stats.unhelpful, value)


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
        _count(stats, double.value, 0)
        stats.changed_at = utcnow()
        session.delete(double)
    session.flush()
    session.execute(
        sa.update(Vote).where(Vote.voter_key == visitor_key).values(voter_key=account_key)
    )


def _exchange(session: Session, viewer: Viewer, article_id: int, value: int, ports: Ports) -> int:
    """Replace the stored vote; returns what it was."""
    stored = session.scalar(
        sa.select(Vote).where(Vote.article_id == article_id, Vote.voter_key == viewer.voter_key)
    )
    before = stored.value if stored else 0
    if stored is not None and value == 0:
        session.delete(stored)
    elif stored is not None:
        stored.value, stored.updated_at = value, ports.clock()
    elif value != 0:
        session.add(Vote(article_id=article_id, voter_key=viewer.voter_key, value=value))
    return before


def _count(stats: ArticleStats, before: int, after: int) -> None:
    stats.helpful += (after == 1) - (before == 1)
    stats.unhelpful += (after == -1) - (before == -1)
