"""What was learned comes into effect, is refused, or is taken back; nothing is forgotten."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.normal import normalize
from indexer.ranking import Shares
from kb_app.editing import MOST_PHRASINGS
from kb_app.errors import InvalidInput, NotFound
from kb_app.learning.replay import Asked, Replay, Verdict, logged, replay
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import (
    Article,
    JobKind,
    LearnedChange,
    LearnedKind,
    LearnedState,
    Viewer,
    enqueue,
    reading,
    record,
    unit_of_work,
)

ALONE = frozenset({LearnedKind.CALIBRATION, LearnedKind.WEIGHTS, LearnedKind.PLACES})


def active(session: Session, kind: LearnedKind) -> LearnedChange | None:
    """What is in effect of a kind of which there is only one at a time."""
    return session.scalar(
        sa.select(LearnedChange)
        .where(LearnedChange.kind == kind, LearnedChange.state == LearnedState.ACTIVE)
        .order_by(LearnedChange.id.desc())
        .limit(1)
    )


def is_in_effect(ports: Ports, kind: LearnedKind, after: dict[str, Any]) -> bool:
    """Whether that very thing is in effect already, so that nothing new was learned."""
    with reading(ports.database) as session:
        present = active(session, kind)
    return present is not None and present.after == json.loads(json.dumps(after))


def put_in_effect(
    ports: Ports, kind: LearnedKind, after: dict[str, Any], evidence: dict[str, Any], by: str = ""
) -> int:
    """The change takes effect in the place of the one before; returns its number."""
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        before = active(session, kind)
        if before is not None:
            before.state = LearnedState.REPLACED
        change = LearnedChange(
            kind=kind,
            state=LearnedState.ACTIVE,
            before=before.after if before else {},
            after=after,
            evidence=evidence,
            created_at=now,
            decided_at=now,
            decided_by=by,
        )
        session.add(change)
        session.flush()
        return change.id


def try_shares(
    ports: Ports,
    shares: Shares,
    evidence: dict[str, Any],
    asked: Sequence[Asked] | None = None,
    by: str = "",
) -> Replay:
    """Replay another division of the prior; it takes effect unless that shows a loss."""
    result = replay(ports, logged(ports) if asked is None else asked, shares)
    told = {**evidence, "replay": result.as_words()}
    if result.verdict in {Verdict.BETTER, Verdict.SAME}:
        put_in_effect(ports, LearnedKind.WEIGHTS, asdict(shares), told, by)
        return result
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        before = active(session, LearnedKind.WEIGHTS)
        refused = LearnedChange(
            kind=LearnedKind.WEIGHTS,
            state=LearnedState.REFUSED,
            before=before.after if before else {},
            after=asdict(shares),
            evidence=told,
            created_at=now,
            decided_at=now,
        )
        if not _refused_last(session, refused):
            session.add(refused)
    return result


def _refused_last(session: Session, change: LearnedChange) -> bool:
    """Whether the very same was the last to be refused: night after night it would be again."""
    last = session.scalar(
        sa.select(LearnedChange)
        .where(LearnedChange.kind == change.kind, LearnedChange.state == change.state)
        .order_by(LearnedChange.id.desc())
        .limit(1)
    )
    return last is not None and (last.before, last.after) == (change.before, change.after)


def accept(ports: Ports, viewer: Viewer, change_id: int) -> None:
    """A proposed wording is added to its article."""
    require(viewer, Permission.PUBLISH)
    with unit_of_work(ports.database) as session:
        change = _proposed(session, change_id)
        apply_phrasing(session, change)
        _decided(ports, session, viewer, change, LearnedState.ACTIVE)


def dismiss(ports: Ports, viewer: Viewer, change_id: int) -> None:
    """A proposed wording is not wanted, and will not be proposed again."""
    require(viewer, Permission.PUBLISH)
    with unit_of_work(ports.database) as session:
        _decided(ports, session, viewer, _proposed(session, change_id), LearnedState.REFUSED)


def take_back(ports: Ports, viewer: Viewer, change_id: int) -> None:
    """As if it had not been learned; what was in effect before it is again."""
    require(viewer, Permission.PUBLISH)
    with unit_of_work(ports.database) as session:
        change = session.get(LearnedChange, change_id, with_for_update=True)
        if change is None or change.state is not LearnedState.ACTIVE:
            raise NotFound(f"learned change {change_id}")
        if change.kind is LearnedKind.PHRASING:
            remove_phrasing(session, change)
        elif change.before:
            _bring_back(session, change)
        _decided(ports, session, viewer, change, LearnedState.TAKEN_BACK)


def apply_phrasing(session: Session, change: LearnedChange) -> None:
    """Add the wording to the article, and have it indexed."""
    article = session.get(Article, change.article_id, with_for_update=True)
    if article is None or article.deleted_at is not None:
        raise InvalidInput("phrasings", "article_gone")
    text = str(change.after["phrasing"])
    known = {normalize(each) for each in (article.title, *article.phrasings)}
    if normalize(text) in known:
        change.before = {"known": True}
        return
    if len(article.phrasings) >= MOST_PHRASINGS:
        raise InvalidInput("phrasings", "full")
    change.before = {"phrasings": len(article.phrasings)}
    article.phrasings = [*article.phrasings, text]
    enqueue(session, JobKind.INDEX_ARTICLE, article_id=article.id)


def remove_phrasing(session: Session, change: LearnedChange) -> None:
    """Take the wording out again, if it is still there and was not there before."""
    if change.before.get("known"):
        return
    article = session.get(Article, change.article_id, with_for_update=True)
    if article is not None and change.after["phrasing"] in article.phrasings:
        kept = [each for each in article.phrasings if each != change.after["phrasing"]]
        article.phrasings = kept
        enqueue(session, JobKind.INDEX_ARTICLE, article_id=article.id)


def _bring_back(session: Session, change: LearnedChange) -> None:
    """The newest one before it that says what was in effect then."""
    older = session.scalars(
        sa.select(LearnedChange)
        .where(LearnedChange.kind == change.kind, LearnedChange.id < change.id)
        .where(LearnedChange.state == LearnedState.REPLACED)
        .order_by(LearnedChange.id.desc())
    )
    found = next((each for each in older if each.after == change.before), None)
    if found is not None:
        found.state = LearnedState.ACTIVE


def _proposed(session: Session, change_id: int) -> LearnedChange:
    change = session.get(LearnedChange, change_id, with_for_update=True)
    if change is None or change.state is not LearnedState.PROPOSED:
        raise NotFound(f"learned change {change_id}")
    return change


def _decided(
    ports: Ports, session: Session, viewer: Viewer, change: LearnedChange, state: LearnedState
) -> None:
    change.state, change.decided_at, change.decided_by = state, ports.clock(), viewer.name
    record(session, viewer, f"learned.{state.value}", f"change:{change.id}", kind=change.kind.value)
