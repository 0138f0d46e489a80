"""Hits with their texts, as far as the viewer may read them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.evidence import Candidate
from indexer.backend import Hit
from indexer.document import DocKind
from kb_app.ports import Ports
from kb_app.public_questions import public_answers, public_questions, public_text
from models import Article, Question, Viewer, reading


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


def _articles(
    session: Session, viewer: Viewer, hits: tuple[Hit, ...]
) -> dict[int, tuple[str, str, int | None]]:
    ids = [hit.ref_id for hit in hits if hit.kind is DocKind.ARTICLE]
    if not ids:
        return {}
    rows = session.execute(
        sa.select(Article.id, Article.title, Article.body, Article.category_id).where(
            Article.id.in_(ids), Article.visible_to(viewer)
        )
    )
    return {row.id: (row.title, row.body, row.category_id) for row in rows}


def _questions(session: Session, hits: tuple[Hit, ...]) -> dict[int, tuple[str, str, int | None]]:
    ids = [hit.ref_id for hit in hits if hit.kind is DocKind.QUESTION]
    if not ids:
        return {}
    rows = session.scalars(public_questions().where(Question.id.in_(ids))).all()
    answers = public_answers(session, [row.id for row in rows])
    return {row.id: (public_text(row), answers.get(row.id, ""), row.category_id) for row in rows}
