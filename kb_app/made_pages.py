"""What an article's page takes long to make: its HTML and its neighbours, made once and kept.

What is kept serves only the very text, hosts and renderer it was made from, and neighbours are
names to ask for: who may read them is asked of the database each time.
"""

from __future__ import annotations

import hashlib
import time
import zlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.backend import SearchFilter
from indexer.passages import plain_text
from kb_app import list_indents, markdown_html, quick_walker
from kb_app.ports import Ports
from kb_app.rendering import Rendered, render, with_headings
from models import (
    Article,
    ArticleMade,
    ArticleStatus,
    Database,
    Viewer,
    family_of,
    insert_if_absent,
    reading,
    unit_of_work,
    visitor,
)

NEAR_SECONDS = 6 * 3600
NEAR_KEPT = 12
NEAR_SOURCE, NEAR_ASKED = 2_000, 200
MOST_KINDS_OF_READERS = 8
AT_ONCE = 20
NOBODY = visitor("pages")
DIGEST_BYTES = 20
LEVEL = 6
# Nobody's index job waits much longer than this, and pages being asked for get half of the time;
# a whole table is not looked through all the time.
MOST_SECONDS, LOOK_EVERY = 0.25, 60.0
_RESTS: WeakKeyDictionary[Database, float] = WeakKeyDictionary()


@dataclass(frozen=True)
class Made:
    """The parts of a page; `to_keep` is what was made just now, to be written down."""

    rendered: Rendered
    near: tuple[int, ...]
    to_keep: dict[str, Any] | None = None


@dataclass(frozen=True)
class _Kept:
    """What is known of an article as it is now; no `html` when it could not be made so far."""

    source: str
    html: str | None
    near: dict[str, Any]
    is_known: bool


def made(ports: Ports, session: Session, viewer: Viewer, article: Article) -> Made:
    """The HTML and the neighbours of an article that was just found readable."""
    kept = _kept(session, article, ports.config.embeds)
    if kept.html is None:
        rendered = render(article.body, ports.config.embeds)
    else:
        rendered = with_headings(kept.html)
    key, now = _kind_of(viewer), int(ports.clock().timestamp())
    fresh = {one: told for one, told in kept.near.items() if 0 <= now - told[0] < NEAR_SECONDS}
    if key in fresh:
        near, is_new = tuple(fresh[key][1:]), False
    else:
        near, is_found = _near(ports, session, viewer, article)
        # Who comes when there is no room asks each time, and throws nobody out.
        is_new = is_found and len(fresh) < MOST_KINDS_OF_READERS
    if not is_new and (kept.html is not None or (kept.is_known and not rendered.whole)):
        return Made(rendered, near)
    row = {
        "article_id": article.id,
        "made_from": kept.source,
        "maker": maker(ports.config.embeds),
        # What could not be rendered in time may be another time: it is kept for nobody.
        "html": zlib.compress(rendered.html.encode(), LEVEL) if rendered.whole else b"",
        "near": {**fresh, key: [now, *near]} if is_new else fresh,
    }
    return Made(rendered, near, row)


def keep(ports: Ports, made: Made) -> None:
    """Write down what was made anew; whoever is last is right, for it is made of the same."""
    if made.to_keep is None:
        return
    article_id = made.to_keep["article_id"]
    with unit_of_work(ports.database) as session:
        # An article that is gone by now has nothing to be kept; nor can it go meanwhile.
        there = sa.select(Article.id).where(Article.id == article_id)
        if session.scalar(there.with_for_update(read=True, key_share=True)) is None:
            return
        row = session.get(ArticleMade, article_id)
        if row is None:
            insert_if_absent(session, ArticleMade, **made.to_keep)
            return
        for name, value in made.to_keep.items():
            setattr(row, name, value)


def make_ahead(ports: Ports) -> bool:
    """`make_some`, resting as long as it took; when there was nothing to make, LOOK_EVERY."""
    began = time.monotonic()
    if began < _RESTS.get(ports.database, 0.0):
        return False
    more = make_some(ports)
    now = time.monotonic()
    _RESTS[ports.database] = now + (now - began if more else LOOK_EVERY)
    return more


def make_some(ports: Ports) -> bool:
    """Make pages ahead that nobody has opened yet, or not since an update; False when none."""
    by = maker(ports.config.embeds)
    ready, until = [], time.monotonic() + MOST_SECONDS
    with reading(ports.database) as session:
        waiting = session.scalars(
            sa.select(Article)
            .outerjoin(ArticleMade, ArticleMade.article_id == Article.id)
            .where(
                Article.status == ArticleStatus.PUBLISHED,
                Article.deleted_at.is_(None),
                sa.or_(ArticleMade.maker.is_(None), ArticleMade.maker != by),
            )
            .order_by(Article.id)
            .limit(AT_ONCE)
        )
        for article in waiting:
            ready.append(made(ports, session, NOBODY, article))
            if time.monotonic() > until:
                break
    for one in ready:
        keep(ports, one)
    return any(one.to_keep is not None for one in ready)


@lru_cache(maxsize=8)
def maker(embeds: tuple[str, ...]) -> str:
    """Names the renderer and the hosts whose players it shows: whatever changes its HTML."""
    found = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for module in (markdown_html, list_indents, quick_walker):
        found.update(Path(str(module.__file__)).read_bytes())
    for said in (version("markdown"), version("bleach"), *embeds):
        found.update(said.encode() + b"\0")
    return found.hexdigest()


def _kept(session: Session, article: Article, embeds: tuple[str, ...]) -> _Kept:
    said = "\0".join((maker(embeds), article.title, article.body))
    source = hashlib.blake2b(said.encode(errors="surrogatepass"), digest_size=DIGEST_BYTES)
    columns = sa.select(ArticleMade.made_from, ArticleMade.html, ArticleMade.near)
    row = session.execute(columns.where(ArticleMade.article_id == article.id)).one_or_none()
    if row is None or row.made_from != source.hexdigest():
        return _Kept(source.hexdigest(), None, {}, is_known=False)
    html = zlib.decompress(row.html).decode() if row.html else None
    return _Kept(row.made_from, html, row.near, is_known=True)


def _kind_of(viewer: Viewer) -> str:
    """Names all readers who search with the same keys."""
    keys = "\0".join(sorted(viewer.finding))
    return hashlib.blake2b(keys.encode(), digest_size=6).hexdigest()


def _near(
    ports: Ports, session: Session, viewer: Viewer, article: Article
) -> tuple[tuple[int, ...], bool]:
    """Articles that say something similar, nearest first, without its own translations.

    Worth keeping when the index found the article itself too: else it is away or behind.
    """
    said = plain_text(article.body[:NEAR_SOURCE])[:NEAR_ASKED]
    wanted = SearchFilter(viewer.finding)
    hits = ports.engine.similar(f"{article.title}\n{said}", wanted, NEAR_KEPT + 1)
    same = {article.id, *family_of(session, article.id)}
    found = [hit.ref_id for hit in hits]
    return tuple(i for i in found if i not in same)[:NEAR_KEPT], article.id in found
