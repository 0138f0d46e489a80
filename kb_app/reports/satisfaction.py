"""What customers said of solved tickets: stars, by whom, and their words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.reports.asking import Asked, Cells, limited
from kb_app.reports.catalogue import Dimension, Measure, counted
from kb_app.reports.naming import Row
from kb_app.reports.performance import table
from kb_app.reports.scope import Scope, ScopeInput, scope_of
from models import Ticket, User, Viewer, reading

STARS = (5, 4, 3, 2, 1)
WAYS = (Dimension.AGENT, Dimension.TEAM, Dimension.NODE, Dimension.CHANNEL, Dimension.MONTH)
MEASURES = (Measure.SOLVED, Measure.RATED, Measure.RATING, Measure.SATISFIED)
COMMENTS = 50
IN_A_FILE = 5_000


@dataclass(frozen=True)
class Comment:
    """What somebody wrote with their stars."""

    number: str
    subject: str
    rating: int
    comment: str
    assignee_name: str
    created_at: datetime


@dataclass(frozen=True)
class SatisfactionPage:
    """Stars, the table, the words; the worst first when asked so."""

    scope: Scope
    by: Dimension
    measures: tuple[Measure, ...]
    rows: tuple[Row, ...]
    whole: Cells
    stars: tuple[tuple[int, int], ...]
    comments: tuple[Comment, ...]
    only_low: bool
    ways: tuple[Dimension, ...] = WAYS


def satisfaction(
    ports: Ports, viewer: Viewer, asked: ScopeInput, by: str, *, only_low: bool = False
) -> SatisfactionPage:
    """Of the tickets opened in the period."""
    require(viewer, Permission.MANAGE_DESK)
    chosen = next((way for way in WAYS if way.value == by), Dimension.AGENT)
    with reading(ports.database) as session:
        scope = scope_of(ports, session, asked)
        rows, whole = table(ports, session, Asked(MEASURES, chosen, scope.period, scope.narrowed))
        rules = counted(scope.period, scope.narrowed)
        with limited(session):
            query = sa.select(Ticket.rating, sa.func.count()).where(
                *rules, Ticket.rating.is_not(None)
            )
            found = {
                int(star or 0): n for star, n in session.execute(query.group_by(Ticket.rating))
            }
            said = session.execute(comment_query(rules, only_low=only_low).limit(COMMENTS)).all()
    stars = tuple((star, found.get(star, 0)) for star in STARS)
    comments = tuple(Comment(*row) for row in said)
    return SatisfactionPage(scope, chosen, MEASURES, rows, whole, stars, comments, only_low)


def comments(ports: Ports, viewer: Viewer, asked: ScopeInput) -> tuple[Comment, ...]:
    """Every comment of the period, newest first, IN_A_FILE at most."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session, limited(session):
        scope = scope_of(ports, session, asked)
        query = comment_query(counted(scope.period, scope.narrowed), only_low=False)
        return tuple(Comment(*row) for row in session.execute(query.limit(IN_A_FILE)))


def comment_query(
    rules: list[sa.ColumnElement[bool]], *, only_low: bool
) -> sa.Select[*tuple[Any, ...]]:
    """Rated tickets with words, newest first."""
    query = (
        sa.select(
            Ticket.number,
            Ticket.subject,
            Ticket.rating,
            Ticket.rating_comment,
            sa.func.coalesce(User.name, ""),
            Ticket.created_at,
        )
        .outerjoin(User, User.id == Ticket.assignee_id)
        .where(*rules, Ticket.rating.is_not(None), Ticket.rating_comment != "")
        .order_by(Ticket.created_at.desc(), Ticket.id.desc())
    )
    return query.where(Ticket.rating <= 2) if only_low else query  # noqa: PLR2004  stars
