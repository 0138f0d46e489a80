"""Hits as rows of a results page: confirmed in the database first, then marked and cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.backend import Hit
from indexer.document import DocKind
from indexer.explaining import contributions, strongest
from indexer.highlight import Segment, folded, passage_of, segments
from indexer.passages import lead, plain_text
from kb_app.body_texts import BodyText, BodyTexts, body_text
from kb_app.cards import Crumb
from kb_app.file_hits import FileHit, file_hits
from kb_app.marked_rows import Marked, MarkedRow, mark_key
from kb_app.public_questions import public_answers, public_questions, public_text
from kb_app.trees import Tree
from models import (
    Article,
    ArticleStats,
    Question,
    Viewer,
    Vote,
    article_product,
    utcnow,
)
from models.base import UTCDateTime

PASSAGE_CHARS = 120
TITLE_CHARS = 80
FAR_DOWN = 200
NO_TEXT = body_text("")


@dataclass(frozen=True)
class Reason:
    """One part of why a result stands where it does; shares sum to 1.

    `falls_to` is the place without this part; 0 when that is not said.
    """

    label: str
    share: float
    falls_to: int = 0


@dataclass(frozen=True)
class ResultRow:
    """One found article or solved public question with its matches marked.

    `kind` is article or question; a question has a `public_id` and no votes. `anchor` and
    `heading` name the part of a long article that the passage is from.
    """

    article_id: int
    slug: str
    title: tuple[Segment, ...]
    passage: tuple[Segment, ...]
    category: Crumb | None
    products: tuple[Crumb, ...]
    helpful: int
    unhelpful: int
    my_vote: int
    updated_at: datetime
    position: int
    reasons: tuple[Reason, ...]
    kind: str = DocKind.ARTICLE.value
    public_id: str = ""
    anchor: str = ""
    heading: str = ""
    file: FileHit | None = None


@dataclass(frozen=True)
class Looking:
    """One look at the database for one viewer's search."""

    session: Session
    viewer: Viewer
    query: str
    texts: BodyTexts


@dataclass(frozen=True)
class Trees:
    """Both trees."""

    categories: Tree
    products: Tree


def result_rows(look: Looking, trees: Trees, hits: tuple[Hit, ...]) -> tuple[ResultRow, ...]:
    """The rows of these hits, in their order; what may not be read is left out."""
    rows = _article_rows(look, trees, hits) | _question_rows(look, trees, hits)
    return tuple(rows[hit.position] for hit in hits if hit.position in rows)


def readable_articles(look: Looking, ids: Iterable[int]) -> dict[int, Any]:
    """What a row shows of each article this viewer may read, with their own vote, by id."""
    wanted = list(ids)
    if not wanted:
        return {}
    given = {"ids": wanted, "voter": look.viewer.voter_key, "now": utcnow()}
    rows = look.session.connection().execute(_readable(look.viewer.keys), given)
    return {row.id: row for row in rows}


@lru_cache(maxsize=64)
def _readable(keys: frozenset[str]) -> sa.Select[*tuple[Any, ...]]:
    """The query for readers with these keys; making it anew costs more than asking it."""
    own_vote = sa.and_(Vote.article_id == Article.id, Vote.voter_key == sa.bindparam("voter"))
    return (
        sa.select(
            Article.id,
            Article.slug,
            Article.title,
            Article.version,
            Article.category_id,
            Article.updated_at,
            sa.func.coalesce(ArticleStats.helpful, 0).label("helpful"),
            sa.func.coalesce(ArticleStats.unhelpful, 0).label("unhelpful"),
            sa.func.coalesce(Vote.value, 0).label("my_vote"),
        )
        .outerjoin(ArticleStats, ArticleStats.article_id == Article.id)
        .outerjoin(Vote, own_vote)
        .where(
            Article.id.in_(sa.bindparam("ids", expanding=True)),
            Article.open_to(keys, sa.bindparam("now", type_=UTCDateTime)),
        )
    )


def marked_rows(look: Looking, found: dict[int, Any], chars: int) -> dict[int, MarkedRow]:
    """Titles and passages of readable articles, marked; bodies are read only for new marks.

    With no `chars` the passages are empty.
    """
    keys = {
        ref: mark_key((ref, row.version, row.title), look.query, chars)
        for ref, row in found.items()
    }
    marks = look.texts.marks
    rows = {ref: known for ref, key in keys.items() if (known := marks.get(key))}
    missing = {ref: row.version for ref, row in found.items() if ref not in rows}
    texts = look.texts.of(look.session, missing) if chars else dict.fromkeys(missing, NO_TEXT)
    for ref, text in texts.items():
        passage = marked_passage(text, look.query, chars) if chars else Marked(())
        rows[ref] = MarkedRow(segments(found[ref].title, look.query), passage)
        marks.put(keys[ref], rows[ref])
    return rows


def marked_passage(text: BodyText, query: str, chars: int) -> Marked:
    """The stretch of a body that answers best, and when it is far down the heading above it."""
    passage = passage_of(text.folded, query, chars)
    section = text.section_at(passage.place) if passage.place >= FAR_DOWN else None
    words = segments(passage.text, query)
    return Marked(words, section.anchor, section.heading) if section else Marked(words)


@lru_cache(maxsize=4_096)
def reasons(hit: Hit) -> tuple[Reason, ...]:
    """The parts of a hit's score; shares sum to 1. The strongest says where it would fall to."""
    parts = contributions(hit)
    whole = sum(max(0.0, each.value) for each in parts)
    if whole <= 0:
        return ()
    top = strongest(hit)
    return tuple(
        Reason(each.part.value, max(0.0, each.value) / whole, hit.falls_to * (each.part is top))
        for each in parts
    )


def _article_rows(look: Looking, trees: Trees, hits: tuple[Hit, ...]) -> dict[int, ResultRow]:
    found = readable_articles(look, [hit.ref_id for hit in hits if hit.kind is DocKind.ARTICLE])
    marked = marked_rows(look, found, PASSAGE_CHARS)
    products = _products(look.session, trees.products, found)
    # By kind too: a question of the same number must not take an article's place.
    parts = {hit.ref_id: hit.file_part for hit in hits if hit.kind is DocKind.ARTICLE}
    parts = {ref_id: part for ref_id, part in parts.items() if ref_id in found}
    files = file_hits(look.session, look.query, parts)
    rows = {}
    for hit in hits:
        if hit.kind is not DocKind.ARTICLE or hit.ref_id not in marked:
            continue
        article, (title, passage) = found[hit.ref_id], marked[hit.ref_id]
        rows[hit.position] = ResultRow(
            article_id=article.id,
            slug=article.slug,
            title=title,
            passage=passage.text,
            category=trees.categories.crumb(article.category_id),
            products=products.get(article.id, ()),
            helpful=article.helpful,
            unhelpful=article.unhelpful,
            my_vote=article.my_vote,
            updated_at=article.updated_at,
            position=hit.position,
            reasons=reasons(hit),
            anchor=passage.anchor,
            heading=passage.heading,
            file=files.get(article.id),
        )
    return rows


def _products(
    session: Session, tree: Tree, article_ids: Iterable[int]
) -> dict[int, tuple[Crumb, ...]]:
    """The products of articles, in the order they were added; no query on a site without."""
    if not tree.nodes:
        return {}
    table = article_product.c
    rows = session.execute(
        sa.select(table.article_id, table.product_id)
        .where(table.article_id.in_(list(article_ids)))
        .order_by(table.product_id)
    )
    found: dict[int, tuple[Crumb, ...]] = {}
    for article_id, product_id in rows:
        crumb = tree.crumb(product_id)
        if crumb:
            found[article_id] = (*found.get(article_id, ()), crumb)
    return found


def _question_rows(look: Looking, trees: Trees, hits: tuple[Hit, ...]) -> dict[int, ResultRow]:
    asked = {hit.ref_id: hit for hit in hits if hit.kind is DocKind.QUESTION}
    if not asked:
        return {}
    questions = public_questions().where(Question.id.in_(asked))
    answers = public_answers(look.session, asked)
    rows = {}
    for question in look.session.scalars(questions):
        hit, text = asked[question.id], public_text(question)
        answer = folded(" ".join(plain_text(answers.get(question.id, "")).split()))
        product = trees.products.crumb(question.product_id)
        passage = passage_of(answer, look.query, PASSAGE_CHARS).text
        rows[hit.position] = ResultRow(
            article_id=0,
            slug="",
            title=segments(lead(text, TITLE_CHARS), look.query),
            passage=segments(passage, look.query),
            category=trees.categories.crumb(question.category_id),
            products=(product,) if product else (),
            helpful=0,
            unhelpful=0,
            my_vote=0,
            updated_at=question.created_at,
            position=hit.position,
            reasons=reasons(hit),
            kind=DocKind.QUESTION.value,
            public_id=question.public_id,
        )
    return rows
