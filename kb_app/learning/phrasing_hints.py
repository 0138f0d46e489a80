"""Wordings an editor can take over with one click: what people asked or searched before it.

Only what managers may see of it: of searches what several people typed, never private data or
one person's numbers, nothing about an article the editor holds no key to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.normal import normalize
from kb_app.learning.phrasing import usable
from kb_app.permissions import Permission, may
from kb_app.popular import by_staff
from kb_app.showable import SEVERAL, showable
from models import (
    Article,
    LearnedChange,
    LearnedKind,
    LearnedState,
    SearchClick,
    SearchLog,
    Viewer,
)

DAYS = timedelta(days=180)
MOST_CLICKS = 2_000
MOST = 8


@dataclass(frozen=True)
class PhrasingHint:
    """A wording and how many people used it; `asked` when it settled a question of theirs."""

    text: str
    people: int
    asked: bool


def hints(
    session: Session, viewer: Viewer, article: Article, now: datetime
) -> tuple[PhrasingHint, ...]:
    """What is worth adding, that of most people first."""
    if not may(viewer, Permission.INSIGHT) or not article.access_keys & viewer.keys:
        return ()
    known = {normalize(each) for each in (article.title, *article.phrasings)}
    refused = _refused(session, article)
    found: dict[str, PhrasingHint] = {}
    for hint in (*_asked(session, article), *_searched(session, article, now)):
        key = normalize(hint.text)
        fits = usable(hint.text) and showable(hint.text, hint.people) == hint.text
        if fits and key not in known | refused | found.keys():
            found[key] = hint
    ordered = sorted(found.values(), key=lambda hint: (-hint.people, not hint.asked))
    return tuple(ordered[:MOST])


def _changes(article: Article) -> sa.Select[LearnedChange]:
    return sa.select(LearnedChange).where(
        LearnedChange.kind == LearnedKind.PHRASING, LearnedChange.article_id == article.id
    )


def _asked(session: Session, article: Article) -> list[PhrasingHint]:
    """What learning proposes."""
    rows = session.scalars(
        _changes(article)
        .where(LearnedChange.state == LearnedState.PROPOSED)
        .order_by(LearnedChange.id.desc())
        .limit(MOST * 4)
    )
    return [
        PhrasingHint(str(row.after.get("phrasing", "")), int(row.evidence.get("people", 1)), True)
        for row in rows
    ]


def _refused(session: Session, article: Article) -> set[str]:
    """What somebody did not want, or took out again."""
    states = (LearnedState.REFUSED, LearnedState.TAKEN_BACK)
    rows = session.scalars(_changes(article).where(LearnedChange.state.in_(states)))
    return {normalize(str(row.after.get("phrasing", ""))) for row in rows}


def _searched(session: Session, article: Article, now: datetime) -> list[PhrasingHint]:
    """Searches of several people that ended in opening the article."""
    rows = session.execute(
        sa.select(SearchLog.query, SearchLog.searcher_key)
        .join(SearchClick, SearchClick.search_id == SearchLog.id)
        .where(
            SearchClick.article_id == article.id,
            SearchClick.created_at >= now - DAYS,
            sa.not_(by_staff()),
        )
        .order_by(SearchClick.id.desc())
        .limit(MOST_CLICKS)
    )
    people: dict[str, set[str]] = {}
    texts: dict[str, str] = {}
    for query, person in rows:
        text = " ".join(query.split())
        key = normalize(text)
        texts.setdefault(key, text)
        people.setdefault(key, set()).add(person)
    return [
        PhrasingHint(texts[key], len(found), False)
        for key, found in people.items()
        if len(found) >= SEVERAL
    ]
