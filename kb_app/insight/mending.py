"""What a lead does about a gap: write, add to the article nearby, ignore, and take that back."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.draft import Said, draft, restored
from kb_app.cards import readable
from kb_app.editing import LONGEST_PHRASING, MOST_PHRASINGS, ArticleInput, new_article
from kb_app.errors import InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import (
    Article,
    GapMember,
    GapRun,
    GapStatus,
    JobKind,
    KnowledgeGap,
    Viewer,
    enqueue,
    record,
    unit_of_work,
)

PHRASED_AT_ONCE = 5
LOCK_KEY = 7_318_042


def announce(ports: Ports, viewer: Viewer) -> None:
    """Have the gaps found anew; asking while that is under way changes nothing."""
    require(viewer, Permission.INSIGHT)
    with unit_of_work(ports.database) as session:
        if start(ports, session):
            record(session, viewer, "gaps.find", "gaps")


def start(ports: Ports, session: Session) -> bool:
    """Write down run and job, unless one is under way; True when it was."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_KEY)))
    running = sa.select(GapRun.id).where(GapRun.finished_at.is_(None)).limit(1)
    if session.scalar(running) is not None:
        return False
    session.add(GapRun(created_at=ports.clock()))
    enqueue(session, JobKind.FIND_GAPS)
    return True


def write(ports: Ports, viewer: Viewer, gap_id: int) -> int:
    """A draft for this gap, titled by its most central question; again gives the same one."""
    require(viewer, Permission.INSIGHT)
    require(viewer, Permission.WRITE)
    with unit_of_work(ports.database) as session:
        gap = _gap(session, gap_id)
        known = session.get(Article, gap.article_id) if gap.article_id else None
        if known is not None and known.deleted_at is None and gap.status is GapStatus.WRITING:
            return known.id
        made = draft(gap.title, [Said("gap", gap.title)])
        title, body = (restored(text, made.hidden, ()) for text in (made.title, made.body()))
        form = ArticleInput(title, body, category_id=gap.category_id)
        article = new_article(session, viewer, form)
        gap.article_id, gap.status, gap.closed_at = article.id, GapStatus.WRITING, None
        record(session, viewer, "gap.write", f"gap:{gap.id}", article=article.id)
        return article.id


def phrase(ports: Ports, viewer: Viewer, gap_id: int) -> int:
    """Add the most central wordings to the article nearby; returns how many were added."""
    require(viewer, Permission.INSIGHT)
    require(viewer, Permission.PUBLISH)
    with unit_of_work(ports.database) as session:
        gap = _gap(session, gap_id)
        article = session.scalar(
            readable(viewer).where(Article.id == gap.nearest_id).with_for_update(of=Article)
        )
        if article is None:
            raise NotFound(f"article near gap {gap_id}")
        fresh = _fresh(gap.members, article)
        if not fresh:
            raise InvalidInput("phrasings", "nothing_new")
        article.phrasings = [*article.phrasings, *fresh]
        article.updated_at = ports.clock()
        gap.article_id, gap.status, gap.closed_at = article.id, GapStatus.WRITING, None
        enqueue(session, JobKind.INDEX_ARTICLE, article_id=article.id)
        detail = {"article": article.id, "added": len(fresh)}
        record(session, viewer, "gap.phrase", f"gap:{gap.id}", **detail)
        return len(fresh)


def _fresh(members: list[GapMember], article: Article) -> list[str]:
    known = {*article.phrasings, article.title}
    room = min(PHRASED_AT_ONCE, MOST_PHRASINGS - len(article.phrasings))
    texts = [
        member.text
        for member in members
        if not member.answered_at and len(member.text) <= LONGEST_PHRASING
    ]
    fresh = [text for text in dict.fromkeys(texts) if text not in known and "［" not in text]
    return fresh[: max(0, room)]


def ignore(ports: Ports, viewer: Viewer, gap_id: int) -> None:
    """Not our business; the gap stays out of the list however often it is asked for."""
    _move(ports, viewer, gap_id, GapStatus.IGNORED)


def reopen(ports: Ports, viewer: Viewer, gap_id: int) -> None:
    """Take ignoring (or writing) back."""
    _move(ports, viewer, gap_id, GapStatus.OPEN)


def _move(ports: Ports, viewer: Viewer, gap_id: int, status: GapStatus) -> None:
    require(viewer, Permission.INSIGHT)
    with unit_of_work(ports.database) as session:
        gap = _gap(session, gap_id)
        if gap.status in {status, GapStatus.CLOSED}:
            return
        before, gap.status = gap.status, status
        if status is GapStatus.OPEN:
            gap.article_id = None
        detail = {"before": before.value}
        record(session, viewer, f"gap.{status.value}", f"gap:{gap.id}", **detail)


def _gap(session: Session, gap_id: int) -> KnowledgeGap:
    gap = session.get(KnowledgeGap, gap_id, with_for_update=True)
    if gap is None:
        raise NotFound(f"gap {gap_id}")
    return gap
