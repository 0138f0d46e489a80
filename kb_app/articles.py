"""Reading: the home page and one article."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import made_pages, trees
from kb_app.article_life import chosen_ids, moved_to
from kb_app.cards import (
    ArticleCard,
    ArticleRef,
    Crumb,
    TreeCard,
    article_cards,
    hottest_cards,
    listed,
    my_votes,
    readable,
)
from kb_app.errors import Moved, NotFound
from kb_app.files import FileLink, files_of
from kb_app.permissions import Permission, may, require
from kb_app.popular import popular_queries
from kb_app.ports import Ports
from kb_app.rendering import Heading
from kb_app.suggesting import Suggested, chosen
from kb_app.thumbnails import with_small_pictures
from kb_app.translating import LanguageLink, links
from kb_app.usage import Origin, dispensable, opened
from models import Article, Viewer, listed_for, reading, visitor

HOTTEST_ON_HOME = 8
NEWEST_ON_HOME = 6
RELATED = 5
NOBODY = visitor("map")


@dataclass(frozen=True)
class HomePage:
    """The front page: ways in, and what others ask right now."""

    categories: tuple[TreeCard, ...]
    products: tuple[TreeCard, ...]
    hottest: tuple[ArticleCard, ...]
    newest: tuple[ArticleCard, ...]
    article_count: int
    popular_queries: tuple[str, ...]


@dataclass(frozen=True)
class ArticlePage:
    """One article as a reader meets it; `html` is sanitised.

    Only what is public is described to machines.
    """

    article_id: int
    slug: str
    title: str
    html: str
    headings: tuple[Heading, ...]
    category_path: tuple[Crumb, ...]
    products: tuple[Crumb, ...]
    updated_at: datetime
    views: int
    helpful: int
    unhelpful: int
    my_vote: int
    related: tuple[ArticleRef, ...]
    attachments: tuple[FileLink, ...]
    can_edit: bool
    is_public: bool
    search_id: int | None
    languages: tuple[LanguageLink, ...] = ()

    @property
    def language(self) -> str:
        """What it is written in, as far as it is not the site's own language."""
        return next((one.code for one in self.languages if one.here), "")


def home(ports: Ports, viewer: Viewer) -> HomePage:
    """Everything the front page shows."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        category_counts = trees.category_counts(session, viewer)
        newest = session.scalars(
            listed(viewer)
            .order_by(Article.published_at.desc(), Article.id.desc())
            .limit(NEWEST_ON_HOME)
        )
        count = sa.select(sa.func.count()).select_from(Article).where(listed_for(viewer))
        return HomePage(
            categories=trees.categories(session, viewer).cards(None, category_counts),
            products=trees.products(session).cards(None, trees.product_counts(session, viewer)),
            hottest=hottest_cards(session, viewer, HOTTEST_ON_HOME),
            newest=article_cards(session, viewer, list(newest)),
            article_count=session.scalar(count) or 0,
            popular_queries=popular_queries(session),
        )


def read(ports: Ports, viewer: Viewer, slug: str, origin: Origin | Suggested | None) -> ArticlePage:
    """The article with this slug; counted as opened, and as found when it came from a search."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        article = session.scalar(readable(viewer).where(Article.slug == slug))
        if article is None:
            raise Moved(new) if (new := moved_to(session, viewer, slug)) else NotFound(slug)
        made = made_pages.made(ports, session, viewer, article)
        page = _article_page(session, viewer, article, made)
    with dispensable("page"):
        made_pages.keep(ports, made)
    if viewer.previewing:
        return page
    with dispensable("view"):
        if isinstance(origin, Suggested):
            origin = chosen(ports, viewer, article.id, origin)
        opened(ports, viewer, article.id, origin)
    return replace(page, search_id=origin.search_id) if isinstance(origin, Origin) else page


def _article_page(
    session: Session, viewer: Viewer, article: Article, made: made_pages.Made
) -> ArticlePage:
    stats = article.stats
    return ArticlePage(
        article_id=article.id,
        slug=article.slug,
        title=article.title,
        html=with_small_pictures(made.rendered.html),
        headings=made.rendered.headings,
        category_path=tuple(
            Crumb(node.slug, node.name)
            for node in trees.categories(session, viewer).path(article.category_id)
        ),
        products=tuple(Crumb(product.slug, product.name) for product in article.products),
        updated_at=article.updated_at,
        views=stats.views if stats else 0,
        helpful=stats.helpful if stats else 0,
        unhelpful=stats.unhelpful if stats else 0,
        my_vote=my_votes(session, viewer, [article.id]).get(article.id, 0),
        related=_related(session, viewer, article, made.near),
        attachments=files_of(session, article.id, viewer),
        can_edit=may(viewer, Permission.WRITE),
        is_public=viewer.keys == NOBODY.keys or article.is_visible(NOBODY),
        search_id=None,
        languages=links(session, viewer, article),
    )


def _related(
    session: Session, viewer: Viewer, article: Article, near: tuple[int, ...]
) -> tuple[ArticleRef, ...]:
    """Those somebody chose and those that are near, as far as this viewer may read them now."""
    chosen_first = chosen_ids(session, article.id)
    ids = list(dict.fromkeys([*chosen_first, *near]))
    query = sa.select(Article.id, Article.title, Article.slug, Article.status)
    rows = session.execute(query.where(Article.visible_to(viewer), Article.id.in_(ids)))
    found = {row.id: ArticleRef(row.id, row.title, row.slug, row.status) for row in rows}
    return tuple(found[i] for i in ids if i in found)[: max(RELATED, len(chosen_first))]
