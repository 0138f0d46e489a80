"""The two groups of askers from the database: who came in, and what became of them in a week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.holdout import person_key
from kb_app.insight.effect import Effect, Group, effect
from kb_app.insight.period import Period
from kb_app.ports import Ports
from models import HoldoutPerson, Question, QuestionStatus, Ticket

WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Outcome:
    """Something a person did: opened a ticket, or said that a question was solved."""

    person: str
    at: datetime
    is_ticket: bool


def compared(ports: Ports, session: Session, period: Period) -> Effect | None:
    """The comparison of those who came in during the period; None while nobody did.

    Only people whose seven days are over count.
    """
    until = min(period.end, ports.clock() - WITHIN)
    rows = session.execute(
        sa.select(HoldoutPerson.person_key, HoldoutPerson.held, HoldoutPerson.joined_at).where(
            HoldoutPerson.joined_at >= period.start, HoldoutPerson.joined_at < period.end
        )
    ).all()
    if not rows:
        return None
    joined = {row.person_key: row.joined_at for row in rows if row.joined_at < until}
    held = {row.person_key for row in rows if row.held}
    ended = endings(joined, _outcomes(ports, session, period))
    return effect(
        _group([ended[key] for key in joined if key in held]),
        _group([ended[key] for key in joined if key not in held]),
    )


def endings(joined: dict[str, datetime], outcomes: Iterable[Outcome]) -> dict[str, str]:
    """For everybody who joined: ticket, else solved, else nothing – within seven days. Pure."""
    ended = dict.fromkeys(joined, "")
    for outcome in outcomes:
        since = joined.get(outcome.person)
        if since is None or not timedelta(0) <= outcome.at - since <= WITHIN:
            continue
        if outcome.is_ticket:
            ended[outcome.person] = "ticket"
        elif not ended[outcome.person]:
            ended[outcome.person] = "solved"
    return ended


def _group(ended: list[str]) -> Group:
    return Group(len(ended), ended.count("ticket"), ended.count("solved"))


def _outcomes(ports: Ports, session: Session, period: Period) -> list[Outcome]:
    until = period.end + WITHIN
    tickets = session.execute(
        sa.select(Ticket.requester_key, Ticket.created_at).where(
            Ticket.created_at >= period.start, Ticket.created_at < until
        )
    )
    solved = session.execute(
        sa.select(Question.asker_key, Question.settled_at).where(
            Question.status == QuestionStatus.DEFLECTED,
            Question.settled_at >= period.start,
            Question.settled_at < until,
        )
    )
    keys: dict[str, str] = defaultdict(str)
    found = []
    for is_ticket, rows in ((True, tickets), (False, solved)):
        for voter_key, at in rows:
            if at is None:
                continue
            keys[voter_key] = keys[voter_key] or person_key(ports.config, voter_key)
            found.append(Outcome(keys[voter_key], at, is_ticket))
    return found
