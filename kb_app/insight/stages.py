"""The lists behind the numbers of the funnel: masked questions, searches and votes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import trees
from kb_app.cards import PAGE_SIZE, page_count
from kb_app.errors import NotFound
from kb_app.insight.asked import Asked, Ending, Offer, read_asked
from kb_app.insight.funnel import Stage
from kb_app.insight.period import Period, Wanted, period_of
from kb_app.insight.search_rows import MOST, Log, read_log
from kb_app.insight.visits import Visit, people_in
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.showable import showable
from kb_app.trees import Tree
from models import Article, Viewer, Vote, reading

OF_SEARCHES: dict[Stage, Callable[[Visit], bool]] = {
    Stage.SEARCHED: lambda _visit: True,
    Stage.FOUND: lambda visit: visit.found > 0,
    Stage.OPENED: lambda visit: bool(visit.clicks),
}
OF_QUESTIONS: dict[Stage, Callable[[Asked], bool]] = {
    Stage.ASKED: lambda _asked: True,
    Stage.ANSWERED: lambda asked: asked.offer is Offer.ANSWER,
    Stage.SUGGESTED: lambda asked: asked.offer is Offer.SUGGESTIONS,
    Stage.SOLVED: lambda asked: asked.ending is Ending.SOLVED,
    Stage.SILENT: lambda asked: asked.ending is Ending.SILENT,
    Stage.TICKET: lambda asked: asked.ending is Ending.TICKET,
}


@dataclass(frozen=True)
class Entry:
    """One thing behind a number. Links are given only where the viewer may follow them."""

    text: str
    at: datetime
    question: str = ""
    ticket: str = ""
    article: str = ""
    offer: str = ""
    ending: str = ""
    value: int = 0


@dataclass(frozen=True)
class StagePage:
    """A page of what a stage counts."""

    stage: Stage
    period: Period
    category_id: int | None
    entries: tuple[Entry, ...]
    total: int
    page: int
    pages: int


def stage_page(ports: Ports, viewer: Viewer, stage: str, wanted: Wanted, page: int) -> StagePage:
    """The list behind one stage; NotFound when there is no such stage."""
    require(viewer, Permission.INSIGHT)
    if stage not in set(Stage):
        raise NotFound(stage)
    chosen = Stage(stage)
    period = period_of(wanted, ports.clock(), ZoneInfo(ports.config.timezone))
    with reading(ports.database) as session:
        tree = trees.categories(session)
        known = wanted.category_id
        known = known if known is not None and known in tree else None
        entries = _entries(session, viewer, chosen, _Part(period, tree, known))
    pages = page_count(len(entries))
    page = min(max(1, page), pages)
    here = tuple(entries[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
    return StagePage(chosen, period, known, here, len(entries), page, pages)


@dataclass(frozen=True)
class _Part:
    period: Period
    tree: Tree
    category_id: int | None


def _entries(session: Session, viewer: Viewer, stage: Stage, part: _Part) -> list[Entry]:
    if stage is Stage.RATED:
        return _votes(session, viewer, part)
    if stage in OF_SEARCHES:
        log = read_log(session, viewer, part.period)
        made = [v for v in log.of_category(part.tree, part.category_id) if OF_SEARCHES[stage](v)]
        return _searches(log, made)
    opens = may(viewer, Permission.DESK)
    asked = read_asked(session, part.period, part.tree, part.category_id)
    return [_question(each, opens) for each in asked if OF_QUESTIONS[stage](each)]


def _searches(log: Log, made: list[Visit]) -> list[Entry]:
    groups: dict[str, list[Visit]] = {}
    for visit in log.visits:
        groups.setdefault(visit.normal, []).append(visit)
    shown = {key: people_in(group) for key, group in groups.items() if not log.is_protected(group)}
    return [
        Entry(
            showable(visit.query, shown[visit.normal]),
            visit.at,
            value=visit.first_click.position if visit.first_click else 0,
        )
        for visit in reversed(made)
        if visit.normal in shown
    ]


def _question(each: Asked, opens: bool) -> Entry:
    return Entry(
        showable(each.text, 1),
        each.created_at,
        question=each.public_id if opens else "",
        ticket=each.ticket if opens else "",
        offer=each.offer,
        ending=each.ending,
    )


def _votes(session: Session, viewer: Viewer, part: _Part) -> list[Entry]:
    query = (
        sa.select(Article.title, Article.slug, Vote.value, Vote.updated_at)
        .join(Article, Article.id == Vote.article_id)
        .where(
            Article.visible_to(viewer),
            Vote.updated_at >= part.period.start,
            Vote.updated_at < part.period.end,
        )
        .order_by(Vote.updated_at.desc(), Vote.id.desc())
        .limit(MOST)
    )
    if part.category_id is not None:
        wanted = sorted(part.tree.below(part.category_id))
        query = query.where(Article.category_id.in_(wanted))
    return [
        Entry(row.title, row.updated_at, article=row.slug, value=row.value)
        for row in session.execute(query)
    ]
