"""Wordings of customers that an article settled, proposed as similar questions for it.

Never with private data in it; once refused or taken back, a wording is not proposed again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.redact import redact
from answerer.splitting import split
from indexer.normal import normalize
from kb_app.editing import LONGEST_PHRASING
from kb_app.learning.lessons import corrections
from kb_app.ports import Ports
from models import (
    Article,
    ArticleStatus,
    LearnedChange,
    LearnedKind,
    LearnedState,
    Question,
    QuestionShown,
    QuestionStatus,
    ShownKind,
    Ticket,
    unit_of_work,
)

DAYS = timedelta(days=180)
MOST_QUESTIONS = 10_000
MOST_PROPOSALS = 200
SHORTEST, LONGEST = 4, 60
MOST_SHOWN = 20


@dataclass
class Said:
    """One wording for one article: who said it, and what told that it belongs there."""

    text: str
    askers: set[str] = field(default_factory=set)
    questions: list[int] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)


def propose(ports: Ports) -> int:
    """Write down new proposals, those of most people first; returns how many."""
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        found = _gathered(session, now - DAYS)
        articles = {
            article.id: article
            for article in session.scalars(
                sa.select(Article).where(
                    Article.id.in_({article_id for article_id, _ in found}),
                    Article.status == ArticleStatus.PUBLISHED,
                    Article.deleted_at.is_(None),
                )
            )
        }
        told = _told_before(session)
        fresh = [
            (article_id, said)
            for (article_id, key), said in found.items()
            if article_id in articles
            and (article_id, key) not in told
            and key not in _known(articles[article_id])
        ]
        fresh.sort(key=lambda each: (-len(each[1].askers), -max(each[1].questions)))
        for article_id, said in fresh[:MOST_PROPOSALS]:
            session.add(_proposal(articles[article_id], said, now))
        return len(fresh[:MOST_PROPOSALS])


def usable(text: str) -> bool:
    """Whether a wording can stand as a similar question: one short question, nobody's data."""
    line = " ".join(text.split())
    return (
        SHORTEST <= len(line) <= min(LONGEST, LONGEST_PHRASING)
        and not redact(line).kinds
        and len(split(line)) == 1
    )


def _gathered(session: Session, since: datetime) -> dict[tuple[int, str], Said]:
    found: dict[tuple[int, str], Said] = defaultdict(lambda: Said(""))
    for question, article_id, source in _sources(session, since):
        text = " ".join(question.text.split())
        if usable(text):
            said = found[article_id, normalize(text)]
            said.text = said.text or text
            said.askers.add(question.asker_key)
            said.questions.append(question.id)
            said.sources.add(source)
    return found


def _sources(session: Session, since: datetime) -> Iterator[tuple[Question, int, str]]:
    """(question, article, how we know): solved by it, answered with it, made an article of."""
    recent = sa.select(Question).where(Question.created_at >= since)
    recent = recent.order_by(Question.id.desc()).limit(MOST_QUESTIONS)
    solved = recent.where(Question.status == QuestionStatus.DEFLECTED)
    first = sa.select(QuestionShown.question_id, QuestionShown.target_id).where(
        QuestionShown.kind == ShownKind.ARTICLE, QuestionShown.position == 1
    )
    shown = dict(session.execute(first).all())
    for question in session.scalars(solved):
        if question.id in shown:
            yield question, shown[question.id], "solved"
    escalated = session.scalars(recent.where(Question.status == QuestionStatus.ESCALATED)).all()
    told = corrections(session, [question.id for question in escalated])
    promoted = sa.select(Ticket.question_id, Article.id).join(
        Article, Article.source_ticket_id == Ticket.id
    )
    made = dict(session.execute(promoted).all())
    for question in escalated:
        if len(told.get(question.id, ())) == 1:
            yield question, next(iter(told[question.id])), "agent"
        if question.id in made:
            yield question, made[question.id], "promoted"


def _told_before(session: Session) -> set[tuple[int | None, str]]:
    rows = session.execute(
        sa.select(LearnedChange.article_id, LearnedChange.after).where(
            LearnedChange.kind == LearnedKind.PHRASING
        )
    )
    return {(article_id, normalize(str(after["phrasing"]))) for article_id, after in rows}


def _known(article: Article) -> set[str]:
    return {normalize(each) for each in (article.title, *article.phrasings)}


def _proposal(article: Article, said: Said, now: datetime) -> LearnedChange:
    return LearnedChange(
        kind=LearnedKind.PHRASING,
        state=LearnedState.PROPOSED,
        article_id=article.id,
        subject=article.title[:200],
        after={"phrasing": said.text},
        evidence={
            "people": len(said.askers),
            "questions": sorted(said.questions)[-MOST_SHOWN:],
            "sources": sorted(said.sources),
        },
        created_at=now,
    )
