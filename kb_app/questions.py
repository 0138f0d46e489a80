"""Asking: the text is stored first, then answered; 解决了 ends it, 没解决 makes a ticket."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.answer import Answered, NotSure, Outcome, Policy, Suggested, answer
from answerer.compose import compose
from answerer.confidence import shipped
from answerer.evidence import Candidate
from indexer.backend import SearchFilter
from indexer.document import DocKind
from kb_app import candidates, trees
from kb_app.accounts import checked_email
from kb_app.cards import Choice
from kb_app.errors import InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean, clean_line, optional, required
from kb_app.usage import solved_with
from models import (
    Category,
    JobKind,
    Product,
    Question,
    QuestionShown,
    QuestionStatus,
    Reply,
    Role,
    ShownKind,
    User,
    Viewer,
    enqueue,
    reading,
    record,
    unit_of_work,
    visitor,
)

LONGEST_QUESTION = 5_000
MATCH_AFTER = timedelta(seconds=30)
SETTLED = frozenset({QuestionStatus.DEFLECTED, QuestionStatus.ESCALATED})


@dataclass(frozen=True)
class QuestionDraft:
    """A filled-in question form; `submission_key` makes a second sending harmless."""

    text: str
    category_id: int | None
    product_id: int | None
    email: str
    submission_key: str
    agreed_public: bool = False


@dataclass(frozen=True)
class AskPage:
    """The empty (or prefilled) question form."""

    categories: tuple[Choice, ...]
    products: tuple[Choice, ...]
    prefill_text: str
    submission_key: str
    needs_email: bool


def ask_form(ports: Ports, viewer: Viewer, prefill: str) -> AskPage:
    """What the form needs; a visitor may leave an address for the reply."""
    require(viewer, Permission.ASK)
    with reading(ports.database) as session:
        return AskPage(
            trees.categories(session).short_choices(),
            trees.products(session).short_choices(),
            clean(prefill)[:LONGEST_QUESTION],
            secrets.token_urlsafe(18),
            viewer.role is Role.VISITOR,
        )


def submit(ports: Ports, viewer: Viewer, form: QuestionDraft) -> str:
    """Store the question, then try to answer it; returns its public id.

    The same `submission_key` always leads to the same question.
    """
    require(viewer, Permission.ASK)
    question_id, public_id, is_new = _store(ports, viewer, form)
    if is_new:
        match(ports, viewer, question_id)
    return public_id


def _store(ports: Ports, viewer: Viewer, form: QuestionDraft) -> tuple[int, str, bool]:
    text = required("text", form.text, LONGEST_QUESTION)
    email = checked_email(form.email) if form.email.strip() else viewer.email
    key = clean_line(form.submission_key)[:60] or secrets.token_urlsafe(18)
    known = sa.select(Question).where(
        Question.submission_key == key, Question.asker_key == viewer.voter_key
    )
    try:
        with unit_of_work(ports.database) as session:
            stored = session.scalar(known)
            if stored is not None:
                return stored.id, stored.public_id, stored.status is QuestionStatus.RECEIVED
            _check_places(session, form)
            question = Question(
                public_id=secrets.token_urlsafe(12),
                text=text,
                asker_id=viewer.user_id,
                asker_key=viewer.voter_key,
                contact_email=email,
                category_id=form.category_id,
                product_id=form.product_id,
                is_public=form.agreed_public,
                submission_key=key,
            )
            session.add(question)
            session.flush()
            # Normally found answered already; after a kill it is what finds the answer.
            later = ports.clock() + MATCH_AFTER
            enqueue(session, JobKind.MATCH_QUESTION, run_after=later, question_id=question.id)
            return question.id, question.public_id, True
    except sa.exc.IntegrityError:
        with reading(ports.database) as session:
            stored = session.scalar(known)
            if stored is None:
                raise InvalidInput("submission_key", "unknown") from None
            return stored.id, stored.public_id, False


def _check_places(session: Session, form: QuestionDraft) -> None:
    if form.category_id is not None and session.get(Category, form.category_id) is None:
        raise InvalidInput("category_id", "unknown")
    if form.product_id is not None and session.get(Product, form.product_id) is None:
        raise InvalidInput("product_id", "unknown")


def match(ports: Ports, viewer: Viewer, question_id: int) -> None:
    """Look for an answer to a stored question and write down what is shown."""
    with reading(ports.database) as session:
        question = session.get_one(Question, question_id)
        text = question.text
    outcome = answer(
        ports.engine,
        text,
        SearchFilter(viewer.keys, kinds=frozenset(DocKind)),
        lambda hits: candidates.load(ports, viewer, hits),
        Policy(shipped(), ports.config.answer_precision),
    )
    with unit_of_work(ports.database) as session:
        question = session.get_one(Question, question_id, with_for_update=True)
        if question.status is QuestionStatus.RECEIVED:
            _write_down(question, outcome)


def match_left_behind(ports: Ports, question_id: int) -> None:
    """Look for the answer that a killed process never looked for, as its asker may read."""
    with reading(ports.database) as session:
        question = session.get(Question, question_id)
        if question is None or question.status is not QuestionStatus.RECEIVED:
            return
        asker = session.get(User, question.asker_id) if question.asker_id else None
        viewer = asker.as_viewer() if asker else visitor(question.asker_key.removeprefix("v:"))
    match(ports, viewer, question_id)


def _write_down(question: Question, outcome: Outcome) -> None:
    question.confidence = outcome.confidence
    if isinstance(outcome, NotSure):
        question.status, question.reason = QuestionStatus.UNANSWERED, outcome.reason
        return
    if isinstance(outcome, Suggested):
        question.status, question.reason = QuestionStatus.SUGGESTED, outcome.reason
        question.shown = _shown(outcome.candidates, answered=False)
        return
    question.status = QuestionStatus.ANSWERED
    question.shown = _shown((outcome.best, *outcome.others), answered=True)
    question.replies = [_reply(question.text, outcome)]


def _shown(shown: tuple[Candidate, ...], *, answered: bool) -> list[QuestionShown]:
    return [
        QuestionShown(
            kind=ShownKind(candidate.hit.kind.value),
            target_id=candidate.hit.ref_id,
            position=position,
            score=candidate.hit.score,
            as_answer=answered and position == 1,
        )
        for position, candidate in enumerate(shown, start=1)
    ]


def _reply(text: str, outcome: Answered) -> Reply:
    hit = outcome.best.hit
    is_article = hit.kind is DocKind.ARTICLE
    return Reply(
        article_id=hit.ref_id if is_article else None,
        source_question_id=None if is_article else hit.ref_id,
        body=compose(text, outcome.best.body),
        confidence=outcome.confidence,
    )


def own_question(session: Session, viewer: Viewer, public_id: str) -> Question:
    """The viewer's own question, locked; NotFound for anybody else."""
    question = session.scalar(
        sa.select(Question)
        .where(Question.public_id == public_id, Question.asker_key == viewer.voter_key)
        .with_for_update()
    )
    if question is None:
        raise NotFound(public_id)
    return question


def settle(ports: Ports, viewer: Viewer, public_id: str) -> None:
    """解决了: the question ends as deflected, and what was shown gets the credit (once)."""
    require(viewer, Permission.ASK)
    with unit_of_work(ports.database) as session:
        question = own_question(session, viewer, public_id)
        if question.status in SETTLED:
            return
        if not question.shown:
            raise InvalidInput("question", "nothing_shown")
        question.status = QuestionStatus.DEFLECTED
        question.settled_at = ports.clock()
        for shown in question.shown[:1]:
            if shown.kind is ShownKind.ARTICLE:
                solved_with(session, shown.target_id, ports.clock())
        enqueue(session, JobKind.INDEX_QUESTION, question_id=question.id)
        record(session, viewer, "question.deflected", f"question:{question.id}")


def extra_text(value: str) -> str:
    """What somebody adds when the answer did not help; may be empty."""
    return optional("extra", value, LONGEST_QUESTION)
