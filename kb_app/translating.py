"""Articles in other languages: begun from the original, compared with it, shown to readers."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.article_change import existing, revise
from kb_app.errors import InvalidInput
from kb_app.families import take_over, translation_of, translations
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.rendering import render
from kb_app.site_languages import languages
from kb_app.slugs import unique_slug
from models import (
    DEFAULT_LANGUAGE,
    Article,
    ArticleStatus,
    ArticleTranslation,
    Viewer,
    family_of,
    record,
    source_digest,
    unit_of_work,
)


@dataclass(frozen=True)
class LanguageLink:
    """One language an article can be read in; `name` empty for the site's own."""

    code: str
    name: str
    slug: str
    here: bool


@dataclass(frozen=True)
class VersionRow:
    """One language of an article in the editor; `article_id` None while there is nothing."""

    code: str
    name: str
    article_id: int | None
    status: ArticleStatus | None
    deleted: bool
    outdated: bool
    here: bool


@dataclass(frozen=True)
class LanguagePanel:
    """Languages beside an article's text; of a translation also what the original says.

    `code` is empty for an original.
    """

    rows: tuple[VersionRow, ...] = ()
    code: str = ""
    name: str = ""
    original_id: int = 0
    original_title: str = ""
    original_html: str = ""
    outdated: bool = False


def begin(ports: Ports, viewer: Viewer, article_id: int, code: str) -> int:
    """A draft in another language with the original's text to start from; the one that is there."""
    require(viewer, Permission.WRITE)
    with unit_of_work(ports.database) as session:
        original = existing(session, article_id, locked=True)
        if translation_of(session, original) is not None or code not in languages(session):
            raise InvalidInput("language", "unknown")
        if original.deleted_at is not None:
            raise InvalidInput("action", "deleted")
        there = {link.language: article.id for link, article in translations(session, article_id)}
        if code in there:
            return there[code]
        made = _copy(session, viewer, original, code)
        record(session, viewer, "article.translate", f"article:{made.id}", language=code)
        return made.id


def _copy(session: Session, viewer: Viewer, original: Article, code: str) -> Article:
    made = Article(
        slug=unique_slug(session, f"{original.slug}-{code}"),
        title=original.title,
        body=original.body,
        phrasings=[],
        status=ArticleStatus.DRAFT,
        author_id=viewer.user_id,
        access=[],
    )
    session.add(made)
    session.flush()
    source = source_digest(original.title, original.body)
    session.add(
        ArticleTranslation(
            article_id=made.id, original_id=original.id, language=code, source=source
        )
    )
    take_over(session, original, made)
    session.flush()
    revise(session, viewer, made)
    return made


def checked(ports: Ports, viewer: Viewer, article_id: int) -> None:
    """Somebody says that the translation fits what the original says now."""
    require(viewer, Permission.WRITE)
    with unit_of_work(ports.database) as session:
        article = existing(session, article_id)
        link = translation_of(session, article)
        if link is None:
            raise InvalidInput("language", "unknown")
        original = session.get_one(Article, link.original_id)
        link.source, link.updated_at = source_digest(original.title, original.body), ports.clock()
        record(session, viewer, "article.translation_checked", f"article:{article_id}")


def panel(session: Session, article: Article, hosts: tuple[str, ...]) -> LanguagePanel:
    """What the editor shows of an article's languages; nothing on a site of one language."""
    known, link = languages(session), translation_of(session, article)
    original = article if link is None else session.get_one(Article, link.original_id)
    if not known and link is None:
        return LanguagePanel()
    digest = source_digest(original.title, original.body)
    there = {one.language: (one, made) for one, made in translations(session, original.id)}
    rows = [
        VersionRow(
            DEFAULT_LANGUAGE,
            "",
            original.id,
            original.status,
            original.deleted_at is not None,
            False,
            link is None,
        )
    ]
    for code, name in known.items():
        row = VersionRow(code, name, None, None, False, False, False)
        if code in there:
            bound, made = there[code]
            late, gone = bound.source != digest, made.deleted_at is not None
            row = VersionRow(code, name, made.id, made.status, gone, late, made is article)
        rows.append(row)
    if link is None:
        return LanguagePanel(tuple(rows))
    return LanguagePanel(
        tuple(rows),
        link.language,
        known.get(link.language, link.language),
        original.id,
        original.title,
        render(original.body, hosts).html,
        link.source != digest,
    )


def links(session: Session, viewer: Viewer, article: Article) -> tuple[LanguageLink, ...]:
    """The languages this reader can have an article in, and where; empty without a choice."""
    family = family_of(session, article.id)
    if not family:
        return ()
    rows = session.execute(
        sa.select(Article.id, Article.slug).where(
            Article.id.in_(family), Article.visible_to(viewer)
        )
    )
    slugs = {family[article_id]: (article_id, slug) for article_id, slug in rows}
    names = {DEFAULT_LANGUAGE: "", **languages(session)}
    found = tuple(
        LanguageLink(code, name, slugs[code][1], slugs[code][0] == article.id)
        for code, name in names.items()
        if code in slugs
    )
    return found if len(found) > 1 else ()
