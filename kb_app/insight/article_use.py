"""What became of each article in a period: searches that led to it, solved, tickets afterwards.

A ticket counts for an article when its asker opened the article from a search within the seven
days before, or was shown it for the very question; readers without a search are not known.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.insight.period import Period
from kb_app.insight.search_rows import Log
from kb_app.insight.visits import Visit, people_in
from kb_app.ports import Ports
from kb_app.searchers import key_of
from kb_app.showable import showable
from models import Question, QuestionShown, QuestionStatus, ShownKind, Ticket

AFTER = timedelta(days=7)
QUERIES = 3


@dataclass
class Use:
    """One article's period; `position` is the mean place it was opened at, `queries` masked."""

    searches: int = 0
    position: float | None = None
    queries: tuple[tuple[str, int], ...] = ()
    solved: int = 0
    tickets: set[int] = field(default_factory=set)


def use_of(session: Session, ports: Ports, log: Log, period: Period) -> dict[int, Use]:
    """By article; one that nothing is known of is missing."""
    found: dict[int, Use] = defaultdict(Use)
    readers: dict[str, list[tuple[int, datetime]]] = defaultdict(list)
    _add_searches(found, readers, log)
    for article_id, count in _solved(session, period):
        found[article_id].solved = count
    for ticket_id, asker, at in _tickets(session, period):
        keys = {key_of(ports.config, asker, day) for day in (at, at - AFTER)}
        for article_id, opened in (each for key in keys for each in readers.get(key, ())):
            if timedelta(0) <= at - opened <= AFTER:
                found[article_id].tickets.add(ticket_id)
    for article_id, ticket_id in _shown_before(session, period):
        found[article_id].tickets.add(ticket_id)
    return dict(found)


def _add_searches(
    found: dict[int, Use], readers: dict[str, list[tuple[int, datetime]]], log: Log
) -> None:
    groups: dict[str, list[Visit]] = defaultdict(list)
    led: dict[int, list[tuple[Visit, int]]] = defaultdict(list)
    for visit in log.visits:
        groups[visit.normal].append(visit)
        for click in visit.clicks:
            led[click.article_id].append((visit, click.position))
            readers[visit.person].append((click.article_id, click.at))
    shown = {
        normal: showable(group[-1].query, people_in(group))
        for normal, group in groups.items()
        if not log.is_protected(group)
    }
    for article_id, visits in led.items():
        use = found[article_id]
        use.searches = len(visits)
        use.position = sum(place for _, place in visits) / len(visits)
        use.queries = _most_common((visit for visit, _ in visits), shown)


def _most_common(visits: Iterable[Visit], shown: dict[str, str]) -> tuple[tuple[str, int], ...]:
    counts = Counter(shown[visit.normal] for visit in visits if visit.normal in shown)
    return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:QUERIES])


def _solved(session: Session, period: Period) -> list[tuple[int, int]]:
    """Questions that ended with 解决了 when this article stood first."""
    rows = session.execute(
        sa.select(QuestionShown.target_id, sa.func.count())
        .join(Question, Question.id == QuestionShown.question_id)
        .where(
            QuestionShown.kind == ShownKind.ARTICLE,
            QuestionShown.position == 1,
            Question.status == QuestionStatus.DEFLECTED,
            Question.created_at >= period.start,
            Question.created_at < period.end,
        )
        .group_by(QuestionShown.target_id)
    )
    return [(int(target), int(count)) for target, count in rows]


def _tickets(session: Session, period: Period) -> list[tuple[int, str, datetime]]:
    rows = session.execute(
        sa.select(Ticket.id, Ticket.requester_key, Ticket.created_at).where(
            Ticket.created_at >= period.start, Ticket.created_at < period.end
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _shown_before(session: Session, period: Period) -> list[tuple[int, int]]:
    rows = session.execute(
        sa.select(QuestionShown.target_id, Ticket.id)
        .join(Ticket, Ticket.question_id == QuestionShown.question_id)
        .where(
            QuestionShown.kind == ShownKind.ARTICLE,
            Ticket.created_at >= period.start,
            Ticket.created_at < period.end,
        )
    )
    return [(row[0], row[1]) for row in rows]
