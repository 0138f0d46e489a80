"""Looking at questions: one with its answer, mine, and the public ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from answerer.dialogue import Why
from indexer.passages import lead, plain_text
from kb_app.cards import PAGE_SIZE, ArticleCard, Crumb, crumb, page_count
from kb_app.errors import NotFound
from kb_app.following import FollowedRow, followed, follows
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.public_questions import (
    public_answer,
    public_answers,
    public_questions,
    public_text,
)
from kb_app.question_parts import AnswerCard, PartCard, answer_card, part_cards, suggestions
from kb_app.question_texts import MOST_FOLLOW_UPS, said
from kb_app.rendering import render
from kb_app.ticket_rows import Part, TicketRow, ticket_rows
from models import (
    Question,
    QuestionStatus,
    Ticket,
    TicketStatus,
    Viewer,
    reading,
)

SNIPPET_CHARS = 80
SNIPPET_SOURCE = 2_000
HANDED = frozenset(why.value for why in Why)


@dataclass(frozen=True)
class QuestionPage:
    """A question with what was found for it.

    `parts` has one entry for everything asked; `handed` says why a person took it at once;
    `advice` is the site's own emergency advice, line by line.
    """

    public_id: str
    text: str
    status: QuestionStatus
    created_at: datetime
    category: Crumb | None
    product: Crumb | None
    answer: AnswerCard | None
    suggestions: tuple[ArticleCard, ...]
    reason: str
    ticket_number: str | None
    is_public: bool
    mine: bool
    parts: tuple[PartCard, ...] = ()
    handed: str = ""
    advice: tuple[str, ...] = ()
    can_follow_up: bool = False
    follows: bool = False
    can_follow: bool = False


@dataclass(frozen=True)
class QuestionRow:
    """A question in a list."""

    public_id: str
    text: str
    status: QuestionStatus
    created_at: datetime
    ticket_number: str | None
    ticket_status: TicketStatus | None
    answer: str = ""


@dataclass(frozen=True)
class MyPage:
    """The viewer's own questions and open tickets."""

    questions: tuple[QuestionRow, ...]
    tickets: tuple[TicketRow, ...]
    page: int
    pages: int
    followed: tuple[FollowedRow, ...] = ()


@dataclass(frozen=True)
class PublicQuestionsPage:
    """Questions whose askers agreed to share them and that were answered by a person."""

    rows: tuple[QuestionRow, ...]
    page: int
    pages: int
    total: int


def question_page(ports: Ports, viewer: Viewer, public_id: str) -> QuestionPage:
    """The question, for its asker, for staff at the desk, or for all when public."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        question = session.scalar(
            sa.select(Question)
            .where(Question.public_id == public_id)
            .options(selectinload(Question.shown), selectinload(Question.replies))
        )
        if question is None or not _may_see(session, viewer, question):
            raise NotFound(public_id)
        mine = question.asker_key == viewer.voter_key
        number = session.scalar(sa.select(Ticket.number).where(Ticket.question_id == question.id))
        private = mine or may(viewer, Permission.DESK)
        text = question.text if private else public_text(question)
        handed = question.reason if question.reason in HANDED else ""
        return QuestionPage(
            public_id=question.public_id,
            text=said(text)[0],
            status=question.status,
            created_at=question.created_at,
            category=crumb(question.category),
            product=crumb(question.product),
            answer=_answer_card(session, viewer, question),
            suggestions=suggestions(session, viewer, question.shown),
            reason=question.reason,
            ticket_number=number if private else None,
            is_public=question.is_public,
            mine=mine,
            parts=part_cards(session, viewer, question, text),
            handed=handed if private else "",
            advice=_lines(ports.config.emergency_advice),
            can_follow_up=mine and _goes_on(question),
            follows=follows(session, viewer, question.id),
            can_follow=not mine and _is_public(session, question),
        )


def _goes_on(question: Question) -> bool:
    """Whether the asker may ask on: something was looked up, and nothing has ended it."""
    looked_up = question.status in {QuestionStatus.ANSWERED, QuestionStatus.SUGGESTED}
    return looked_up and len(said(question.text)) <= MOST_FOLLOW_UPS


def _lines(advice: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in advice.split("|") if line.strip())


def _may_see(session: Session, viewer: Viewer, question: Question) -> bool:
    if question.asker_key == viewer.voter_key or may(viewer, Permission.DESK):
        return True
    return _is_public(session, question)


def _is_public(session: Session, question: Question) -> bool:
    public = public_questions().where(Question.id == question.id)
    return session.scalar(public) is not None


def _answer_card(session: Session, viewer: Viewer, question: Question) -> AnswerCard | None:
    staff_answer = public_answer(session, question.id)
    if question.asker_key != viewer.voter_key and staff_answer:
        title = public_text(question)[:SNIPPET_CHARS]
        return AnswerCard("question", title, render(staff_answer).html, "", 1.0)
    for reply in question.replies:
        card = answer_card(session, viewer, reply)
        if card is not None:
            return card
    return None


def mine(ports: Ports, viewer: Viewer, page: int) -> MyPage:
    """What the viewer asked and what is being worked on, newest first."""
    require(viewer, Permission.TRACK)
    own = Question.asker_key == viewer.voter_key
    with reading(ports.database) as session:
        count = sa.select(sa.func.count()).select_from(Question).where(own)
        pages = page_count(session.scalar(count) or 0)
        page = min(max(1, page), pages)
        rows = session.execute(
            sa.select(Question, Ticket.number, Ticket.status)
            .outerjoin(Ticket, Ticket.question_id == Question.id)
            .where(own)
            .order_by(Question.id.desc())
            .limit(PAGE_SIZE)
            .offset((page - 1) * PAGE_SIZE)
        )
        questions = tuple(_row(question, number, status) for question, number, status in rows)
        own_tickets = Ticket.requester_key == viewer.voter_key
        tickets = ticket_rows(session, [own_tickets], Part(PAGE_SIZE))
        known = followed(session, viewer)
    return MyPage(questions, tickets, page, pages, known)


def _row(question: Question, number: str | None, status: TicketStatus | None) -> QuestionRow:
    return QuestionRow(
        question.public_id,
        said(question.text)[0],
        question.status,
        question.created_at,
        number,
        status,
    )


def public(ports: Ports, viewer: Viewer, page: int) -> PublicQuestionsPage:
    """Every public answered question, newest first."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        query = public_questions()
        total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
        pages = page_count(total)
        page = min(max(1, page), pages)
        found = session.scalars(
            query.order_by(Question.id.desc()).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
        ).all()
        answers = public_answers(session, [question.id for question in found])
        rows = tuple(
            QuestionRow(
                question.public_id,
                said(public_text(question))[0],
                question.status,
                question.created_at,
                None,
                None,
                lead(plain_text(answers.get(question.id, "")[:SNIPPET_SOURCE]), SNIPPET_CHARS),
            )
            for question in found
        )
    return PublicQuestionsPage(rows, page, pages, total)
