"""Wordings that need no editor: where the site says so, several people agree and a replay holds.

The replay asks the log's queries before and after; on a loss every one of them is taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from indexer.backend import SearchRequest
from kb_app import indexing
from kb_app.errors import InvalidInput
from kb_app.learning.changes import apply_phrasing, remove_phrasing
from kb_app.learning.replay import (
    EVERYBODY,
    FIRST,
    Asked,
    Result,
    Verdict,
    compared,
    judged,
    logged,
)
from kb_app.ports import Ports
from models import LearnedChange, LearnedKind, LearnedState, reading, unit_of_work

SEVERAL = 2
AT_ONCE = 20
AUTOMATIC = "auto"


def accept_proven(ports: Ports) -> dict[str, Any]:
    """Accept what several people said; takes all of it back when the replay shows a loss."""
    if ports.config.learn_phrasings != AUTOMATIC:
        return {"accepted": 0}
    asked = logged(ports)
    if not asked:
        return {"accepted": 0}
    before = _asked(ports, asked)
    accepted = _accept(ports)
    if not accepted:
        return {"accepted": 0}
    _take_in(ports, accepted)
    verdict = compared(ports, asked, before, _asked(ports, asked)).verdict
    if verdict in {Verdict.BETTER, Verdict.SAME}:
        return {"accepted": len(accepted), "verdict": verdict.value}
    with unit_of_work(ports.database) as session:
        for change_id in accepted:
            change = session.get_one(LearnedChange, change_id)
            remove_phrasing(session, change)
            # Too little to judge by is no verdict on the wording: an editor may still want it.
            lost = verdict is Verdict.LOSS
            change.state = LearnedState.REFUSED if lost else LearnedState.PROPOSED
    _take_in(ports, accepted)
    return {"accepted": 0, "verdict": verdict.value}


def _accept(ports: Ports) -> list[int]:
    now, accepted = ports.clock(), []
    with unit_of_work(ports.database) as session:
        proposed = session.scalars(
            sa.select(LearnedChange)
            .where(LearnedChange.kind == LearnedKind.PHRASING)
            .where(LearnedChange.state == LearnedState.PROPOSED)
            .order_by(LearnedChange.id)
        ).all()
        proven = [each for each in proposed if each.evidence.get("people", 0) >= SEVERAL]
        for change in proven[:AT_ONCE]:
            try:
                apply_phrasing(session, change)
            except InvalidInput:
                continue
            change.state, change.decided_at = LearnedState.ACTIVE, now
            accepted.append(change.id)
    return accepted


def _take_in(ports: Ports, change_ids: list[int]) -> None:
    """Index the articles concerned now, so that the next search knows."""
    with reading(ports.database) as session:
        found = sa.select(LearnedChange.article_id).where(LearnedChange.id.in_(change_ids))
        ids = [ref for ref in session.scalars(found.distinct()) if ref is not None]
    indexing.index_articles(ports, ids)
    ports.engine.refresh()


def _asked(ports: Ports, asked: Sequence[Asked]) -> list[Result]:
    found = []
    for each in asked:
        hits = ports.engine.search(SearchRequest(each.text, EVERYBODY, limit=FIRST)).hits
        found.append(judged(each, [hit.ref_id for hit in hits]))
    return found
