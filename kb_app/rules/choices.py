"""What a rule can compare with and set: the site's own teams, agents, categories and the like."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.setup.agents import agent_choices
from kb_app.setup.catalogue import node_choices
from kb_app.setup.teams import CHANNELS
from kb_app.ticket_news import CUSTOMER, RULE, STAFF, SYSTEM, News
from models import Category, CustomerGroup, CustomerLevel, Team, TicketStatus, Webhook
from ticket_bridge.lifecycle import HIDDEN
from ticket_bridge.triggers import NOBODY, Deed

STATUSES = tuple(status.value for status in TicketStatus if status not in HIDDEN)
LEVELS = ("1", "2", "3")


@dataclass(frozen=True)
class Option:
    """A value that can be chosen; without a label the page has its word."""

    value: str
    label: str = ""


@dataclass(frozen=True)
class RuleChoices:
    """Options by field of a condition and by deed."""

    fields: dict[str, tuple[Option, ...]]
    deeds: dict[Deed, tuple[Option, ...]]
    events: tuple[str, ...] = tuple(news.value for news in News)

    def label(self, name: str, value: str) -> str:
        """The label of a value of a field; empty when the page has its word."""
        found = (each.label for each in self.fields.get(name, ()) if each.value == value)
        return next(found, "")


def rule_choices(session: Session) -> RuleChoices:
    """All of them as they are now."""
    teams = _rows(session, Team.id, Team.name, sa.and_(Team.is_active), Team.position)
    agents = tuple(Option(str(each.id), each.label) for each in agent_choices(session))
    hooks = _rows(session, Webhook.id, Webhook.name, sa.true(), Webhook.name)
    nobody = Option(NOBODY)
    fields = {
        "status": _plain(*STATUSES),
        "was": _plain(*STATUSES),
        "by": _plain(CUSTOMER, STAFF, RULE, SYSTEM),
        "priority": _plain("1", "2", "3", "4", "5"),
        "urgency": _plain(*LEVELS),
        "channel": _plain(*CHANNELS),
        "team": (nobody, *teams),
        "agent": (nobody, *agents),
        "node": (nobody, *(Option(str(n.id), n.label) for n in node_choices(session))),
        "category": (nobody, *_rows(session, Category.id, Category.name)),
        "group": (nobody, *_rows(session, CustomerGroup.id, CustomerGroup.name)),
        "level": (nobody, *_rows(session, CustomerLevel.id, CustomerLevel.name)),
        "hours": _plain("open", "closed"),
    }
    deeds = {
        Deed.STATUS: _plain(*STATUSES),
        Deed.URGENCY: _plain(*LEVELS),
        Deed.TEAM: teams,
        Deed.AGENT: (nobody, *agents),
        Deed.NOTIFY_AGENT: agents,
        Deed.NOTIFY_TEAM: teams,
        Deed.FOLLOW: agents,
        Deed.WEBHOOK: hooks,
    }
    return RuleChoices(fields, deeds)


def _plain(*values: str) -> tuple[Option, ...]:
    return tuple(Option(value) for value in values)


def _rows(
    session: Session,
    key: sa.orm.InstrumentedAttribute[int],
    name: sa.orm.InstrumentedAttribute[str],
    rule: sa.ColumnElement[bool] | None = None,
    order: sa.orm.InstrumentedAttribute[int] | sa.orm.InstrumentedAttribute[str] | None = None,
) -> tuple[Option, ...]:
    query = sa.select(key, name).where(sa.true() if rule is None else rule)
    rows = session.execute(query.order_by(name if order is None else order))
    return tuple(Option(str(row[0]), row[1]) for row in rows)
