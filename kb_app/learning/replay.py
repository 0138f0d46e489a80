"""What people really searched, asked again: would another division of the prior do better?

Gold is what they opened (clicks weighed by how seldom their place is looked at) and what
settled a question. A change that shows a loss, or that too little speaks about, is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.backend import Hit, SearchFilter, SearchRequest
from indexer.circumstances import learned_shares
from indexer.explaining import PRIOR_PARTS
from indexer.normal import normalize
from indexer.ranking import Shares
from kb_app.look_curve import curve
from kb_app.look_places import correction
from kb_app.ports import Ports
from kb_app.searchers import STAFF_PREFIX
from kb_app.showable import showable
from models import (
    CUSTOMER_KEY,
    PUBLIC_KEY,
    STAFF_KEY,
    Article,
    Question,
    QuestionShown,
    QuestionStatus,
    SearchClick,
    SearchLog,
    SearchSource,
    ShownKind,
    finding_keys,
    reading,
)

DAYS = timedelta(days=90)
MOST_QUERIES, MOST_ROWS, DEPTH = 300, 20_000, 30
FEWEST_QUERIES = 30
LONGEST_QUESTION = 120
SOLVED_GAIN = 3.0
FIRST = 5
RESAMPLES = 2_000
TOLERANCE = 1e-3
MOST_CHANGED = 10
EVERYBODY = SearchFilter(finding_keys(frozenset({PUBLIC_KEY, CUSTOMER_KEY, STAFF_KEY})))


class Verdict(StrEnum):
    """What the replay says of a change; only the first two let it take effect."""

    BETTER = "better"
    SAME = "same"
    LOSS = "loss"
    TOO_LITTLE = "too_little"


@dataclass(frozen=True)
class Asked:
    """One query of the log: what was opened or settled it, and how much that says."""

    text: str
    gains: dict[int, float]
    people: int = 1


@dataclass(frozen=True)
class Result:
    """How one query fares: nDCG of the first five, reciprocal rank, the first articles."""

    ndcg: float
    reciprocal: float
    empty: bool
    first: tuple[int, ...]


@dataclass(frozen=True)
class Change:
    """A mean before and after, and the 95 % interval of the difference."""

    before: float
    after: float
    low: float
    high: float


@dataclass(frozen=True)
class Changed:
    """A query that changed, for people to look at."""

    text: str
    before: float
    after: float
    first_before: str
    first_after: str


@dataclass(frozen=True)
class Replay:
    """The whole comparison."""

    queries: int
    ndcg: Change
    reciprocal: Change
    empty: Change
    verdict: Verdict
    changed: tuple[Changed, ...]

    def as_words(self) -> dict[str, Any]:
        """For keeping and printing."""
        return asdict(self)


def logged(ports: Ports) -> list[Asked]:
    """The queries of the last 90 days with gold, those asked by most people first."""
    since = ports.clock() - DAYS
    gains: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    people: dict[str, set[str]] = defaultdict(set)
    texts: dict[str, str] = {}
    with reading(ports.database) as session:
        looks = curve(session)
        clicks = session.execute(
            sa.select(
                SearchLog.query,
                SearchLog.searcher_key,
                SearchClick.article_id,
                SearchClick.position,
            )
            .join(SearchClick, SearchClick.search_id == SearchLog.id)
            .where(SearchLog.created_at >= since, SearchLog.source == SearchSource.PAGE)
            .where(sa.not_(SearchLog.searcher_key.startswith(STAFF_PREFIX)))
            .order_by(SearchLog.id.desc())
            .limit(MOST_ROWS)
        )
        rows = [(text, who, ref, correction(looks, place)) for text, who, ref, place in clicks]
        rows += [(text, who, ref, SOLVED_GAIN) for text, who, ref in _settled(session, since)]
    told: set[tuple[str, str, int]] = set()
    for text, who, ref, gain in rows:
        key = normalize(text)
        if (key, who, ref) not in told:  # one person's clicks count once
            told.add((key, who, ref))
            gains[key][ref] += gain
            people[key].add(who)
            texts[key] = text
    found = [Asked(texts[key], dict(gains[key]), len(people[key])) for key in gains]
    found.sort(key=lambda each: (-each.people, -sum(each.gains.values()), each.text))
    return found[:MOST_QUERIES]


def _settled(session: Session, since: object) -> Sequence[tuple[str, str, int]]:
    rows = session.execute(
        sa.select(Question.text, Question.asker_key, QuestionShown.target_id)
        .join(QuestionShown, QuestionShown.question_id == Question.id)
        .where(Question.created_at >= since, Question.status == QuestionStatus.DEFLECTED)
        .where(QuestionShown.kind == ShownKind.ARTICLE, QuestionShown.position == 1)
        .order_by(Question.id.desc())
        .limit(MOST_ROWS)
    )
    return [(text, who, ref) for text, who, ref in rows if len(text) <= LONGEST_QUESTION]


def replay(ports: Ports, asked: Sequence[Asked], shares: Shares) -> Replay:
    """These queries with the present division of the prior, and with another."""
    with reading(ports.database) as session:
        present = learned_shares(session)
    before, after = [], []
    for each in asked:
        request = SearchRequest(each.text, EVERYBODY, limit=DEPTH)
        hits = ports.engine.search(request).hits
        before.append(judged(each, [hit.ref_id for hit in hits]))
        after.append(judged(each, [hit.ref_id for hit in rescored(hits, present, shares)]))
    return compared(ports, asked, before, after)


def rescored(hits: Sequence[Hit], present: Shares, other: Shares) -> list[Hit]:
    """Hits in the order that another division of the prior would give them."""
    factors = {
        part.value: getattr(other, part.value) / max(getattr(present, part.value), 1e-9)
        for part in PRIOR_PARTS
    }
    found = []
    for hit in hits:
        weight = (hit.boost - 1.0) / hit.prior if hit.prior else 0.0
        prior = sum(getattr(hit, name) * factor for name, factor in factors.items())
        found.append(replace(hit, score=hit.relevance * (1.0 + weight * prior)))
    return sorted(found, key=lambda hit: (-hit.score, hit.position))


def judged(asked: Asked, order: Sequence[int]) -> Result:
    """How an order of articles serves one query."""
    best = sorted(asked.gains.values(), reverse=True)[:FIRST]
    gained = [asked.gains.get(ref, 0.0) for ref in order[:FIRST]]
    whole = _discounted(best)
    places = [place for place, ref in enumerate(order, start=1) if ref in asked.gains]
    return Result(
        ndcg=_discounted(gained) / whole if whole else 0.0,
        reciprocal=1.0 / places[0] if places else 0.0,
        empty=not order,
        first=tuple(order[:FIRST]),
    )


def compared(
    ports: Ports, asked: Sequence[Asked], before: Sequence[Result], after: Sequence[Result]
) -> Replay:
    """Both runs side by side; the verdict is a loss when any figure is worse on average."""
    ndcg = _change([each.ndcg for each in before], [each.ndcg for each in after])
    rank = _change([each.reciprocal for each in before], [each.reciprocal for each in after])
    empty = _change([each.empty for each in before], [each.empty for each in after])
    worse = min(ndcg.after - ndcg.before, rank.after - rank.before, empty.before - empty.after)
    if len(asked) < FEWEST_QUERIES:
        verdict = Verdict.TOO_LITTLE
    elif worse < -TOLERANCE:
        verdict = Verdict.LOSS
    else:
        verdict = Verdict.BETTER if ndcg.low > 0 else Verdict.SAME
    changed = _most_changed(ports, asked, before, after)
    return Replay(len(asked), ndcg, rank, empty, verdict, changed)


def _discounted(gains: Sequence[float]) -> float:
    return float(sum(gain / np.log2(place + 1) for place, gain in enumerate(gains, start=1)))


def _change(before: Sequence[float], after: Sequence[float]) -> Change:
    """With a bootstrap interval over queries (2,000 resamples, always the same ones)."""
    if not before:
        return Change(0.0, 0.0, 0.0, 0.0)
    old, new = np.array(before, float), np.array(after, float)
    chosen = np.random.default_rng(0).integers(0, old.size, (RESAMPLES, old.size))
    low, high = np.quantile((new - old)[chosen].mean(axis=1), [0.025, 0.975])
    means = (old.mean(), new.mean(), low, high)
    return Change(*(round(float(each), 4) for each in means))


def _most_changed(
    ports: Ports, asked: Sequence[Asked], before: Sequence[Result], after: Sequence[Result]
) -> tuple[Changed, ...]:
    rows = [
        (abs(new.ndcg - old.ndcg), old.first != new.first, each, old, new)
        for each, old, new in zip(asked, before, after, strict=True)
    ]
    rows = [row for row in rows if row[1]]
    rows.sort(key=lambda row: (-row[0], row[2].text))
    firsts = {ref for *_, old, new in rows[:MOST_CHANGED] for ref in (*old.first, *new.first)}
    with reading(ports.database) as session:
        found = session.execute(sa.select(Article.id, Article.title).where(Article.id.in_(firsts)))
        titles = dict(found.all())
    return tuple(
        Changed(
            showable(each.text, each.people),
            round(old.ndcg, 4),
            round(new.ndcg, 4),
            " / ".join(titles.get(ref, "") for ref in old.first[:3]),
            " / ".join(titles.get(ref, "") for ref in new.first[:3]),
        )
        for *_, each, old, new in rows[:MOST_CHANGED]
    )
