"""What a question's page shows for every thing that was asked, as far as the viewer may read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.cards import ArticleCard, cards_by_id
from kb_app.matching import PART_STEP
from kb_app.public_questions import public_questions, public_text
from kb_app.question_texts import asked
from kb_app.rendering import render
from kb_app.rewriting import InWords, shown_in_words
from models import Article, Question, QuestionShown, Reply, ShownKind, Viewer

TITLE_CHARS = 80


@dataclass(frozen=True)
class AnswerCard:
    """The automatic answer; `slug` leads to the article it quotes, `words` is it rewritten."""

    kind: str
    title: str
    html: str
    slug: str
    confidence: float
    words: InWords | None = None


@dataclass(frozen=True)
class PartCard:
    """One part of the first message, or a follow-up, with what was found for it."""

    text: str
    follow_up: bool
    answer: AnswerCard | None
    suggestions: tuple[ArticleCard, ...]


def part_cards(
    session: Session, viewer: Viewer, question: Question, text: str
) -> tuple[PartCard, ...]:
    """Everything asked in `text` (the question's, masked or not), in order."""
    parts = asked(text)
    last = len(parts) - 1
    rows: list[list[QuestionShown]] = [[] for _ in parts]
    for shown in question.shown:
        rows[min(last, max(0, shown.position - 1) // PART_STEP)].append(shown)
    return tuple(
        PartCard(
            part.part.text,
            part.follow_up,
            _answer(session, viewer, question, mine),
            suggestions(session, viewer, mine),
        )
        for part, mine in zip(parts, rows, strict=True)
    )


def suggestions(
    session: Session, viewer: Viewer, shown: Sequence[QuestionShown]
) -> tuple[ArticleCard, ...]:
    """The articles among these that were offered, not given as the answer."""
    ids = [
        each.target_id for each in shown if each.kind is ShownKind.ARTICLE and not each.as_answer
    ]
    return cards_by_id(session, viewer, ids)


def _answer(
    session: Session, viewer: Viewer, question: Question, shown: Sequence[QuestionShown]
) -> AnswerCard | None:
    sources = {(each.kind, each.target_id) for each in shown if each.as_answer}
    for reply in question.replies:
        article = (ShownKind.ARTICLE, reply.article_id)
        if article in sources or (ShownKind.QUESTION, reply.source_question_id) in sources:
            return answer_card(session, viewer, reply)
    return None


def answer_card(session: Session, viewer: Viewer, reply: Reply) -> AnswerCard | None:
    """The answer, as long as its source may still be read."""
    if reply.article_id is not None:
        row = session.execute(
            sa.select(Article.title, Article.slug).where(
                Article.id == reply.article_id, Article.visible_to(viewer)
            )
        ).one_or_none()
        if row is None:
            return None
        html = render(reply.body).html
        words = shown_in_words(session, viewer, reply)
        return AnswerCard("article", row.title, html, row.slug, reply.confidence, words)
    source = session.scalar(public_questions().where(Question.id == reply.source_question_id))
    if source is None:
        return None
    title = public_text(source)[:TITLE_CHARS]
    words = shown_in_words(session, viewer, reply)
    return AnswerCard("question", title, render(reply.body).html, "", reply.confidence, words)
