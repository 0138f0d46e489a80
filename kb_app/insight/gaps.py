"""Looking at gaps: the ranked list, and one gap with its questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from kb_app import trees
from kb_app.cards import PAGE_SIZE, ArticleCard, ArticleRef, Crumb, cards_by_id, page_count
from kb_app.errors import NotFound
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from models import (
    Article,
    GapMember,
    GapRun,
    GapSource,
    GapStatus,
    KnowledgeGap,
    Viewer,
    reading,
)

SAMPLES = 3
IN_A_FILE = 1_000


@dataclass(frozen=True)
class Progress:
    """The latest sorting: under way (`done` of `total`), or when it ended with how many."""

    running: bool
    done: int
    total: int
    found: int
    finished_at: datetime | None


@dataclass(frozen=True)
class MemberRow:
    """One wording of a gap, masked."""

    text: str
    source: GapSource
    people: int
    last_at: datetime
    answered: bool


@dataclass(frozen=True)
class GapCard:
    """A gap in the list; `recent` and `before` are the last and the former 14 days."""

    gap_id: int
    title: str
    status: GapStatus
    size: int
    recent: int
    before: int
    saves: float
    category: Crumb | None
    sources: tuple[tuple[GapSource, int], ...]
    samples: tuple[str, ...]
    article: ArticleRef | None
    closed_at: datetime | None


@dataclass(frozen=True)
class GapsPage:
    """A page of gaps in one state, most tickets saved first."""

    cards: tuple[GapCard, ...]
    counts: dict[str, int]
    selected: str
    progress: Progress | None
    page: int
    pages: int
    total: int


@dataclass(frozen=True)
class GapPage:
    """One gap with everything known, and what may be done about it."""

    card: GapCard
    members: tuple[MemberRow, ...]
    nearest: ArticleCard | None
    checked_at: datetime | None
    can_write: bool
    can_phrase: bool


def gaps_page(ports: Ports, viewer: Viewer, selected: str, page: int) -> GapsPage:
    """The list of one state."""
    require(viewer, Permission.INSIGHT)
    status = _status(selected)
    with reading(ports.database) as session:
        rows = session.execute(
            sa.select(KnowledgeGap.status, sa.func.count()).group_by(KnowledgeGap.status)
        )
        counts = {each.value: 0 for each in GapStatus} | {row[0].value: row[1] for row in rows}
        pages = page_count(counts[status.value])
        page = min(max(1, page), pages)
        found = _of(session, status, PAGE_SIZE, (page - 1) * PAGE_SIZE)
        cards = _cards(session, viewer, found)
        return GapsPage(
            cards, counts, status.value, _progress(session), page, pages, counts[status.value]
        )


def every_gap(ports: Ports, viewer: Viewer, selected: str) -> tuple[GapCard, ...]:
    """The whole list of one state, as far as a file should go."""
    require(viewer, Permission.INSIGHT)
    with reading(ports.database) as session:
        return _cards(session, viewer, _of(session, _status(selected), IN_A_FILE, 0))


def _status(selected: str) -> GapStatus:
    return GapStatus(selected) if selected in set(GapStatus) else GapStatus.OPEN


def _of(session: Session, status: GapStatus, limit: int, offset: int) -> Sequence[KnowledgeGap]:
    return session.scalars(
        sa.select(KnowledgeGap)
        .where(KnowledgeGap.status == status)
        .options(selectinload(KnowledgeGap.members))
        .order_by(KnowledgeGap.saves.desc(), KnowledgeGap.id)
        .limit(limit)
        .offset(offset)
    ).all()


def gap_page(ports: Ports, viewer: Viewer, gap_id: int) -> GapPage:
    """One gap."""
    require(viewer, Permission.INSIGHT)
    with reading(ports.database) as session:
        gap = session.get(KnowledgeGap, gap_id)
        if gap is None:
            raise NotFound(f"gap {gap_id}")
        [card] = _cards(session, viewer, [gap])
        near = cards_by_id(session, viewer, [gap.nearest_id] if gap.nearest_id else [])
        is_open = gap.status is not GapStatus.CLOSED
        return GapPage(
            card=card,
            members=tuple(_member(member) for member in gap.members),
            nearest=near[0] if near else None,
            checked_at=gap.checked_at,
            can_write=is_open and may(viewer, Permission.WRITE),
            can_phrase=is_open and bool(near) and may(viewer, Permission.PUBLISH),
        )


def progress(ports: Ports, viewer: Viewer) -> Progress | None:
    """How far the sorting is; None when there never was one."""
    require(viewer, Permission.INSIGHT)
    with reading(ports.database) as session:
        return _progress(session)


def _progress(session: Session) -> Progress | None:
    run = session.scalar(sa.select(GapRun).order_by(GapRun.id.desc()).limit(1))
    if run is None:
        return None
    return Progress(run.finished_at is None, run.done, run.total, run.found, run.finished_at)


def _member(member: GapMember) -> MemberRow:
    answered = member.answered_at is not None
    return MemberRow(member.text, member.source, member.people, member.last_at, answered)


def _cards(session: Session, viewer: Viewer, gaps: Sequence[KnowledgeGap]) -> tuple[GapCard, ...]:
    tree = trees.categories(session)
    refs = _articles(session, viewer, {gap.article_id for gap in gaps if gap.article_id})
    return tuple(
        GapCard(
            gap_id=gap.id,
            title=gap.title,
            status=gap.status,
            size=gap.size,
            recent=gap.recent,
            before=gap.before,
            saves=gap.saves,
            category=tree.crumb(gap.category_id),
            sources=_sources(gap.members),
            samples=tuple(member.text for member in gap.members[1 : 1 + SAMPLES]),
            article=refs.get(gap.article_id or 0),
            closed_at=gap.closed_at,
        )
        for gap in gaps
    )


def _sources(members: list[GapMember]) -> tuple[tuple[GapSource, int], ...]:
    counts: Counter[GapSource] = Counter()
    for member in members:
        counts[member.source] += member.people
    return tuple((source, counts[source]) for source in GapSource if counts[source])


def _articles(session: Session, viewer: Viewer, ids: set[int]) -> dict[int, ArticleRef]:
    """Articles written for gaps: all of them for writers, else what may be read."""
    query = sa.select(Article).where(Article.id.in_(ids), Article.deleted_at.is_(None))
    if not may(viewer, Permission.WRITE):
        query = query.where(Article.visible_to(viewer))
    return {
        article.id: ArticleRef(article.id, article.title, article.slug, article.status)
        for article in session.scalars(query)
    }
