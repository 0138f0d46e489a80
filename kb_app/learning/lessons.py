"""What spoke for what was shown is kept with the question; how it ended makes it a lesson.

解决了 says the first text was right. A ticket says it was not, unless the agent answered with
that very article. Questions of several parts, and those nobody ended, teach nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.answer import Answered, NotSure, Outcome
from answerer.evidence import NAMES, SAME
from kb_app.learning.model import features, shipped_for
from models import (
    Article,
    Message,
    MessageKind,
    Question,
    QuestionEvidence,
    QuestionShown,
    QuestionStatus,
    ShownKind,
    Ticket,
)

MOST_LESSONS = 20_000
MOST_OF_ONE_ASKER = 5
DIGITS = 5
ENDED = (QuestionStatus.DEFLECTED, QuestionStatus.ESCALATED)
_LINK = re.compile(r"/articles/([\w%.-]+)")
_TITLE_COVERS = (NAMES.index("title_pair_cover"), NAMES.index("asked_title_pair_cover"))


def remember(
    session: Session,
    question: Question,
    outcomes: Sequence[Outcome],
    *,
    encoder: str,
    anew: bool = True,
) -> None:
    """Keep the evidence of a question of one part; an older one is replaced (`anew`).

    `encoder` made the figures: what they teach holds for it alone.
    """
    known = session.get(QuestionEvidence, question.id) if anew else None
    if known is not None:
        session.delete(known)
        session.flush()
    if len(outcomes) != 1 or isinstance(outcomes[0], NotSure) or outcomes[0].evidence is None:
        return
    outcome, evidence = outcomes[0], outcomes[0].evidence
    best = outcome.best if isinstance(outcome, Answered) else outcome.candidates[0]
    vector = evidence.vector()
    usual = shipped_for(encoder).fitting(evidence, titles_only=best.titles_only)
    session.add(
        QuestionEvidence(
            question_id=question.id,
            names=features(encoder, len(vector)),
            vector=[round(value, DIGITS) for value in vector],
            shipped=usual.chance(vector, evidence.says_the_title),
            titles_only=best.titles_only,
        )
    )


def corrections(session: Session, question_ids: Iterable[int]) -> dict[int, set[int]]:
    """The articles that agents answered with, by question."""
    rows = session.execute(
        sa.select(Ticket.question_id, Message.body)
        .join(Message, Message.ticket_id == Ticket.id)
        .where(Ticket.question_id.in_(list(question_ids)))
        .where(Message.from_staff, Message.kind == MessageKind.REPLY)
        .where(Message.body.contains("/articles/"))
    )
    slugs: dict[int, set[str]] = {}
    for question_id, body in rows:
        if question_id is None:
            continue
        slugs.setdefault(question_id, set()).update(_LINK.findall(body))
    wanted = set().union(*slugs.values()) if slugs else set()
    known = sa.select(Article.slug, Article.id).where(Article.slug.in_(wanted))
    ids = dict(session.execute(known).all()) if wanted else {}
    return {q: {ids[slug] for slug in found if slug in ids} for q, found in slugs.items()}


def same_question(vector: Sequence[float]) -> bool:
    """Whether the question said the title but for a particle or two."""
    return min(vector[place] for place in _TITLE_COVERS) >= SAME


def ended_questions(
    session: Session, encoder: str
) -> list[tuple[Question, QuestionEvidence, QuestionShown]]:
    """Questions with this encoder's evidence that ended, newest first, few of any one asker."""
    names = features(encoder, len(shipped_for(encoder).weights))
    rows = session.execute(
        sa.select(Question, QuestionEvidence, QuestionShown)
        .join(QuestionEvidence, QuestionEvidence.question_id == Question.id)
        .join(QuestionShown, QuestionShown.question_id == Question.id)
        .where(Question.status.in_(ENDED), QuestionShown.position == 1)
        .where(QuestionEvidence.names == names)
        .order_by(Question.id.desc())
        .limit(MOST_LESSONS)
    )
    told: Counter[str] = Counter()
    kept = []
    for question, evidence, shown in rows:
        told[question.asker_key] += 1
        if told[question.asker_key] <= MOST_OF_ONE_ASKER:
            kept.append((question, evidence, shown))
    return kept


def was_right(question: Question, shown: QuestionShown, told: dict[int, set[int]]) -> bool:
    """Whether the first text settled the question."""
    if question.status is QuestionStatus.DEFLECTED:
        return True
    is_article = shown.kind is ShownKind.ARTICLE
    return is_article and shown.target_id in told.get(question.id, set())
