"""What this site's outcomes teach an encoder: which article answered which question.

Only articles that everybody may read, only questions with private data masked. A third of
the questions, chosen by their words, is held out: nothing is trained on it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.redact import redact
from indexer.document import DocKind, doc_id_of, parse_doc_id
from indexer.encoding import passages_of
from indexer.normal import normalize
from indexer.sources import documents
from indexer.training import Lesson
from kb_app.learning.lessons import corrections
from kb_app.learning.replay import Asked, logged
from kb_app.ports import Ports
from kb_app.searchers import STAFF_PREFIX
from models import (
    Article,
    Question,
    QuestionShown,
    QuestionStatus,
    SearchClick,
    SearchLog,
    SearchSource,
    ShownKind,
    Ticket,
    reading,
    visitor,
)

DAYS = timedelta(days=365)
MOST_ROWS = 50_000
MOST_OF_ONE_PERSON = 20
LONGEST = 200
HELD_OUT = 3
EVERYBODY = visitor("nobody in particular")


@dataclass(frozen=True)
class Schooling:
    """What there is to train on, and the questions that were held out to judge by."""

    lessons: tuple[Lesson, ...]
    held_out: tuple[Asked, ...]


@dataclass(frozen=True)
class _Said:
    """Somebody's words and the article that settled them (or did not)."""

    text: str
    who: str
    article_id: int
    right: bool = True


def schooling(ports: Ports) -> Schooling:
    """Lessons of the last year; held out are the replay's own questions."""
    since = ports.clock() - DAYS
    with reading(ports.database) as session:
        told = [*_settled(session, since), *_answered(session, since), *_opened(session, since)]
        told += _wordings(session)
        texts = _texts(session, {said.article_id for said in told})
    held_out = tuple(each for each in logged(ports) if is_held_out(each.text))
    return Schooling(tuple(_lessons(told, texts)), held_out)


def is_held_out(text: str) -> bool:
    """Whether a question is kept for the examination; the same for every way of typing it."""
    digest = hashlib.blake2b(normalize(text).strip().encode("utf-8", "replace"), digest_size=4)
    return int.from_bytes(digest.digest(), "big") % HELD_OUT == 0


def _lessons(told: Iterable[_Said], texts: dict[int, str]) -> Iterator[Lesson]:
    right: dict[str, set[int]] = defaultdict(set)
    wrong: dict[str, set[int]] = defaultdict(set)
    words: dict[str, str] = {}
    people: dict[str, int] = defaultdict(int)
    for said in told:
        key = normalize(said.text).strip()
        people[said.who] += 1
        usable = key and said.article_id in texts and not is_held_out(said.text)
        if not usable or (said.who and people[said.who] > MOST_OF_ONE_PERSON):
            continue
        words.setdefault(key, redact(" ".join(said.text.split())).text[:LONGEST])
        (right if said.right else wrong)[key].add(said.article_id)
    for key, articles in right.items():
        vain = tuple(texts[ref] for ref in sorted(wrong[key] - articles))
        for article_id in sorted(articles):
            yield Lesson(words[key], texts[article_id], article_id, vain)


def _texts(session: Session, wanted: set[int]) -> dict[int, str]:
    """What the encoder reads first of each article that everybody may read."""
    public = sa.select(Article.id).where(Article.visible_to(EVERYBODY))
    ids = sorted(wanted & set(session.scalars(public)))
    found = documents(session, [doc_id_of(DocKind.ARTICLE, ref) for ref in ids])
    known = [doc for doc in found.values() if doc is not None]
    return {parse_doc_id(doc.doc_id)[1]: passages_of(doc)[0] for doc in known}


def _settled(session: Session, since: datetime) -> list[_Said]:
    """解决了 under an article."""
    rows = session.execute(
        sa.select(Question.text, Question.asker_key, QuestionShown.target_id)
        .join(QuestionShown, QuestionShown.question_id == Question.id)
        .where(Question.created_at >= since, Question.status == QuestionStatus.DEFLECTED)
        .where(QuestionShown.kind == ShownKind.ARTICLE, QuestionShown.position == 1)
        .order_by(Question.id.desc())
        .limit(MOST_ROWS)
    )
    return [_Said(text, who, ref) for text, who, ref in rows if len(text) <= LONGEST]


def _answered(session: Session, since: datetime) -> list[_Said]:
    """Questions that became tickets: what settled them, and what had been shown in vain."""
    questions = session.execute(
        sa.select(Question.id, Question.text, Question.asker_key)
        .where(Question.created_at >= since, Question.status == QuestionStatus.ESCALATED)
        .order_by(Question.id.desc())
        .limit(MOST_ROWS)
    ).all()
    known = {row.id: row for row in questions if len(row.text) <= LONGEST}
    told = corrections(session, known)
    made = session.execute(
        sa.select(Ticket.question_id, Article.id).join(
            Article, Article.source_ticket_id == Ticket.id
        )
    )
    for question_id, article_id in made:
        if question_id is not None and question_id in known:
            told.setdefault(question_id, set()).add(article_id)
    shown = session.execute(
        sa.select(QuestionShown.question_id, QuestionShown.target_id)
        .join(Question, Question.id == QuestionShown.question_id)
        .where(Question.created_at >= since, Question.status == QuestionStatus.ESCALATED)
        .where(QuestionShown.kind == ShownKind.ARTICLE)
        .limit(MOST_ROWS)
    )
    vain = [(known[ref], target) for ref, target in shown if ref in known]
    right = [(known[ref], target) for ref, all_ in told.items() for target in all_]
    return [_Said(row.text, row.asker_key, target) for row, target in right] + [
        _Said(row.text, row.asker_key, target, right=False) for row, target in vain
    ]


def _opened(session: Session, since: datetime) -> list[_Said]:
    """What people opened after searching."""
    rows = session.execute(
        sa.select(SearchLog.query, SearchLog.searcher_key, SearchClick.article_id)
        .join(SearchClick, SearchClick.search_id == SearchLog.id)
        .where(SearchLog.created_at >= since, SearchLog.source == SearchSource.PAGE)
        .where(sa.not_(SearchLog.searcher_key.startswith(STAFF_PREFIX)))
        .order_by(SearchLog.id.desc())
        .limit(MOST_ROWS)
    )
    return [_Said(text, who, ref) for text, who, ref in rows if len(text) <= LONGEST]


def _wordings(session: Session) -> list[_Said]:
    """Similar phrasings that editors gave articles, and their titles."""
    rows = session.execute(
        sa.select(Article.id, Article.title, Article.phrasings).where(Article.visible_to(EVERYBODY))
    )
    return [_Said(text, "", ref) for ref, title, more in rows for text in (title, *more)]
