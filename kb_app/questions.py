"""Asking: the text is stored first, then answered; 解决了 ends it, 没解决 makes a ticket."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import asking_forms, passing, trees
from kb_app.accounts import checked_email
from kb_app.asking_forms import Filled, NodeForm
from kb_app.cards import Choice
from kb_app.errors import InvalidInput, NotFound
from kb_app.matching import match
from kb_app.passing import Passed
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.question_texts import MOST_FOLLOW_UPS, said, with_follow_up
from kb_app.typed_text import clean, clean_line, optional, required
from kb_app.usage import solved_with
from models import (
    Category,
    JobKind,
    Product,
    Question,
    QuestionStatus,
    Role,
    ShownKind,
    Viewer,
    enqueue,
    reading,
    record,
    unit_of_work,
)

LONGEST_QUESTION = 5_000
LONGEST_FOLLOW_UP = 500
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
    filled: Filled = field(default_factory=Filled)
    passed: Passed = field(default_factory=Passed)


@dataclass(frozen=True)
class AskPage:
    """The empty (or prefilled) question form."""

    categories: tuple[Choice, ...]
    products: tuple[Choice, ...]
    prefill_text: str
    submission_key: str
    needs_email: bool
    nodes: tuple[Choice, ...] = ()
    form: NodeForm | None = None


def ask_form(ports: Ports, viewer: Viewer, prefill: str, node_id: int | None = None) -> AskPage:
    """What the form needs; a visitor may leave an address for the reply."""
    require(viewer, Permission.ASK)
    with reading(ports.database) as session:
        return AskPage(
            trees.categories(session, viewer).short_choices(),
            trees.products(session).short_choices(),
            clean(prefill)[:LONGEST_QUESTION],
            secrets.token_urlsafe(18),
            viewer.role is Role.VISITOR,
            asking_forms.open_nodes(session),
            asking_forms.node_form(session, node_id),
        )


def submit(ports: Ports, viewer: Viewer, form: QuestionDraft) -> str:
    """Store the question, then try to answer it; returns its public id.

    The same `submission_key` always leads to the same question.
    """
    require(viewer, Permission.ASK)
    question_id, public_id, unmatched = _store(ports, viewer, form)
    if unmatched is not None:
        match(ports, viewer, question_id, unmatched)
    return public_id


def _store(ports: Ports, viewer: Viewer, form: QuestionDraft) -> tuple[int, str, str | None]:
    """Its id, its public id, and its stored text as long as nobody has looked for an answer."""
    text = required("text", form.text, LONGEST_QUESTION)
    email = checked_email(form.email) if form.email.strip() else viewer.email
    key = clean_line(form.submission_key)[:60] or secrets.token_urlsafe(18)
    known = sa.select(Question).filter_by(submission_key=key, asker_key=viewer.voter_key)
    checked = asking_forms.check(ports, viewer, form.filled)
    try:
        with unit_of_work(ports.database) as session:
            stored = session.scalar(known)
            if stored is not None:
                waits = stored.status is QuestionStatus.RECEIVED
                return stored.id, stored.public_id, stored.text if waits else None
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
            asking_forms.keep(session, question, checked)
            passing.keep(session, form.passed, question_id=question.id)
            # Normally found answered already; after a kill it is what finds the answer.
            later = ports.clock() + MATCH_AFTER
            enqueue(session, JobKind.MATCH_QUESTION, run_after=later, question_id=question.id)
            return question.id, question.public_id, text
    except sa.exc.IntegrityError:
        with reading(ports.database) as session:
            stored = session.scalar(known)
            if stored is None:
                raise InvalidInput("submission_key", "unknown") from None
            return stored.id, stored.public_id, None


def _check_places(session: Session, form: QuestionDraft) -> None:
    if form.category_id is not None and session.get(Category, form.category_id) is None:
        raise InvalidInput("category_id", "unknown")
    if form.product_id is not None and session.get(Product, form.product_id) is None:
        raise InvalidInput("product_id", "unknown")


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


def follow_up(ports: Ports, viewer: Viewer, public_id: str, more: str) -> None:
    """Ask on: the text is stored with the question, then looked up with what came before.

    The same text sent twice in a row counts once.
    """
    require(viewer, Permission.ASK)
    text = required("more", more, LONGEST_FOLLOW_UP)
    with unit_of_work(ports.database) as session:
        question = own_question(session, viewer, public_id)
        if question.status in SETTLED:
            raise InvalidInput("more", question.status.value)
        before = said(question.text)
        if before[-1] == text:
            return
        if len(before) > MOST_FOLLOW_UPS:
            raise InvalidInput("more", "too_many")
        question.text = with_follow_up(question.text, text)
        question.status = QuestionStatus.RECEIVED
        later = ports.clock() + MATCH_AFTER
        enqueue(session, JobKind.MATCH_QUESTION, run_after=later, question_id=question.id)
        question_id = question.id
    match(ports, viewer, question_id)


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
        helped = [shown for shown in question.shown if shown.as_answer]
        for shown in helped or question.shown[:1]:
            if shown.kind is ShownKind.ARTICLE:
                solved_with(session, shown.target_id, ports.clock())
        enqueue(session, JobKind.INDEX_QUESTION, question_id=question.id)
        record(session, viewer, "question.deflected", f"question:{question.id}")


def extra_text(value: str) -> str:
    """What somebody adds when the answer did not help; may be empty."""
    return optional("extra", value, LONGEST_QUESTION)
