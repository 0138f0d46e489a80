"""Hits with their texts, as far as the viewer may read them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.evidence import Candidate
from indexer.backend import Hit
from indexer.document import DocKind
from kb_app.ports import Ports
from kb_app.public_questions import public_answers, public_questions, public_text
from models import Article, Question, Viewer, article_product, reading

_Texts = tuple[str, str, int | None, frozenset[int]]
_NOWHERE: frozenset[int] = frozenset()


def load(ports: Ports, viewer: Viewer, hits: tuple[Hit, ...]) -> tuple[Candidate, ...]:
    """Candidates in the order of the hits; what may not be read is left out."""
    with reading(ports.database) as session:
        articles = _articles(session, viewer, hits)
        questions = _questions(session, hits)
    found = []
    for hit in hits:
        texts = (articles if hit.kind is DocKind.ARTICLE else questions).get(hit.ref_id)
        if texts is not None:
            found.append(Candidate(hit, *texts))
    return tuple(found)


def _articles(session: Session, viewer: Viewer, hits: tuple[Hit, ...]) -> dict[int, _Texts]:
    ids = [hit.ref_id for hit in hits if hit.kind is DocKind.ARTICLE]
    if not ids:
        return {}
    rows = session.execute(
        sa.select(Article.id, Article.title, Article.body, Article.category_id).where(
            Article.id.in_(ids), Article.visible_to(viewer)
        )
    ).all()
    products = _products(session, [row.id for row in rows])
    return {
        row.id: (row.title, row.body, row.category_id, products.get(row.id, _NOWHERE))
        for row in rows
    }


def _products(session: Session, ids: list[int]) -> dict[int, frozenset[int]]:
    found: dict[int, frozenset[int]] = {}
    table = article_product.c
    query = sa.select(table.article_id, table.product_id).where(table.article_id.in_(ids))
    for article_id, product_id in session.execute(query):
        found[article_id] = found.get(article_id, _NOWHERE) | {product_id}
    return found


def _questions(session: Session, hits: tuple[Hit, ...]) -> dict[int, _Texts]:
    ids = [hit.ref_id for hit in hits if hit.kind is DocKind.QUESTION]
    if not ids:
        return {}
    rows = session.scalars(public_questions().where(Question.id.in_(ids))).all()
    answers = public_answers(session, [row.id for row in rows])
    return {
        row.id: (public_text(row), answers.get(row.id, ""), row.category_id, _product_of(row))
        for row in rows
    }


def _product_of(question: Question) -> frozenset[int]:
    return _NOWHERE if question.product_id is None else frozenset({question.product_id})
