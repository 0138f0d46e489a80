"""What happened to a ticket, passed on to rules and webhooks by one job of the same transaction.

Costs nothing but a look when nobody has set up a rule or a webhook.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Job, JobKind, RuleKind, TicketRule, Viewer, Webhook, enqueue

JOBS, CARES, CAUSE = "ticket_news", "ticket_news_cares", "ticket_news_cause"
LONGEST = 200


class News(StrEnum):
    """What can happen to a ticket, as rules and webhooks name it."""

    CREATED = "created"
    CUSTOMER_REPLIED = "customer_replied"
    STAFF_REPLIED = "staff_replied"
    NOTE = "note"
    STATUS = "status"
    ASSIGNED = "assigned"
    TEAM = "team"
    PRIORITY = "priority"
    NODE = "node"
    TAGS = "tags"
    RATED = "rated"
    SOON = "soon"
    LATE = "late"


# The history's own words for it.
OF_HISTORY = {
    "created": News.CREATED,
    "status": News.STATUS,
    "assigned": News.ASSIGNED,
    "routed": News.ASSIGNED,
    "team": News.TEAM,
    "queued": News.TEAM,
    "priority": News.PRIORITY,
    "node": News.NODE,
    "tags": News.TAGS,
    "rated": News.RATED,
}


CUSTOMER, STAFF, RULE, SYSTEM = "customer", "staff", "rule", "system"


@dataclass(frozen=True)
class Cause:
    """The change at the beginning of a chain of rules, and how many rules ago it was."""

    root: str = ""
    depth: int = 0


@dataclass(frozen=True)
class Item:
    """One piece of news; `by` is customer, staff, rule or system; `message_id` what was said."""

    news: News
    before: str = ""
    after: str = ""
    actor: str = ""
    by: str = "system"
    message_id: int | None = None


def report(session: Session, ticket_id: int, item: Item) -> None:
    """Write it into the transaction's one job for this ticket, if anybody wants to know."""
    if not _anybody_cares(session):
        return
    jobs: dict[int, Job] = session.info.setdefault(JOBS, {})
    job = jobs.get(ticket_id)
    if job is None:
        cause: Cause = session.info.get(CAUSE, Cause())
        job = jobs[ticket_id] = enqueue(session, JobKind.RUN_RULES, ticket_id=ticket_id)
        job.payload = {**job.payload, "items": [], "root": cause.root, "depth": cause.depth}
    job.payload = {**job.payload, "items": [*job.payload["items"], _plain(item)]}


def by_whom(session: Session, viewer: Viewer) -> str:
    """Whose doing it is."""
    if CAUSE in session.info:
        return RULE
    if viewer.user_id is None and viewer.is_staff:
        return SYSTEM
    return STAFF if viewer.is_staff else CUSTOMER


def caused_by(session: Session, cause: Cause) -> None:
    """What happens in this transaction from now on is the doing of a rule."""
    session.info[CAUSE] = cause


def items_of(payload: dict[str, Any]) -> tuple[Item, ...]:
    """The news of a job."""
    return tuple(Item(**{**each, "news": News(each["news"])}) for each in payload["items"])


def _plain(item: Item) -> dict[str, Any]:
    return {
        "news": item.news.value,
        "before": item.before[:LONGEST],
        "after": item.after[:LONGEST],
        "actor": item.actor,
        "by": item.by,
        "message_id": item.message_id,
    }


def _anybody_cares(session: Session) -> bool:
    known: bool | None = session.info.get(CARES)
    if known is None:
        rule = sa.select(TicketRule.id).where(
            TicketRule.is_active, TicketRule.kind == RuleKind.TRIGGER
        )
        hook = sa.select(Webhook.id).where(Webhook.is_active)
        with session.no_autoflush:
            query = sa.select(sa.or_(rule.exists(), hook.exists()))
            known = session.info[CARES] = bool(session.scalar(query))
    return known
