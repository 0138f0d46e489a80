"""The job that sorts what nobody could answer into gaps; run nightly and on demand.

Gaps somebody ignored, writes for or closed keep their state; one that is no longer asked
for disappears.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from answerer.answer import Answered
from indexer.analysis import normalize
from indexer.anchors import ANCHORS
from indexer.backend import SearchFilter
from kb_app.insight.asking import outcome_for
from kb_app.insight.clustering import (
    APART,
    WORDS_APART,
    Cluster,
    clusters,
    encoded,
    middled,
    word_vectors,
)
from kb_app.insight.rates import rates_of
from kb_app.insight.unmet import DAYS, Wording, wordings
from kb_app.ports import Ports
from kb_app.showable import showable
from models import (
    CUSTOMER_KEY,
    PUBLIC_KEY,
    STAFF_KEY,
    GapMember,
    GapRun,
    GapStatus,
    KnowledgeGap,
    finding_keys,
    reading,
    unit_of_work,
)

MOST_WORDINGS = 2_000
MOST_GAPS = 200
MOST_MEMBERS = 60
SEVERAL = 2
MONTH = 30
RECENT = timedelta(days=14)
EVERYBODY = finding_keys(frozenset({PUBLIC_KEY, CUSTOMER_KEY, STAFF_KEY}))


@dataclass(frozen=True)
class Found:
    """A gap as it was just found."""

    cluster: Cluster
    saves: float
    nearest_id: int | None


def find_gaps(ports: Ports) -> int:
    """Gather, encode, put together, rank, write down; returns how many gaps there are."""
    run_id = _begun(ports)
    with reading(ports.database) as session:
        unmet = wordings(session, ports)[:MOST_WORDINGS]
        rates = rates_of(session, ports)
    _tell(ports, run_id, 0, len(unmet) + 1)
    grouped = _clusters(ports, unmet, run_id)
    worthy = [each for each in grouped if _is_worthy(each)]
    worthy.sort(key=lambda each: (-each.tickets(rates), each.wordings[0].text))
    found = []
    for cluster in worthy[:MOST_GAPS]:
        if not _is_answered_now(ports, cluster):
            saves = cluster.tickets(rates) * MONTH / DAYS
            found.append(Found(cluster, saves, _nearest(ports, cluster)))
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        _write(session, found, now)
        # Every run that is open: this sorting answers for all of them.
        session.execute(
            sa.update(GapRun)
            .where(GapRun.finished_at.is_(None))
            .values(done=GapRun.total, found=len(found), finished_at=now)
        )
    return len(found)


def _begun(ports: Ports) -> int:
    """The run that was announced, or a new one."""
    with unit_of_work(ports.database) as session:
        unfinished = sa.select(GapRun).where(GapRun.finished_at.is_(None))
        run = session.scalar(unfinished.order_by(GapRun.id.desc()).limit(1))
        if run is None:
            run = GapRun(created_at=ports.clock())
            session.add(run)
            session.flush()
        return run.id


def _tell(ports: Ports, run_id: int, done: int, total: int) -> None:
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(GapRun).where(GapRun.id == run_id).values(done=done, total=total))


def _clusters(ports: Ports, unmet: Sequence[Wording], run_id: int) -> list[Cluster]:
    if not unmet:
        return []
    encoder = ports.engine.parts.encoder
    texts = [normalize(each.text) for each in unmet]
    if encoder.dimensions == 0:
        return clusters(unmet, word_vectors(texts), WORDS_APART)
    total = len(texts) + 1
    vectors = encoded(encoder.queries, texts, lambda done: _tell(ports, run_id, done, total))
    anchors = np.asarray(encoder.queries(list(ANCHORS)), np.float32)
    return clusters(unmet, middled(vectors, anchors), APART)


def _is_worthy(cluster: Cluster) -> bool:
    """More than one lonely search."""
    asked = any(event.question_id for each in cluster.wordings for event in each.events)
    return asked or cluster.people >= SEVERAL


def _is_answered_now(ports: Ports, cluster: Cluster) -> bool:
    """Whether an answer exists by now; not asked where an answer was given and did not help."""
    if any(event.was_answered for each in cluster.wordings for event in each.events):
        return False
    return isinstance(outcome_for(ports, cluster.wordings[0].text), Answered)


def _nearest(ports: Ports, cluster: Cluster) -> int | None:
    hits = ports.engine.similar(cluster.wordings[0].text, SearchFilter(EVERYBODY), 1)
    return hits[0].ref_id if hits else None


def _write(session: Session, found: Sequence[Found], now: datetime) -> None:
    every = sa.select(KnowledgeGap).options(selectinload(KnowledgeGap.members))
    known = list(session.scalars(every.with_for_update()))
    claims = _claims(session, known)
    kept: set[int] = set()
    for each in found:
        gap = _claimed(each, claims, kept)
        if gap is None:
            gap = KnowledgeGap(title="", created_at=now)
            session.add(gap)
        else:
            kept.add(gap.id)
        _fill(session, gap, each, now)
    for gap in known:
        if gap.status is GapStatus.OPEN and gap.id not in kept:
            session.delete(gap)


def _claims(session: Session, known: Sequence[KnowledgeGap]) -> dict[str, list[KnowledgeGap]]:
    """The gaps each wording belongs to; closed ones make no claims on new events."""
    by_id = {gap.id: gap for gap in known if gap.status is not GapStatus.CLOSED}
    rows = session.execute(sa.select(GapMember.text_key, GapMember.gap_id))
    claims: dict[str, list[KnowledgeGap]] = {}
    for key, gap_id in rows:
        if gap_id in by_id:
            claims.setdefault(key, []).append(by_id[gap_id])
    return claims


def _claimed(
    each: Found, claims: dict[str, list[KnowledgeGap]], kept: set[int]
) -> KnowledgeGap | None:
    """The gap with which this cluster shares the most wordings."""
    shared: dict[int, int] = {}
    by_id: dict[int, KnowledgeGap] = {}
    for wording in each.cluster.wordings:
        for gap in claims.get(wording.key, []):
            if gap.id not in kept:
                by_id[gap.id] = gap
                shared[gap.id] = shared.get(gap.id, 0) + 1
    return by_id[max(shared, key=lambda gap_id: (shared[gap_id], -gap_id))] if shared else None


def _fill(session: Session, gap: KnowledgeGap, each: Found, now: datetime) -> None:
    events = [event for wording in each.cluster.wordings for event in wording.events]
    first = each.cluster.wordings[0]
    places = [event.category_id for event in events if event.category_id]
    gap.title = showable(first.text, first.people)
    gap.size = len(events)
    gap.recent = sum(now - event.at <= RECENT for event in events)
    gap.before = sum(RECENT < now - event.at <= 2 * RECENT for event in events)
    gap.saves = each.saves
    gap.category_id = max(set(places), key=places.count) if places else None
    gap.nearest_id = each.nearest_id
    gap.updated_at = now
    session.flush()
    known = {member.text_key: member for member in gap.members}
    members = [
        _member(known.get(wording.key), wording, place)
        for place, wording in enumerate(each.cluster.wordings[:MOST_MEMBERS])
    ]
    taken = {member.text_key for member in members}
    done = [old for key, old in known.items() if old.answered_at and key not in taken]
    gap.members = members + done


def _member(known: GapMember | None, wording: Wording, place: int) -> GapMember:
    member = known or GapMember(text_key=wording.key)
    member.place = place
    member.text = showable(wording.text, wording.people)
    member.source = wording.source
    member.people = wording.people
    member.question_ids = sorted({e.question_id for e in wording.events if e.question_id})
    member.last_at = max(event.at for event in wording.events)
    if member.answered_at and member.last_at > member.answered_at:
        member.answered_at = None
    return member
