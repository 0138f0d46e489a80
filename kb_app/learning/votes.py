"""Votes that were set aside, by reason and article: released, rejected, set aside again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.usage import stats_of
from kb_app.vote_passes import PassFor, PassRow, give, passes_in_effect
from kb_app.vote_watch import Why
from kb_app.voting import count, locked_votes
from models import (
    Article,
    Viewer,
    Voice,
    Vote,
    VoteStanding,
    reading,
    record,
    unit_of_work,
)

SHOWN = 300
SHELVES = (VoteStanding.HELD, VoteStanding.RELEASED, VoteStanding.REJECTED)


class Decision(StrEnum):
    """What a manager says about votes that were set aside."""

    RELEASE = "release"
    REJECT = "reject"
    UNDO = "undo"


_LEADS_TO = {
    Decision.RELEASE: (VoteStanding.HELD, VoteStanding.RELEASED),
    Decision.REJECT: (VoteStanding.HELD, VoteStanding.REJECTED),
}


@dataclass(frozen=True)
class Choice:
    """Which votes: those of one reason, on one article unless None, that are on this shelf.

    `days` is for how long a release is to hold for votes like them; 0 for these alone.
    """

    decision: Decision
    why: Why
    article_id: int | None
    shelf: VoteStanding = VoteStanding.HELD
    days: int = 0


@dataclass(frozen=True)
class HeldRow:
    """The votes of one reason on one article."""

    article_id: int
    title: str
    slug: str
    helpful: int
    unhelpful: int
    networks: int
    bare: int
    first: datetime
    last: datetime
    decided_by: str


@dataclass(frozen=True)
class HeldGroup:
    """All that was set aside for one reason."""

    why: str
    votes: int
    rows: tuple[HeldRow, ...]


@dataclass(frozen=True)
class VotesPage:
    """One shelf, and how many votes lie on each."""

    selected: str
    counts: dict[str, int]
    groups: tuple[HeldGroup, ...]
    passes: tuple[PassRow, ...] = ()


def votes_page(ports: Ports, viewer: Viewer, selected: str) -> VotesPage:
    """What was set aside; an unknown shelf shows the first."""
    require(viewer, Permission.INSIGHT)
    shelf = next((each for each in SHELVES if each.value == selected), VoteStanding.HELD)
    with reading(ports.database) as session:
        by_state = sa.select(Vote.state, sa.func.count()).group_by(Vote.state)
        counts = {state.value: number for state, number in session.execute(by_state)}
        rows = session.execute(_rows(shelf)).all()
        passes = passes_in_effect(session, ports.clock())
    groups = tuple(
        HeldGroup(why, sum(row.helpful + row.unhelpful for row in found), tuple(found))
        for why, found in (
            (why, [_row(each) for each in members])
            for why, members in groupby(rows, key=lambda row: str(row.held_why))
        )
    )
    told = {each.value: counts.get(each, 0) for each in SHELVES}
    return VotesPage(shelf.value, told, groups, passes)


def waiting(session: Session) -> int:
    """How many votes wait for a manager."""
    query = sa.select(sa.func.count()).where(Vote.state == VoteStanding.HELD)
    return session.scalar(query) or 0


def decide(ports: Ports, viewer: Viewer, choice: Choice) -> int:
    """Do as decided; returns how many votes that concerned. NotFound when none are left."""
    require(viewer, Permission.INSIGHT)
    before, after = _LEADS_TO.get(choice.decision, (choice.shelf, VoteStanding.HELD))
    chosen = sa.and_(Vote.state == before, Vote.held_why == choice.why.value)
    if choice.article_id is not None:
        chosen = sa.and_(chosen, Vote.article_id == choice.article_id)
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        votes = locked_votes(session, chosen, now) if before in SHELVES and before != after else []
        for vote in votes:
            counted = vote.value if vote.counts else 0
            vote.state, vote.decided_at, vote.decided_by = after, now, viewer.name
            stats = stats_of(session, vote.article_id)
            count(stats, counted, vote.value if vote.counts else 0)
        if not votes:
            raise NotFound("votes set aside")
        subject = f"article:{choice.article_id}" if choice.article_id else "votes"
        detail = {"why": choice.why.value, "votes": len(votes)}
        if choice.decision is Decision.RELEASE and choice.days:
            give(ports, session, viewer, PassFor(choice.why, choice.article_id, choice.days), votes)
            detail["days"] = choice.days
        record(session, viewer, f"votes.{choice.decision.value}", subject, **detail)
        return len(votes)


def _rows(shelf: VoteStanding) -> sa.Executable:
    def those(what: sa.ColumnElement[bool]) -> sa.Function[int]:
        return sa.func.count(sa.case((what, 1)))

    networks = sa.func.count(sa.distinct(sa.func.nullif(Vote.network, "")))
    query = sa.select(
        Vote.held_why,
        Article.id,
        Article.title,
        Article.slug,
        those(Vote.value == 1).label("helpful"),
        those(Vote.value == -1).label("unhelpful"),
        networks.label("networks"),
        those(Vote.voice == Voice.BARE).label("bare"),
        sa.func.min(Vote.updated_at).label("first"),
        sa.func.max(Vote.updated_at).label("last"),
        sa.func.max(Vote.decided_by).label("decided_by"),
    ).join(Article, Article.id == Vote.article_id)
    return (
        query.where(Vote.state == shelf)
        .group_by(Vote.held_why, Article.id, Article.title, Article.slug)
        .order_by(Vote.held_why, sa.func.count().desc(), Article.id)
        .limit(SHOWN)
    )


def _row(found: sa.Row[Any]) -> HeldRow:
    return HeldRow(*tuple(found)[1:])
