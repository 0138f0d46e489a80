"""Reads articles and solved questions out of the database as index documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from indexer.article_columns import article_columns
from indexer.document import (
    NO_FILES,
    DocKind,
    Facets,
    IndexDocument,
    bare_document,
    doc_id_of,
    make_document,
    parse_doc_id,
)
from indexer.eligibility import (
    answer_of,
    indexable_articles,
    indexable_questions,
    is_indexable_question,
)
from indexer.families import families
from indexer.file_words import file_words
from models import PUBLIC_KEY, Article, Category, Database, Product, Question, Ticket, reading

CHUNK = 500


@dataclass(frozen=True)
class _Trees:
    categories: dict[int, int | None]
    products: dict[int, int | None]


def documents(
    session: Session, doc_ids: Iterable[str], *, with_text: bool = True
) -> dict[str, IndexDocument | None]:
    """The documents as the database has them now; None for one that must not be found.

    Without text bodies and files are empty, but fingerprints are the same.
    """
    wanted = list(dict.fromkeys(doc_ids))
    found: dict[str, IndexDocument | None] = dict.fromkeys(wanted)
    parsed = [parse_doc_id(doc_id) for doc_id in wanted]
    trees = _trees(session)
    for start in range(0, len(parsed), CHUNK):
        chunk = parsed[start : start + CHUNK]
        articles = [ref_id for kind, ref_id in chunk if kind is DocKind.ARTICLE]
        questions = [ref_id for kind, ref_id in chunk if kind is DocKind.QUESTION]
        for document in (
            *_articles(session, articles, trees, with_text=with_text),
            *_questions(session, questions, trees),
        ):
            found[document.doc_id] = document
    return found


def eligible_ids(session: Session) -> list[str]:
    """The id of every document that belongs into the index."""
    articles = session.scalars(sa.select(Article.id).where(indexable_articles()))
    questions = session.scalars(sa.select(Question.id).where(indexable_questions()))
    return [doc_id_of(DocKind.ARTICLE, ref_id) for ref_id in articles] + [
        doc_id_of(DocKind.QUESTION, ref_id) for ref_id in questions
    ]


def every_document(
    database: Database, doc_ids: Sequence[str], *, with_text: bool = True
) -> Iterator[IndexDocument]:
    """The documents one by one, read in chunks so that memory stays small."""
    for start in range(0, len(doc_ids), CHUNK):
        with reading(database) as session:
            chunk = documents(session, doc_ids[start : start + CHUNK], with_text=with_text)
        yield from (document for document in chunk.values() if document is not None)


def _trees(session: Session) -> _Trees:
    categories = session.execute(sa.select(Category.id, Category.parent_id))
    products = session.execute(sa.select(Product.id, Product.parent_id))
    return _Trees(dict(categories.all()), dict(products.all()))


def _path(parents: dict[int, int | None], *nodes: int | None) -> tuple[int, ...]:
    """The nodes and all nodes above them, sorted; a broken tree cannot loop."""
    above: set[int] = set()
    for start in nodes:
        node = start
        while node is not None and node not in above:
            above.add(node)
            node = parents.get(node)
    return tuple(sorted(above))


def _articles(
    session: Session, ids: list[int], trees: _Trees, *, with_text: bool
) -> Iterator[IndexDocument]:
    if not ids:
        return
    files = file_words(session, ids, with_text=with_text)
    several = families(session, ids)
    make = make_document if with_text else bare_document
    for article in article_columns(session, ids):
        member = several.get(article.id)
        facets = Facets(
            member.keys(article.access_keys) if member else article.access_keys,
            _path(trees.categories, article.category_id),
            _path(trees.products, *article.products),
        )
        words = (article.title, article.body, *article.phrasings)
        words += member.words if member else ()
        added = files.get(article.id, NO_FILES)
        yield make(DocKind.ARTICLE, article.id, words, facets, added)


def _questions(session: Session, ids: list[int], trees: _Trees) -> Iterator[IndexDocument]:
    if not ids:
        return
    query = (
        sa.select(Ticket)
        .where(Ticket.question_id.in_(ids))
        .options(selectinload(Ticket.question), selectinload(Ticket.messages))
    )
    for ticket in session.scalars(query):
        question, answer = ticket.question, answer_of(ticket)
        if question is None or answer is None or not is_indexable_question(question, ticket):
            continue
        facets = Facets(
            frozenset({PUBLIC_KEY}),
            _path(trees.categories, question.category_id),
            _path(trees.products, question.product_id),
        )
        yield make_document(DocKind.QUESTION, question.id, (question.text, answer.body), facets)
