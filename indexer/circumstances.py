"""What the database knows of documents beside their words: votes and use, dates, files.

Followed by time stamps, so that a look costs as much as changed since the last one. `Watch`
remembers which changes of a table were seen already.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.document import KINDS, REF_BITS, DocKind
from indexer.growing import ByNumber
from indexer.narrowing import DocType, type_bits, type_of_file
from indexer.ranking import (
    ARTICLE_VOTES,
    SHIPPED_SHARES,
    SITE_MEAN,
    Floats,
    Rows,
    Shares,
    Usage,
    prior_parts,
)
from indexer.snapshot import Snapshot
from models import (
    Article,
    ArticleStats,
    Attachment,
    LearnedChange,
    LearnedKind,
    LearnedState,
    Question,
    heat_weight,
    utcnow,
)

MARGIN = timedelta(seconds=30)  # commits come after their time stamps, and clocks differ
CHUNK = 500
DAY = 86_400.0
OWN_TYPE = {DocKind.ARTICLE: DocType.ARTICLE, DocKind.QUESTION: DocType.QUESTION}


@dataclass
class Watch:
    """Which changes of a table were seen already, and from when to look for more."""

    since: datetime | None = None
    seen: dict[object, datetime] = field(default_factory=dict)

    def is_news(self, row_id: object, changed_at: datetime) -> bool:
        """Whether this row changed since it was last seen; remembers it."""
        if self.seen.get(row_id) == changed_at:
            return False
        self.seen[row_id] = changed_at
        return True

    def settle(self, looked_at: datetime) -> None:
        """Next time look from a little before this look; older news cannot come any more."""
        since = looked_at - MARGIN
        self.since = since
        self.seen = {key: at for key, at in self.seen.items() if at >= since}

    def copy(self) -> Watch:
        """What is remembered now, to come back to when a look fails half way."""
        return Watch(self.since, dict(self.seen))


class Circumstances:
    """The resident copy; used by one thread at a time."""

    def __init__(self) -> None:
        self._votes = Watch()
        self._edits = Watch()
        self._usage = ByNumber(6)
        self._shares = SHIPPED_SHARES
        self._updated = {kind: ByNumber(1) for kind in DocKind}
        self._news_of = ByNumber(1)
        self._files = ByNumber(1)
        self._files_state: tuple[object, ...] = ((0, None), None)

    def look(self, session: Session, questions: Iterable[int]) -> bool:
        """Take in what changed; `questions` are new or changed ones. Whether anything did."""
        changed = [self._look_at_votes(session), self._look_at_edits(session)]
        changed += [self._look_at_files(session), self._look_at_questions(session, questions)]
        changed.append(self._look_at_shares(session))
        return any(changed)

    def put_on(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with prior, dates and types as they are now."""
        articles, refs = _rows_of(snapshot, DocKind.ARTICLE)
        usage = np.zeros((snapshot.keys.size, 6))
        usage[articles] = self._usage.of(refs)
        helpful, unhelpful = usage[:, 0], usage[:, 1]
        now = utcnow()
        cooled = usage[:, 2:5] / heat_weight(now)
        updated = self._dates(snapshot)
        days = np.where(updated > 0, (now.timestamp() - updated) / DAY, np.inf)
        days[articles] = (now.timestamp() - self._news_of.of(refs)[:, 0]) / DAY
        heat, clicked, examined = cooled[:, 0], cooled[:, 1], cooled[:, 2]
        known = Usage(helpful, unhelpful, heat, clicked, examined, usage[:, 5], days)
        parts = prior_parts(known, self._shares)
        shelf = replace(
            snapshot.shelf,
            types=self._types(snapshot),
            updated=updated,
            rating=(helpful + ARTICLE_VOTES * SITE_MEAN) / (helpful + unhelpful + ARTICLE_VOTES),
        )
        return replace(snapshot, prior=parts.sum(axis=0), prior_parts=parts, shelf=shelf)

    def _types(self, snapshot: Snapshot) -> Rows:
        own = np.array([type_bits([OWN_TYPE[kind]]) for kind in KINDS], np.int64)
        types: Rows = own[snapshot.keys >> REF_BITS]
        articles, refs = _rows_of(snapshot, DocKind.ARTICLE)
        types[articles] |= self._files.of(refs)[:, 0].astype(np.int64)
        return types

    def _dates(self, snapshot: Snapshot) -> Floats:
        dates = np.zeros(snapshot.keys.size)
        for kind, known in self._updated.items():
            rows, refs = _rows_of(snapshot, kind)
            dates[rows] = known.of(refs)[:, 0]
        return dates

    def _look_at_votes(self, session: Session) -> bool:
        looked_at = utcnow()
        query = sa.select(
            ArticleStats.article_id,
            ArticleStats.helpful,
            ArticleStats.unhelpful,
            ArticleStats.heat,
            ArticleStats.clicked,
            ArticleStats.examined,
            ArticleStats.shown,
            ArticleStats.changed_at,
        )
        if (since := self._votes.since) is not None:
            query = query.where(ArticleStats.changed_at >= since)
        changed = False
        for article_id, *counters, changed_at in session.execute(query):
            if self._votes.is_news(article_id, changed_at):
                self._usage.put(article_id, *counters)
                changed = True
        self._votes.settle(looked_at)
        return changed

    def _look_at_shares(self, session: Session) -> bool:
        shares = learned_shares(session)
        changed, self._shares = shares != self._shares, shares
        return changed

    def _look_at_edits(self, session: Session) -> bool:
        looked_at = utcnow()
        # What a text says counts as new, not that somebody moved it or gave it a reader.
        query = sa.select(Article.id, Article.updated_at, Article.content_at, Article.published_at)
        if (since := self._edits.since) is not None:
            query = query.where(Article.updated_at >= since)
        changed = False
        for article_id, updated_at, *dates in session.execute(query):
            if self._edits.is_news(article_id, updated_at):
                self._updated[DocKind.ARTICLE].put(article_id, updated_at.timestamp())
                since = max([at for at in dates if at is not None], default=updated_at)
                self._news_of.put(article_id, since.timestamp())
                changed = True
        self._edits.settle(looked_at)
        return changed

    def _look_at_files(self, session: Session) -> bool:
        newest = sa.select(Attachment.id, Attachment.created_at).order_by(Attachment.id.desc())
        # with its time: SQLite gives the number of a deleted last row to the next one
        last = session.execute(newest.limit(1)).one_or_none()
        # a file can also leave (or come back to) what everybody may know of
        known = sa.select(sa.func.count(), sa.func.sum(Attachment.id))
        counted = tuple(session.execute(known.where(Attachment.searchable())).one())
        state = (counted, None if last is None else tuple(last))
        if state == self._files_state:
            return False
        files: dict[int, int] = {}
        for article_id, name in session.execute(
            sa.select(Attachment.article_id, Attachment.filename).where(Attachment.searchable())
        ):
            files[article_id] = files.get(article_id, 0) | type_bits([type_of_file(name)])
        self._files = ByNumber(1)
        for article_id, bits in files.items():
            self._files.put(article_id, bits)
        self._files_state = state
        return True

    def _look_at_questions(self, session: Session, ids: Iterable[int]) -> bool:
        wanted = list(ids)
        for start in range(0, len(wanted), CHUNK):
            chunk = wanted[start : start + CHUNK]
            rows = session.execute(
                sa.select(Question.id, Question.created_at).where(Question.id.in_(chunk))
            )
            for ref, at in rows:
                self._updated[DocKind.QUESTION].put(ref, at.timestamp())
        return bool(wanted)


def learned_shares(session: Session) -> Shares:
    """How this site divides the prior: as it learned, else as shipped."""
    found = session.scalar(
        sa.select(LearnedChange.after)
        .where(LearnedChange.kind == LearnedKind.WEIGHTS)
        .where(LearnedChange.state == LearnedState.ACTIVE)
        .order_by(LearnedChange.id.desc())
        .limit(1)
    )
    return Shares(**found) if found else SHIPPED_SHARES


def _rows_of(snapshot: Snapshot, kind: DocKind) -> tuple[Rows, Rows]:
    """The rows of the living documents of one kind, and their numbers in the database."""
    alike = snapshot.alive & (snapshot.keys >> REF_BITS == KINDS.index(kind))
    rows = np.flatnonzero(alike)
    return rows, snapshot.keys[rows] & ((1 << REF_BITS) - 1)
