"""What people search for: totals, trend, queries, dead ends, reformulations, categories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from zoneinfo import ZoneInfo

from kb_app import trees
from kb_app.cards import Choice
from kb_app.insight.period import Period, Wanted, period_of
from kb_app.insight.search_rows import MOST, Log, read_log
from kb_app.insight.visits import Visit, people_in
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.showable import showable
from kb_app.trees import Tree
from models import Viewer, reading

LISTED = 20


@dataclass(frozen=True)
class Totals:
    """All searches of the period; medians are None without a single opened article."""

    searches: int
    people: int
    found: int
    opened: int
    empty: int
    reformulated: int
    position: float | None
    seconds: float | None


@dataclass(frozen=True)
class Day:
    """One day of the trend."""

    day: date
    searches: int
    opened: int
    empty: int


@dataclass(frozen=True)
class QueryRow:
    """Searches that come to the same; `text` is masked, `position` the mean place opened."""

    text: str
    searches: int
    people: int
    opened: int
    empty: int
    reformulated: int
    position: float | None


@dataclass(frozen=True)
class Rewording:
    """What was typed, and what was typed instead."""

    before: str
    after: str
    times: int
    people: int


@dataclass(frozen=True)
class CategoryRow:
    """Searches that led into a category; `name` is empty for those that led nowhere."""

    name: str
    searches: int
    opened: int
    position: float | None


@dataclass(frozen=True)
class SearchesPage:
    """Everything about searches in a period; `hidden` queries were left out for their secrecy."""

    period: Period
    category_id: int | None
    categories: tuple[Choice, ...]
    totals: Totals
    days: tuple[Day, ...]
    queries: tuple[QueryRow, ...]
    empty: tuple[QueryRow, ...]
    rewordings: tuple[Rewording, ...]
    by_category: tuple[CategoryRow, ...]
    hidden: int
    cut: int


def searches_page(
    ports: Ports, viewer: Viewer, wanted: Wanted, listed: int = LISTED
) -> SearchesPage:
    """The analysis of the searches of a period, perhaps of one category."""
    require(viewer, Permission.INSIGHT)
    period = period_of(wanted, ports.clock(), ZoneInfo(ports.config.timezone))
    with reading(ports.database) as session:
        tree = trees.categories(session)
        log = read_log(session, viewer, period)
    category_id = wanted.category_id
    known = category_id if category_id is not None and category_id in tree else None
    made = log.of_category(tree, known)
    groups = _grouped(made, lambda visit: visit.normal)
    shown = {key: group for key, group in groups.items() if not log.is_protected(group)}
    rows = sorted(map(_query_row, shown.values()), key=lambda row: (-row.searches, row.text))
    return SearchesPage(
        period=period,
        category_id=known,
        categories=tree.short_choices(known),
        totals=_totals(made),
        days=_days(period, made),
        queries=tuple(rows[:listed]),
        empty=tuple([row for row in rows if row.empty][:listed]),
        rewordings=_rewordings(shown, groups, listed),
        by_category=_by_category(log, tree, made),
        hidden=len(groups) - len(shown),
        cut=MOST if log.cut else 0,
    )


def _grouped(made: Iterable[Visit], key: Callable[[Visit], str]) -> dict[str, list[Visit]]:
    groups: dict[str, list[Visit]] = defaultdict(list)
    for visit in made:
        groups[key(visit)].append(visit)
    return groups


def _totals(made: Sequence[Visit]) -> Totals:
    clicks = [(visit, visit.first_click) for visit in made]
    waits = [(click.at - visit.at).total_seconds() for visit, click in clicks if click]
    return Totals(
        searches=len(made),
        people=len({visit.person for visit in made}),
        found=sum(visit.found > 0 for visit in made),
        opened=len(waits),
        empty=sum(visit.found == 0 for visit in made),
        reformulated=sum(bool(visit.next_query) for visit in made),
        position=_middle([click.position for _, click in clicks if click]),
        seconds=_middle([max(0.0, wait) for wait in waits]),
    )


def _middle(values: Sequence[float]) -> float | None:
    return float(median(values)) if values else None


def _days(period: Period, made: Sequence[Visit]) -> tuple[Day, ...]:
    by_day: dict[date, list[Visit]] = defaultdict(list)
    for visit in made:
        by_day[period.day_of(visit.at)].append(visit)
    return tuple(
        Day(
            day,
            len(by_day[day]),
            sum(bool(visit.clicks) for visit in by_day[day]),
            sum(visit.found == 0 for visit in by_day[day]),
        )
        for day in period.dates
    )


def _query_row(group: Sequence[Visit]) -> QueryRow:
    people = people_in(group)
    return QueryRow(
        text=showable(group[-1].query, people),
        searches=len(group),
        people=people,
        opened=sum(bool(visit.clicks) for visit in group),
        empty=sum(visit.found == 0 for visit in group),
        reformulated=sum(bool(visit.next_query) for visit in group),
        position=_mean_place(group),
    )


def _mean_place(group: Sequence[Visit]) -> float | None:
    places = [visit.first_click.position for visit in group if visit.first_click]
    return sum(places) / len(places) if places else None


def _rewordings(
    shown: dict[str, list[Visit]], groups: dict[str, list[Visit]], listed: int
) -> tuple[Rewording, ...]:
    """What was typed and then typed differently; both must be fit to be shown."""
    pairs: dict[tuple[str, str], list[Visit]] = defaultdict(list)
    texts = {visit.query: visit.normal for group in groups.values() for visit in group}
    for normal, group in shown.items():
        for visit in group:
            after = texts.get(visit.next_query)
            if after in shown:
                pairs[normal, after or ""].append(visit)
    rows = []
    for (before, after), group in pairs.items():
        first, second = people_in(shown[before]), people_in(shown[after])
        words = showable(group[-1].query, first), showable(group[-1].next_query, second)
        rows.append(Rewording(*words, len(group), people_in(group)))
    rows.sort(key=lambda row: (-row.times, row.before, row.after))
    return tuple(rows[:listed])


def _by_category(log: Log, tree: Tree, made: Sequence[Visit]) -> tuple[CategoryRow, ...]:
    names = {node.id: node.name for node in tree.nodes}
    groups = _grouped(made, lambda visit: names.get(log.category(visit) or 0, ""))
    rows = [
        CategoryRow(name, len(group), sum(bool(v.clicks) for v in group), _mean_place(group))
        for name, group in groups.items()
    ]
    return tuple(sorted(rows, key=lambda row: (not row.name, -row.searches, row.name)))
