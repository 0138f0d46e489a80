"""Two people saved one article: what each changed, side by side, and the text they agree on.

Nothing is saved here; what was chosen goes through editing.save like any other text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import trees
from kb_app.article_change import existing
from kb_app.editing import ArticleInput, access_name
from kb_app.errors import EditConflict
from kb_app.merging import Choice, Piece, Side, is_clean, merge, merged, merged_lines
from kb_app.pens import require_pen
from kb_app.ports import Ports
from kb_app.typed_text import clean
from models import Article, ArticleRevision, Viewer, reading

FIELDS = ("title", "category_id", "product_ids", "access")


@dataclass(frozen=True)
class FieldChoice:
    """A field the two of them set differently, in words a person can choose between."""

    name: str
    mine: str
    theirs: str


@dataclass(frozen=True)
class MergePage:
    """`seen` is the version of theirs that is shown; `clean` when nobody has to choose."""

    article_id: int
    seen: int
    editor_name: str
    saved_at: datetime
    pieces: tuple[Piece, ...]
    fields: tuple[FieldChoice, ...]
    mine: ArticleInput
    clean: bool


@dataclass(frozen=True)
class Settlement:
    """What was chosen on the page that showed version `seen` of theirs."""

    seen: int
    pieces: Mapping[int, Choice]
    fields: Mapping[str, Choice]


def compare(ports: Ports, viewer: Viewer, article_id: int, mine: ArticleInput) -> MergePage:
    """What the writer's form and the article as it is now have changed since both began."""
    with reading(ports.database) as session:
        article = existing(session, article_id)
        require_pen(viewer, article)
        last = _revision(session, article_id, article.version)
        pieces = _pieces(session, article, mine)
        fields = _differing(session, article, mine)
        return MergePage(
            article_id=article_id,
            seen=article.version,
            editor_name=last.editor.name if last and last.editor else "",
            saved_at=article.updated_at,
            pieces=pieces,
            fields=fields,
            mine=mine,
            clean=is_clean(pieces) and not fields,
        )


def settle(
    ports: Ports, viewer: Viewer, article_id: int, mine: ArticleInput, chosen: Settlement
) -> ArticleInput:
    """The form that holds what was chosen, ready to be saved over version `seen`."""
    with reading(ports.database) as session:
        article = existing(session, article_id)
        require_pen(viewer, article)
        if article.version != chosen.seen:
            raise EditConflict(str(article_id))
        theirs = _as_input(article)
        values = {
            name: getattr(theirs, name)
            for name in FIELDS
            if _takes_theirs(session, article, mine, name, chosen)
        }
        return replace(
            mine,
            **values,
            body=merged(_pieces(session, article, mine), chosen.pieces),
            phrasings=merged_lines("", mine.phrasings, theirs.phrasings),
            version=chosen.seen,
        )


def _takes_theirs(
    session: Session, article: Article, mine: ArticleInput, name: str, chosen: Settlement
) -> bool:
    if name == "title":
        base = _revision(session, article.id, mine.version)
        if base is not None and mine.title == base.title:
            return True
        if base is not None and article.title == base.title:
            return False
    return chosen.fields.get(name) is Choice.THEIRS


def _pieces(session: Session, article: Article, mine: ArticleInput) -> tuple[Piece, ...]:
    text, theirs = clean(mine.body), article.body
    base = _revision(session, article.id, mine.version)
    if base is not None:
        return merge(base.body, text, theirs)
    # Where it began is not known: what both have is the base, all else an addition.
    common = merge(text, text, theirs)
    shared = "".join(piece.base for piece in common if piece.side is Side.SAME)
    return merge(shared, text, theirs)


def _revision(session: Session, article_id: int, version: int) -> ArticleRevision | None:
    """What the article said at this version: changes of the text are all revisions."""
    return session.scalars(
        sa.select(ArticleRevision)
        .where(ArticleRevision.article_id == article_id, ArticleRevision.version <= version)
        .order_by(ArticleRevision.version.desc(), ArticleRevision.number.desc())
        .limit(1)
    ).first()


def _as_input(article: Article) -> ArticleInput:
    return ArticleInput(
        title=article.title,
        body=article.body,
        phrasings="\n".join(article.phrasings),
        category_id=article.category_id,
        product_ids=tuple(product.id for product in article.products),
        access=access_name(article),
        version=article.version,
    )


def _differing(session: Session, article: Article, mine: ArticleInput) -> tuple[FieldChoice, ...]:
    theirs, base = _as_input(article), _revision(session, article.id, mine.version)
    found = []
    if mine.title != theirs.title and not (
        base is not None and base.title in {mine.title, theirs.title}
    ):
        found.append(FieldChoice("title", mine.title, theirs.title))
    names = {choice.id: choice.label.strip("　") for choice in trees.categories(session).choices()}
    if mine.category_id != theirs.category_id:
        pair = (names.get(form.category_id or 0, "") for form in (mine, theirs))
        found.append(FieldChoice("category_id", *pair))
    products = {choice.id: choice.label.strip("　") for choice in trees.products(session).choices()}
    if set(mine.product_ids) != set(theirs.product_ids):
        lists = (
            "、".join(products.get(one, "") for one in form.product_ids) for form in (mine, theirs)
        )
        found.append(FieldChoice("product_ids", *lists))
    if mine.access != theirs.access:
        found.append(FieldChoice("access", mine.access, theirs.access))
    return tuple(found)
