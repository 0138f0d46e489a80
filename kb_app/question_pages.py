"""Looking at questions: one with its answer, mine, and the public ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from indexer.passages import lead, plain_text
from kb_app.cards import PAGE_SIZE, ArticleCard, Crumb, cards_by_id, crumb, page_count
from kb_app.errors import NotFound
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.public_questions import (
    public_answer,
    public_answers,
    public_questions,
    public_text,
)
from kb_app.rendering import render
from kb_app.ticket_rows import Part, TicketRow, ticket_rows
from models import (
    Article,
    Question,
    QuestionStatus,
    Reply,
    ShownKind,
    Ticket,
    TicketStatus,
    Viewer,
    reading,
)

SNIPPET_CHARS = 80
SNIPPET_SOURCE = 2_000


@dataclass(frozen=True)
class AnswerCard:
    """The automatic answer; `slug` leads to the article it quotes."""

    kind: str
    title: str
    html: str
    slug: str
    confidence: float


@dataclass(frozen=True)
class QuestionPage:
    """A question with what was found for it."""

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
        return QuestionPage(
            public_id=question.public_id,
            text=question.text if private else public_text(question),
            status=question.status,
            created_at=question.created_at,
            category=crumb(question.category),
            product=crumb(question.product),
            answer=_answer_card(session, viewer, question),
            suggestions=_suggestions(session, viewer, question),
            reason=question.reason,
            ticket_number=number if private else None,
            is_public=question.is_public,
            mine=mine,
        )


def _may_see(session: Session, viewer: Viewer, question: Question) -> bool:
    if question.asker_key == viewer.voter_key or may(viewer, Permission.DESK):
        return True
    public = public_questions().where(Question.id == question.id)
    return session.scalar(public) is not None


def _answer_card(session: Session, viewer: Viewer, question: Question) -> AnswerCard | None:
    staff_answer = public_answer(session, question.id)
    if question.asker_key != viewer.voter_key and staff_answer:
        title = public_text(question)[:SNIPPET_CHARS]
        return AnswerCard("question", title, render(staff_answer).html, "", 1.0)
    for reply in question.replies:
        card = _from_reply(session, viewer, reply)
        if card is not None:
            return card
    return None


def _from_reply(session: Session, viewer: Viewer, reply: Reply) -> AnswerCard | None:
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
        return AnswerCard("article", row.title, html, row.slug, reply.confidence)
    source = session.scalar(public_questions().where(Question.id == reply.source_question_id))
    if source is None:
        return None
    title = public_text(source)[:SNIPPET_CHARS]
    return AnswerCard("question", title, render(reply.body).html, "", reply.confidence)


def _suggestions(session: Session, viewer: Viewer, question: Question) -> tuple[ArticleCard, ...]:
    ids = [
        shown.target_id
        for shown in question.shown
        if shown.kind is ShownKind.ARTICLE and not shown.as_answer
    ]
    return cards_by_id(session, viewer, ids)


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
    return MyPage(questions, tickets, page, pages)


def _row(question: Question, number: str | None, status: TicketStatus | None) -> QuestionRow:
    return QuestionRow(
        question.public_id,
        question.text,
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
                public_text(question),
                question.status,
                question.created_at,
                None,
                None,
                lead(plain_text(answers.get(question.id, "")[:SNIPPET_SOURCE]), SNIPPET_CHARS),
            )
            for question in found
        )
    return PublicQuestionsPage(rows, page, pages, total)
