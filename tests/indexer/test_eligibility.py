"""Each rule in Python says what its SQL twin says (K8 K11 Q8)."""

from __future__ import annotations

from itertools import product

import sqlalchemy as sa

from indexer.audit import audit
from indexer.backend import SearchFilter, SearchRequest
from indexer.document import DocKind
from indexer.eligibility import (
    indexable_articles,
    indexable_questions,
    is_indexable,
    is_indexable_question,
)
from indexer.search import IndexParts, SearchEngine
from indexer.sync import sync_questions
from models import (
    Article,
    ArticleStatus,
    Database,
    Message,
    MessageKind,
    Question,
    QuestionStatus,
    Ticket,
    TicketStatus,
    reading,
    unit_of_work,
    utcnow,
)


def test_articles_agree(database: Database) -> None:
    """Published and not deleted, in every combination."""
    with unit_of_work(database) as session:
        for status, deleted in product(ArticleStatus, (None, utcnow())):
            slug = f"{status}-{deleted is None}"
            session.add(Article(slug=slug, title="题", status=status, deleted_at=deleted))
    with reading(database) as session:
        told = set(session.scalars(sa.select(Article.id).where(indexable_articles())))
        every = list(session.scalars(sa.select(Article)))
        assert told == {article.id for article in every if is_indexable(article)}
        assert len(told) == 1


ANSWERS: tuple[tuple[bool, MessageKind, str], ...] = (
    (True, MessageKind.REPLY, "请重启网关"),
    (True, MessageKind.REPLY, "  \n"),
    (True, MessageKind.NOTE, "内部备注"),
    (False, MessageKind.REPLY, "谢谢"),
)


def test_questions_agree(database: Database) -> None:
    """Public, settled by a person, with an answer, in every combination."""
    with unit_of_work(database) as session:
        for case in product((True, False), QuestionStatus, (None, *TicketStatus), (None, *ANSWERS)):
            _ask(session, *case)
    with reading(database) as session:
        told = set(session.scalars(sa.select(Question.id).where(indexable_questions())))
        tickets = {t.question_id: t for t in session.scalars(sa.select(Ticket))}
        every = list(session.scalars(sa.select(Question)))
        python = {q.id for q in every if is_indexable_question(q, tickets.get(q.id))}
        assert told == python
        assert len(told) == 4


def test_a_solved_public_question_is_found_with_its_answer(parts: IndexParts) -> None:
    """Q8: the question base is searchable; a question taken back is not."""
    with unit_of_work(parts.database) as session:
        question_id = _ask(
            session, True, QuestionStatus.ESCALATED, TicketStatus.SOLVED, ANSWERS[0], "门锁离线"
        )
    sync_questions(parts, [question_id])
    engine = SearchEngine(parts)
    both = SearchFilter(frozenset({"public"}), frozenset(DocKind))
    (hit,) = engine.search(SearchRequest("重启网关", both)).hits
    assert (hit.kind, hit.ref_id) == (DocKind.QUESTION, question_id)
    assert audit(parts).ok
    with unit_of_work(parts.database) as session:
        session.get_one(Question, question_id).is_public = False
    sync_questions(parts, [question_id])
    engine.refresh()
    assert engine.search(SearchRequest("重启网关", both)).hits == ()
    assert audit(parts).ok


def _ask(  # noqa: PLR0913, PLR0917  a row of the table of cases
    session: sa.orm.Session,
    public: bool,
    status: QuestionStatus,
    ticket_status: TicketStatus | None,
    answer: tuple[bool, MessageKind, str] | None,
    text: str = "问",
) -> int:
    """A question, its ticket if it has one, and a message on it if there is one."""
    number = session.scalar(sa.select(sa.func.count()).select_from(Question)) or 0
    question = Question(
        public_id=str(number),
        text=text,
        asker_key="v:1",
        status=status,
        is_public=public,
        submission_key=str(number),
    )
    session.add(question)
    session.flush()
    if ticket_status is not None:
        ticket = Ticket(
            number=str(number),
            question_id=question.id,
            requester_key="v:1",
            subject="题",
            body="文",
            status=ticket_status,
        )
        if answer is not None:
            from_staff, kind, body = answer
            ticket.messages.append(
                Message(from_staff=from_staff, kind=kind, body=body, client_key=str(number))
            )
        session.add(ticket)
        session.flush()
    return question.id
