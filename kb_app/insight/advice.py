"""What should be done about an article, and why: the first reason that holds. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kb_app.insight.intervals import Share

BAD_RATING = 0.6
FEW_VOTES = 5
MANY_TICKETS = 3
TICKET_SHARE = 0.2
SHORT = 60
UNUSED = timedelta(days=180)
OLD = timedelta(days=365)
LOW_PLACE = 4.0
FEW_SEARCHES = 5


class Advice(StrEnum):
    """In the order of urgency."""

    UPDATE = "update"
    MERGE = "merge"
    WRITE = "write"
    RETIRE = "retire"
    KEEP = "keep"


class Reason(StrEnum):
    """What speaks for it."""

    REVIEW_DUE = "review_due"
    DISLIKED = "disliked"
    TICKETS = "tickets"
    TWIN = "twin"
    SHORT = "short"
    LOW = "low"
    UNUSED = "unused"
    OLD = "old"
    FINE = "fine"


ADVICE = {
    Reason.REVIEW_DUE: Advice.UPDATE,
    Reason.DISLIKED: Advice.UPDATE,
    Reason.TICKETS: Advice.UPDATE,
    Reason.TWIN: Advice.MERGE,
    Reason.SHORT: Advice.WRITE,
    Reason.LOW: Advice.WRITE,
    Reason.UNUSED: Advice.RETIRE,
    Reason.OLD: Advice.UPDATE,
    Reason.FINE: Advice.KEEP,
}


@dataclass(frozen=True)
class Facts:
    """What is known of an article; `has_twin` when another says very much the same."""

    length: int
    has_files: bool
    views: int
    searches: int
    position: float | None
    rating: Share
    tickets: int
    has_twin: bool
    review_by: datetime | None
    published_at: datetime | None
    updated_at: datetime


def judge(facts: Facts, now: datetime) -> Reason:
    """The first of the reasons that holds."""
    disliked = facts.rating.whole >= FEW_VOTES and facts.rating.high < BAD_RATING
    many = facts.tickets >= MANY_TICKETS and facts.tickets >= TICKET_SHARE * facts.searches
    low = facts.searches >= FEW_SEARCHES and (facts.position or 0) >= LOW_PLACE
    appeared = facts.published_at or facts.updated_at
    unused = not facts.views and not facts.searches and now - appeared >= UNUSED
    rules = (
        (Reason.REVIEW_DUE, facts.review_by is not None and facts.review_by <= now),
        (Reason.DISLIKED, disliked),
        (Reason.TICKETS, many),
        (Reason.TWIN, facts.has_twin),
        (Reason.SHORT, facts.length < SHORT and not facts.has_files),
        (Reason.LOW, low),
        (Reason.UNUSED, unused),
        (Reason.OLD, now - facts.updated_at >= OLD),
    )
    return next((reason for reason, holds in rules if holds), Reason.FINE)
