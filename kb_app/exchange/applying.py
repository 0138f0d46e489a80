"""Writing records as articles: created, changed, left alone, or a conflict that people settle.

A batch is one transaction with its index jobs. Running it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.exchange.audience_names import AudienceNames
from kb_app.exchange.details import put
from kb_app.exchange.judging import OnConflict, Outcome, judge
from kb_app.exchange.known import Known, content_of, known_articles, plain_links
from kb_app.exchange.places import Places
from kb_app.exchange.records import Record, content_digest
from kb_app.families import follow_written
from kb_app.ports import Ports
from models import (
    Article,
    ArticleAccess,
    ArticleRevision,
    ArticleStatus,
    ImportOrigin,
    JobKind,
    Product,
    allowed_by_categories,
    enqueue,
    settle_access,
    unit_of_work,
    utcnow,
)

MOST_NOTES = 1_000
MOST_REVISIONS = 500
# What a record says itself; everything else travels as details.
OWN_FIELDS = ("external_id", "slug", "title", "body", "phrasings", "status", "deleted_at")


@dataclass(frozen=True)
class Note:
    """Something a person should look at: where it stood, what it is about, what is the matter."""

    where: str
    title: str
    code: str


@dataclass
class Tally:
    """What became of the records so far."""

    created: int = 0
    changed: int = 0
    same: int = 0
    conflicts: int = 0
    notes: list[Note] = field(default_factory=list)

    def count(self, record: Record, outcome: Outcome) -> None:
        """One record more."""
        if outcome is Outcome.CREATED:
            self.created += 1
        elif outcome is Outcome.CHANGED:
            self.changed += 1
        elif outcome is Outcome.SAME:
            self.same += 1
        else:
            self.conflicts += 1
            if len(self.notes) < MOST_NOTES:
                self.notes.append(Note(record.where or record.identity, record.title, outcome))


def apply(
    ports: Ports,
    records: Sequence[Record],
    tally: Tally,
    on_conflict: OnConflict = OnConflict.KEEP,
) -> None:
    """Write one batch; the files of its records must lie beside their articles already."""
    by_identity = {record.identity: record for record in records}
    with unit_of_work(ports.database) as session:
        writer = _Writer(session, known_articles(session, by_identity.values()))
        writer.places.reserve(by_identity.values())
        changed: list[tuple[Article, Record]] = []
        for record in by_identity.values():
            outcome = writer.judged(record, on_conflict)
            tally.count(record, outcome)
            if outcome in {Outcome.CREATED, Outcome.CHANGED}:
                changed.append((writer.write(record), record))
        session.flush()
        settle_access(session, [article for article, _ in changed], allowed_by_categories(session))
        session.flush()
        follow_written(session, [article.id for article, _ in changed])
        writer.follow_up(changed)


def rehearse(session: Session, records: Sequence[Record], tally: Tally) -> None:
    """Count what `apply` would do. Call in a transaction that is thrown away."""
    by_identity = {record.identity: record for record in records}
    writer = _Writer(session, known_articles(session, by_identity.values()))
    for record in by_identity.values():
        tally.count(record, writer.judged(record, OnConflict.KEEP))


class _Writer:
    """One transaction's view of the articles, the trees and the readers."""

    def __init__(self, session: Session, known: Mapping[str, Known]) -> None:
        self._session = session
        self._known = known
        self.places = Places(session)
        self._audiences = AudienceNames(session)

    def judged(self, record: Record, on_conflict: OnConflict) -> Outcome:
        """What to do with the record."""
        known = self._known.get(record.identity)
        if known is None:
            return Outcome.CREATED
        wanted = content_digest(self._wanted(record, known))
        return judge(known.standing, record.digest(), wanted, on_conflict)

    def _wanted(self, record: Record, known: Known) -> dict[str, object]:
        """The content the record would give the article."""
        return {
            "title": record.title,
            "body": plain_links(known.linked(record)),
            "phrasings": list(record.phrasings),
            "category": _kept_category(record, known) or self.places.known_category(record),
            "products": self.places.known_products(record),
            "status": record.status,
            "access": sorted(self._readers(record, known)),
        }

    def write(self, record: Record) -> Article:
        """Put the record into its article, or into a new one."""
        known = self._known.get(record.identity)
        article = known.article if known else self._new(record)
        before = (article.title, article.body)
        article.title = record.title
        article.body = known.linked(record) if known else record.body
        if before != (article.title, article.body):
            article.content_at = utcnow()
        article.phrasings = list(record.phrasings)
        article.category_id = _kept_category(record, known) or self.places.category(record)
        _set_products(article, self.places.products(record))
        article.status = ArticleStatus(record.status)
        if article.status is ArticleStatus.PUBLISHED:
            article.published_at = article.published_at or utcnow()
        _set_own_keys(article, self._readers(record, known))
        article.updated_at = utcnow()
        put(article, record.details.get("fields") or {}, OWN_FIELDS)
        return article

    def _readers(self, record: Record, known: Known | None) -> frozenset[str]:
        """Whom the record names; one that names nobody opens nothing that is here already."""
        if not record.access and known is not None and known.is_whole:
            return known.article.own_keys
        return self._audiences.keys(record.access)

    def _new(self, record: Record) -> Article:
        article = Article(
            external_id=record.external_id or None,
            slug=self.places.slug(record),
            access=[],
            products=[],  # told now, so that nobody asks the database for them later
        )
        self._session.add(article)
        return article

    def follow_up(self, changed: Sequence[tuple[Article, Record]]) -> None:
        """A revision, a note of where it came from, and an index job for each."""
        ids = [article.id for article, _ in changed]
        last = self._session.execute(
            sa.select(ArticleRevision.article_id, sa.func.max(ArticleRevision.number))
            .where(ArticleRevision.article_id.in_(ids))
            .group_by(ArticleRevision.article_id)
        )
        numbers = dict(last.all())
        self._session.flush()
        for article, record in changed:
            number = numbers.get(article.id, 0) or self._older_revisions(article, record)
            if not record.details.get("revisions") or numbers.get(article.id):
                self._session.add(_revision(article, number + 1))
            known = self._known.get(record.identity)
            self._note(article, record, known.origin if known else None)
            enqueue(self._session, JobKind.INDEX_ARTICLE, article_id=article.id)

    def _older_revisions(self, article: Article, record: Record) -> int:
        """What the article said before, when an export brought that along; returns how many."""
        known = self._known.get(record.identity)
        found = record.details.get("revisions")
        number = 0
        for told in found[-MOST_REVISIONS:] if isinstance(found, list) else ():
            if isinstance(told, dict):
                number += 1
                older = _revision(article, number)
                put(older, told, ("number", "version"))
                older.body = known.with_links(record, older.body) if known else older.body
                self._session.add(older)
        return number

    def _note(self, article: Article, record: Record, origin: ImportOrigin | None) -> None:
        noted = origin or ImportOrigin(article_id=article.id)
        noted.digest = record.digest()
        noted.result = content_digest(content_of(article))
        noted.imported_at = utcnow()
        self._session.add(noted)


def _revision(article: Article, number: int) -> ArticleRevision:
    return ArticleRevision(
        article_id=article.id,
        number=number,
        version=article.version,
        title=article.title,
        body=article.body,
        status=article.status,
    )


def _set_products(article: Article, products: list[Product]) -> None:
    """Only when they differ: the same ones in another order are no change."""
    if {node.id for node in article.products} != {node.id for node in products}:
        article.products = products


def _kept_category(record: Record, known: Known | None) -> int | None:
    """Where an article stays of which the record does not say where it lies.

    Out of its category it might be open to more people.
    """
    silent = not (record.category or record.category_slug)
    return known.article.category_id if silent and known is not None else None


def _set_own_keys(article: Article, keys: frozenset[str]) -> None:
    """The article's own readers; `settle_access` decides what its category leaves of them."""
    if article.own_keys == keys:
        return
    kept = {entry.key: entry for entry in article.access}
    article.access = [kept.get(key) or ArticleAccess(key=key) for key in sorted(keys)]
    for entry in article.access:
        entry.own = entry.opens = True
