"""The articles that records are about, as they stand now, with the files beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from kb_app.exchange.judging import Standing
from kb_app.exchange.records import Record, content_digest
from kb_app.files import safe_name
from models import Article, ArticleRevision, Attachment, ImportOrigin

# Before the address of an article that has no outside id, where a sheet wants one.
OWN_ID = "wenda:"
_ADDRESS = re.compile(r"(/files/\d{1,10}/)[^\s()]*")
_PLACEHOLDER = re.compile(r"attachment:(\d{1,4})\b")


@dataclass(frozen=True)
class Known:
    """An article, what its last import noted, and its files: (hash, name) → address."""

    article: Article
    origin: ImportOrigin | None
    standing: Standing
    files: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether it is more than the stub of an import that was cut off."""
        return not self.standing.noted or bool(self.standing.digest)

    def linked(self, record: Record) -> str:
        """The record's body with the addresses of its files."""
        return self.with_links(record, record.body)

    def with_links(self, record: Record, text: str) -> str:
        """A text of the record with `attachment:N` as addresses; unknown ones stay."""
        places = [self.files.get((one.key, safe_name(one.name)), "") for one in record.files]

        def address(match: re.Match[str]) -> str:
            place = int(match.group(1))
            return (places[place] if place < len(places) else "") or match.group(0)

        return _PLACEHOLDER.sub(address, text) if places else text

    def lacks_files(self, record: Record) -> bool:
        """Whether a file of the record is not beside the article yet."""
        return any((one.key, safe_name(one.name)) not in self.files for one in record.files)


def file_address(file_id: int, filename: str) -> str:
    """Where a file is served; only /files/<id>/ matters, the name is for people."""
    return f"/files/{file_id}/{quote(filename)}"


def plain_links(body: str) -> str:
    """The text with its files' addresses cut to what matters in them."""
    return _ADDRESS.sub(r"\1", body)


def content_of(article: Article) -> dict[str, object]:
    """What an import would write; a change of it by a person is what a conflict is about."""
    return {
        "title": article.title,
        "body": plain_links(article.body),
        "phrasings": list(article.phrasings),
        "category": article.category_id,
        "products": sorted(product.id for product in article.products),
        "status": article.status.value,
        "access": sorted(article.own_keys),
    }


def known_articles(session: Session, records: Iterable[Record]) -> dict[str, Known]:
    """By the records' identity; records of new articles are not in it."""
    found = _articles(session, list(records))
    ids = [article.id for article in found.values()]
    origins = {
        origin.article_id: origin
        for origin in session.scalars(
            sa.select(ImportOrigin).where(ImportOrigin.article_id.in_(ids))
        )
    }
    by_people = _edited(session, [number for number in ids if number not in origins])
    files = _files(session, ids)
    return {
        identity: Known(
            article,
            origins.get(article.id),
            _standing(article, origins.get(article.id), article.id in by_people),
            files.get(article.id, {}),
        )
        for identity, article in found.items()
    }


def _articles(session: Session, records: list[Record]) -> dict[str, Article]:
    ids = [record.external_id for record in records if record.external_id]
    slugs = [_slug_meant(record) for record in records]
    rule = sa.or_(Article.external_id.in_(ids), Article.slug.in_(slugs))
    articles = session.scalars(
        sa.select(Article)
        .where(rule)
        .options(selectinload(Article.products), selectinload(Article.access))
    ).all()
    by_id = {article.external_id: article for article in articles if article.external_id}
    by_slug = {article.slug: article for article in articles}
    found = {
        record.identity: by_id.get(record.external_id) or by_slug.get(_slug_meant(record))
        for record in records
    }
    return {identity: article for identity, article in found.items() if article is not None}


def _slug_meant(record: Record) -> str:
    """The address a record without an outside id is known by; sheets write it as an id."""
    if not record.external_id:
        return record.slug
    slug = record.external_id.removeprefix(OWN_ID)
    return slug if slug != record.external_id else ""


def _standing(article: Article, origin: ImportOrigin | None, by_people: bool) -> Standing:
    return Standing(
        now=content_digest(content_of(article)),
        digest=origin.digest if origin else "",
        result=origin.result if origin else "",
        noted=origin is not None,
        by_people=by_people,
        in_bin=article.deleted_at is not None,
    )


def _edited(session: Session, ids: list[int]) -> set[int]:
    """Those whose last revision a person wrote."""
    if not ids:
        return set()
    last = (
        sa.select(ArticleRevision.article_id, sa.func.max(ArticleRevision.number).label("number"))
        .where(ArticleRevision.article_id.in_(ids))
        .group_by(ArticleRevision.article_id)
        .subquery()
    )
    rows = session.scalars(
        sa.select(ArticleRevision.article_id)
        .join(
            last,
            sa.and_(
                last.c.article_id == ArticleRevision.article_id,
                last.c.number == ArticleRevision.number,
            ),
        )
        .where(ArticleRevision.editor_id.is_not(None))
    )
    return set(rows)


def _files(session: Session, ids: list[int]) -> dict[int, dict[tuple[str, str], str]]:
    found: dict[int, dict[tuple[str, str], str]] = {}
    rows = session.execute(
        sa.select(
            Attachment.article_id, Attachment.sha256, Attachment.filename, Attachment.id
        ).where(Attachment.article_id.in_(ids), Attachment.removed_at.is_(None))
    )
    for article_id, sha256, filename, file_id in rows:
        found.setdefault(article_id, {})[sha256, filename] = file_address(file_id, filename)
    return found
