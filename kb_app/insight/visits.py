"""Searches as people mean them: pages and filters of one search are one visit to it. Pure.

A visit that ends without an opened article and is followed by another query of the same
person within two minutes was reformulated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from indexer.analysis import normalize

SAME_SEARCH = timedelta(minutes=30)
REFORMULATED = timedelta(minutes=2)


@dataclass(frozen=True)
class LoggedSearch:
    """One row of the log."""

    id: int
    query: str
    person: str
    total: int
    shown: tuple[int, ...]
    at: datetime
    source: str = "page"


@dataclass(frozen=True)
class LoggedClick:
    """One opened article."""

    article_id: int
    position: int
    at: datetime


@dataclass
class Visit:
    """One search of one person; `next_query` is what they typed instead, if they did."""

    query: str
    normal: str
    person: str
    at: datetime
    last_at: datetime
    found: int
    shown: tuple[int, ...]
    clicks: list[LoggedClick] = field(default_factory=list)
    next_query: str = ""

    @property
    def first_click(self) -> LoggedClick | None:
        """The article opened first."""
        return min(self.clicks, key=lambda click: click.at) if self.clicks else None


def visits(
    searches: Iterable[LoggedSearch], clicks: Mapping[int, Sequence[LoggedClick]]
) -> list[Visit]:
    """The visits behind the log, in the order they began. `searches` come in order of time."""
    made: list[Visit] = []
    known: dict[tuple[str, str], Visit] = {}
    latest: dict[str, Visit] = {}
    normals: dict[str, str] = {}
    for search in searches:
        normal = normals.get(search.query)
        if normal is None:
            normal = normals[search.query] = " ".join(normalize(search.query).split())
        if not normal:
            continue
        visit = known.get((search.person, normal))
        if visit is not None and search.at - visit.last_at <= SAME_SEARCH:
            visit.last_at, visit.found = search.at, max(visit.found, search.total)
        else:
            visit = Visit(
                search.query,
                normal,
                search.person,
                search.at,
                search.at,
                search.total,
                search.shown,
            )
            made.append(visit)
            known[search.person, normal] = visit
            _notice_reformulation(latest.get(search.person), visit)
        visit.clicks.extend(clicks.get(search.id, ()))
        latest[search.person] = visit
    return made


def _notice_reformulation(before: Visit | None, visit: Visit) -> None:
    if before is None or before.normal == visit.normal or before.clicks:
        return
    if visit.at - before.last_at <= REFORMULATED:
        before.next_query = visit.query


def people_in(made: Sequence[Visit]) -> int:
    """Different people, surely: keys change monthly, so the month with the most counts."""
    months: dict[tuple[int, int], set[str]] = defaultdict(set)
    for visit in made:
        months[visit.at.year, visit.at.month].add(visit.person)
    return max(map(len, months.values()), default=0)
