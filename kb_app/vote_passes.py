"""放行 that holds: votes of one kind count for some days, as during a campaign or in one office.

A pass for one network knows it by the keyed hash of the day it was given; nobody can tell
the address from it. It ends by itself, or when a manager stops it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.searchers import digest
from kb_app.vote_watch import OF_A_NETWORK, Why
from models import Article, Viewer, Vote, VotePass, record, unit_of_work

LONGEST_DAYS = 60
MOST_NETWORKS = 50
SHOWN = 100


@dataclass(frozen=True)
class PassRow:
    """One pass in effect; `networks` as many rows as were given together."""

    pass_id: int
    why: str
    title: str
    slug: str
    networks: int
    until: datetime
    created_by: str


@dataclass(frozen=True)
class PassFor:
    """Which votes shall count: of one reason, on one article unless None, for some days."""

    why: Why
    article_id: int | None
    days: int


def let_pass(
    ports: Ports, session: Session, viewer: Viewer, vote: Vote, at: datetime
) -> dict[Why, str]:
    """The reasons that passes answer for this vote, and who gave them."""
    rows = session.scalars(
        sa.select(VotePass).where(
            VotePass.until > at,
            VotePass.stopped_at.is_(None),
            sa.or_(VotePass.article_id.is_(None), VotePass.article_id == vote.article_id),
        )
    )
    return {Why(row.why): row.created_by for row in rows if _is_of(ports, viewer, row)}


def give(
    ports: Ports, session: Session, viewer: Viewer, wanted: PassFor, votes: list[Vote]
) -> None:
    """Let votes like these released ones count from now on; the caller has asked permission."""
    if not 1 <= wanted.days <= LONGEST_DAYS:
        raise InvalidInput("days", "unknown")
    now = ports.clock()
    networks = {("", "")}
    if wanted.why in OF_A_NETWORK:
        known = {(vote.network, f"{vote.updated_at:%Y-%m-%d}") for vote in votes if vote.network}
        networks = set(sorted(known)[:MOST_NETWORKS])
    for network, day in networks:
        session.add(
            VotePass(
                why=wanted.why.value,
                article_id=wanted.article_id,
                network=network,
                day=day,
                until=now + timedelta(days=wanted.days),
                created_by=viewer.name,
                created_at=now,
            )
        )


def passes_in_effect(session: Session, at: datetime) -> tuple[PassRow, ...]:
    """What counts by a manager's word now, the next to end first."""
    rows = session.execute(
        sa.select(
            sa.func.min(VotePass.id),
            VotePass.why,
            sa.func.coalesce(Article.title, ""),
            sa.func.coalesce(Article.slug, ""),
            sa.func.count(sa.func.nullif(VotePass.network, "")),
            VotePass.until,
            VotePass.created_by,
        )
        .outerjoin(Article, Article.id == VotePass.article_id)
        .where(VotePass.until > at, VotePass.stopped_at.is_(None))
        .group_by(VotePass.why, Article.title, Article.slug, VotePass.until, VotePass.created_by)
        .order_by(VotePass.until)
        .limit(SHOWN)
    )
    return tuple(PassRow(*row) for row in rows)


def stop(ports: Ports, viewer: Viewer, pass_id: int) -> None:
    """From now on such votes are looked at again; what counted stays counted."""
    require(viewer, Permission.INSIGHT)
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        found = session.get(VotePass, pass_id, with_for_update=True)
        if found is None or found.stopped_at is not None or found.until <= now:
            raise NotFound(f"vote pass {pass_id}")
        together = sa.and_(
            VotePass.why == found.why,
            VotePass.article_id.is_not_distinct_from(found.article_id),
            VotePass.until == found.until,
            VotePass.created_by == found.created_by,
        )
        session.execute(sa.update(VotePass).where(together).values(stopped_at=now))
        record(session, viewer, "votes.pass_stopped", f"pass:{pass_id}", why=found.why)


def forget_passes(ports: Ports) -> None:
    """Passes that are over leave no trace of a network; the audit log knows who gave them."""
    over = sa.or_(VotePass.until < ports.clock(), VotePass.stopped_at.is_not(None))
    with unit_of_work(ports.database) as session:
        if session.scalar(sa.select(VotePass.id).where(over).limit(1)) is not None:
            session.execute(sa.delete(VotePass).where(over))


def _is_of(ports: Ports, viewer: Viewer, row: VotePass) -> bool:
    """Whether a pass is for this voter: any network, or the very one."""
    if not row.network:
        return Why(row.why) not in OF_A_NETWORK
    return row.network == digest(ports.config, f"network {row.day} {viewer.network}")
