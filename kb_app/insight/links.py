"""Links and pictures in published articles that lead nowhere; links to elsewhere are only listed.

Addresses of this site are looked up in the database; nothing is ever fetched.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.insight.article_rows import published
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import (
    Article,
    ArticleRedirect,
    ArticleStatus,
    Attachment,
    Category,
    Product,
    Viewer,
    reading,
)

MARKDOWN = re.compile(r"(!?)\[[^\]\n]{0,500}\]\(\s*<?([^\s)<>]{1,2000})")
HTML = re.compile(r"<(a|img)\s[^<>]{0,500}?(?:href|src)\s*=\s*[\"']?([^\"'\s<>]{1,2000})", re.I)
BARE = re.compile(r"(?<![\w(\"'=<\[/])https?://[^\s<>()\"'，。；、）】]{3,2000}", re.I)
LISTED = 200


class Fault(StrEnum):
    """Why an address leads nowhere."""

    NO_ARTICLE = "no_article"
    HIDDEN_ARTICLE = "hidden_article"
    NO_FILE = "no_file"
    NO_CATEGORY = "no_category"
    NO_PRODUCT = "no_product"


@dataclass(frozen=True)
class Broken:
    """An address in an article that leads nowhere."""

    article_id: int
    title: str
    address: str
    picture: bool
    fault: Fault


@dataclass(frozen=True)
class Elsewhere:
    """An address outside this site, and the articles that name it."""

    address: str
    picture: bool
    articles: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class LinksPage:
    """What was found in how many published articles."""

    broken: tuple[Broken, ...]
    elsewhere: tuple[Elsewhere, ...]
    articles: int
    links: int
    sites: int


@dataclass(frozen=True)
class Known:
    """Every address of this site that can be linked to."""

    articles: dict[str, bool]
    files: frozenset[int]
    categories: frozenset[str]
    products: frozenset[str]

    def fault(self, path: str) -> Fault | None:
        """What is wrong with a path of this site; None for what works or is not known."""
        kind, _, rest = unquote(path).strip("/").partition("/")
        name = rest.split("/")[0]
        if kind == "articles" and name:
            if name not in self.articles:
                return Fault.NO_ARTICLE
            return None if self.articles[name] else Fault.HIDDEN_ARTICLE
        if kind == "files" and name.isascii() and name.isdigit():
            return None if int(name) in self.files else Fault.NO_FILE
        if kind == "categories" and name and name not in self.categories:
            return Fault.NO_CATEGORY
        return Fault.NO_PRODUCT if kind == "products" and name not in self.products else None


def links_page(ports: Ports, viewer: Viewer, listed: int = LISTED) -> LinksPage:
    """All published articles looked through."""
    require(viewer, Permission.INSIGHT)
    host = urlsplit(ports.config.base_url).netloc
    broken: list[Broken] = []
    elsewhere: dict[tuple[str, bool], dict[int, str]] = defaultdict(dict)
    articles = links = 0
    with reading(ports.database) as session:
        known = _known(session)
        query = sa.select(Article.id, Article.title, Article.body).where(published(viewer))
        for article_id, title, body in session.execute(query.order_by(Article.id)):
            articles += 1
            for picture, address in addresses(body):
                links += 1
                path = _own_path(address, host)
                if path is None:
                    elsewhere[address, picture][article_id] = title
                elif (fault := known.fault(path)) is not None:
                    broken.append(Broken(article_id, title, address, picture, fault))
    outside = sorted(elsewhere.items(), key=lambda each: (-len(each[1]), each[0]))
    return LinksPage(
        tuple(broken[:listed]),
        tuple(Elsewhere(*key, tuple(found.items())) for key, found in outside[:listed]),
        articles,
        links,
        len(outside),
    )


def addresses(body: str) -> Iterator[tuple[bool, str]]:
    """Every web address or path in a Markdown text, as (is a picture, address). Pure."""
    found: dict[tuple[bool, str], None] = {}
    for match in MARKDOWN.finditer(body):
        found[match.group(1) == "!", match.group(2)] = None
    for match in HTML.finditer(body):
        found[match.group(1).lower() == "img", match.group(2)] = None
    for match in BARE.finditer(body):
        found.setdefault((False, match.group().rstrip(".,;:!?")), None)
    for picture, address in found:
        if address.startswith(("/", "http:", "https:")) and not address.startswith("//"):
            yield picture, address


def _own_path(address: str, host: str) -> str | None:
    """The path of an address of this site; None for one elsewhere."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts.path if parts.netloc in {"", host} else None


def _known(session: Session) -> Known:
    shown = sa.and_(Article.status == ArticleStatus.PUBLISHED, Article.deleted_at.is_(None))
    slugs = sa.select(Article.slug, sa.case((shown, 1), else_=0))
    moved = sa.select(ArticleRedirect.slug, sa.case((shown, 1), else_=0)).join(
        Article, Article.id == ArticleRedirect.article_id
    )
    files = sa.select(Attachment.id).where(Attachment.removed_at.is_(None))
    return Known(
        {
            slug: bool(is_shown)
            for each in (moved, slugs)
            for slug, is_shown in session.execute(each)
        },
        frozenset(session.scalars(files)),
        frozenset(session.scalars(sa.select(Category.slug))),
        frozenset(session.scalars(sa.select(Product.slug))),
    )
