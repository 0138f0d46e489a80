"""Giving everything out: Markdown with heads, trees, numbers, settings and files in one zip.

Written to the disk as it goes; a zip that is there is whole. `readers.own_files` reads it.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from kb_app import trees
from kb_app.exchange.applying import OWN_FIELDS
from kb_app.exchange.audience_names import AudienceNames
from kb_app.exchange.details import told
from kb_app.exchange.own_parts import tell_numbers, tell_trees, tell_words
from kb_app.exchange.own_settings import tell_settings
from kb_app.exchange.own_translations import tell_translations
from kb_app.exchange.readers.front_matter import dump
from kb_app.files import stored_path
from kb_app.ports import Ports
from models import Article, ArticleRevision, Attachment, Viewer, reading

AT_ONCE = 200
VERSION = 1
PACKED = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/zip"})
_LINK = re.compile(r"\((/files/(\d{1,10})/[^\s()]*)\)")

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Wanted:
    """What goes into the zip beside the articles as they are now."""

    viewer: Viewer
    versions: bool = False


@dataclass
class _Giver:
    ports: Ports
    session: Session
    zip: zipfile.ZipFile
    wanted: Wanted
    categories: trees.Tree
    audiences: AudienceNames
    packed: set[str] = field(default_factory=set)

    def article(self, article: Article, files: Sequence[Attachment]) -> None:
        """One Markdown file, and what lies beside it."""
        path = self.categories.path(article.category_id)
        head: dict[str, Any] = {
            "title": article.title,
            "id": article.external_id or "",
            "slug": article.slug,
            "status": article.status.value,
            "access": self.audiences.names(article.own_keys),
            "category": [node.name for node in path],
            "category_slug": path[-1].slug if path else "",
            "products": [node.name for node in article.products],
            "product_slugs": [node.slug for node in article.products],
            "phrasings": list(article.phrasings),
            "files": [self._file(row) for row in files],
            "details": {"fields": told(article, OWN_FIELDS)},
        }
        places = {row.id: _place(row) for row in files}
        body = _with_places(article.body, places)
        self.zip.writestr(f"articles/{article.slug}.md", f"{dump(head)}\n{body}\n")
        if self.wanted.versions:
            self._versions(article, places)

    def _file(self, row: Attachment) -> dict[str, Any]:
        """Its description; the bytes go along once each."""
        path = stored_path(self.ports, row.sha256)
        member = f"files/{row.sha256}/{_plain(row.filename)}"
        if member not in self.packed and path.is_file():
            self.packed.add(member)
            how = zipfile.ZIP_STORED if row.media_type in PACKED else zipfile.ZIP_DEFLATED
            self.zip.write(path, member, how)
        return {
            "sha256": row.sha256,
            "name": row.filename,
            "path": f"../{member}",
            "access": self.audiences.names(entry.key for entry in row.access),
        }

    def _versions(self, article: Article, places: dict[int, str]) -> None:
        rows = self.session.scalars(
            sa.select(ArticleRevision)
            .where(ArticleRevision.article_id == article.id)
            .order_by(ArticleRevision.number)
        )
        older = [{**told(row), "body": _with_places(row.body, places)} for row in rows]
        self.json(f"versions/{article.slug}.json", older)

    def json(self, name: str, data: Any) -> None:
        """A part that is no article."""
        self.zip.writestr(name, json.dumps(data, ensure_ascii=False, indent=1))


def give_all(ports: Ports, target: Path, wanted: Wanted, progress: Progress | None = None) -> int:
    """Write the zip; returns the number of articles. What lies in the bin stays there."""
    draft = target.with_suffix(".part")
    count = 0
    with (
        reading(ports.database) as session,
        zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as made,
    ):
        tree, audiences = trees.categories(session), AudienceNames(session)
        giver = _Giver(ports, session, made, wanted, tree, audiences)
        for articles, files in _articles(session):
            for article in articles:
                giver.article(article, files.get(article.id, []))
            count += len(articles)
            session.expunge_all()
            if progress is not None:
                progress(len(articles))
        giver.json("trees.json", tell_trees(session))
        giver.json("numbers.json", tell_numbers(session))
        giver.json("translations.json", tell_translations(session))
        giver.json("words.json", tell_words(ports, wanted.viewer))
        giver.json("settings.json", tell_settings(ports))
        about = {"format": "wenda", "version": VERSION, "articles": count,
                 "exported_at": ports.clock().isoformat()}  # fmt: skip
        giver.json("wenda.json", about)
    draft.replace(target)
    return count


def _articles(session: Session) -> Iterator[tuple[list[Article], dict[int, list[Attachment]]]]:
    """Every article outside the bin, some at a time, each with its files."""
    after = 0
    while True:
        articles = list(
            session.scalars(
                sa.select(Article)
                .where(Article.id > after, Article.deleted_at.is_(None))
                .options(selectinload(Article.products), selectinload(Article.access))
                .order_by(Article.id)
                .limit(AT_ONCE)
            )
        )
        if not articles:
            return
        after = articles[-1].id
        files: dict[int, list[Attachment]] = {}
        rows = session.scalars(
            sa.select(Attachment)
            .where(
                Attachment.article_id.in_([article.id for article in articles]),
                Attachment.removed_at.is_(None),
            )
            .options(selectinload(Attachment.access))
            .order_by(Attachment.id)
        )
        for row in rows:
            files.setdefault(row.article_id, []).append(row)
        yield articles, files


def _plain(name: str) -> str:
    """A file name every system can unpack."""
    return re.sub(r'[\x00-\x1f/\\:*?"<>|]', "_", name)[:120] or "file"


def _place(row: Attachment) -> str:
    return f"../files/{row.sha256}/{quote(_plain(row.filename))}"


def _with_places(body: str, places: dict[int, str]) -> str:
    """Links to the article's own files as paths inside the zip; others stay."""

    def place(match: re.Match[str]) -> str:
        found = places.get(int(match.group(2)))
        return f"({found})" if found else match.group(0)

    return _LINK.sub(place, body)
