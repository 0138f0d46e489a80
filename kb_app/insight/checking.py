"""Is the gap closed? Its questions are asked again once the article for it can be found.

Only wordings that now get the article (as the answer, among the three shown, or among the
first three results of a search) count as met; the gap closes when all are. Askers who left
an address are told, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.document import DocKind, doc_id_of
from kb_app.holdout import HELD_OUT
from kb_app.insight.asking import CUSTOMER, is_met
from kb_app.letters import GAP_BODY, GAP_SUBJECT
from kb_app.ports import Ports
from models import (
    Article,
    GapMember,
    GapNotice,
    GapStatus,
    IndexEntry,
    Job,
    JobKind,
    JobStatus,
    KnowledgeGap,
    Question,
    QuestionStatus,
    Ticket,
    Viewer,
    enqueue,
    insert_if_absent,
    reading,
    record,
    unit_of_work,
    visitor,
)
from ticket_bridge.lifecycle import ENDED

NOT_YET = timedelta(seconds=15)
MOST_TRIES = 20
QUOTED = 200


def ask_for_checks(ports: Ports, article_ids: Sequence[int]) -> None:
    """After indexing: have the gaps checked that these (readable) articles were written for."""
    wanted = (
        sa.select(KnowledgeGap.id)
        .join(Article, Article.id == KnowledgeGap.article_id)
        .where(
            KnowledgeGap.article_id.in_(article_ids),
            KnowledgeGap.status == GapStatus.WRITING,
            Article.visible_to(CUSTOMER),
        )
    )
    with reading(ports.database) as session:
        if session.scalar(wanted.limit(1)) is None:
            return
    with unit_of_work(ports.database) as session:
        waiting = session.scalars(
            sa.select(Job).where(Job.kind == JobKind.CHECK_GAP, Job.status == JobStatus.WAITING)
        )
        known = {int(job.payload["gap_id"]) for job in waiting}
        for gap_id in session.scalars(wanted):
            if gap_id not in known:
                enqueue(session, JobKind.CHECK_GAP, gap_id=gap_id, tries=0)


def check(ports: Ports, gap_id: int, tries: int) -> None:
    """Ask the gap's open questions again and write down what came of it."""
    with reading(ports.database) as session:
        gap = session.get(KnowledgeGap, gap_id)
        if gap is None or gap.status is not GapStatus.WRITING or gap.article_id is None:
            return
        article_id = gap.article_id
        open_members = [m for m in gap.members if m.answered_at is None]
        asked = [(member.id, member.source, member.text) for member in open_members]
        is_ready = _is_searchable(ports, session, article_id)
    if not is_ready and tries < MOST_TRIES:
        later = ports.clock() + NOT_YET
        with unit_of_work(ports.database) as session:
            enqueue(session, JobKind.CHECK_GAP, run_after=later, gap_id=gap_id, tries=tries + 1)
        return
    ports.engine.refresh()
    met = {member for member, source, text in asked if is_met(ports, source, text, article_id)}
    with unit_of_work(ports.database) as session:
        _write_down(ports, session, gap_id, met)


def _is_searchable(ports: Ports, session: Session, article_id: int) -> bool:
    """Whether words and (with an encoder) meaning of the article are in the index."""
    entry = session.get(IndexEntry, doc_id_of(DocKind.ARTICLE, article_id))
    if entry is None or entry.gone:
        return False
    return ports.engine.parts.encoder.dimensions == 0 or bool(entry.title_vector)


def _write_down(ports: Ports, session: Session, gap_id: int, met: set[int]) -> None:
    gap = session.get(KnowledgeGap, gap_id, with_for_update=True)
    article = session.get(Article, gap.article_id) if gap and gap.article_id else None
    if gap is None or article is None or gap.status is not GapStatus.WRITING:
        return
    now = ports.clock()
    fresh = [member for member in gap.members if member.id in met and not member.answered_at]
    for member in fresh:
        member.answered_at = now
    gap.checked_at = now
    _tell_askers(ports, session, fresh, article)
    if all(member.answered_at for member in gap.members):
        gap.status, gap.closed_at = GapStatus.CLOSED, now
        record(session, visitor(""), "gap.closed", f"gap:{gap.id}", article=article.id)


def _tell_askers(
    ports: Ports, session: Session, members: Sequence[GapMember], article: Article
) -> None:
    """One message to each address that still waits for an answer and may read this one."""
    ids = {question_id for member in members for question_id in member.question_ids}
    rows = session.execute(
        sa.select(Question, Ticket.status)
        .outerjoin(Ticket, Ticket.question_id == Question.id)
        .outerjoin(GapNotice, GapNotice.question_id == Question.id)
        .where(
            Question.id.in_(ids),
            Question.contact_email != "",
            Question.reason != HELD_OUT,
            Question.status != QuestionStatus.DEFLECTED,
            GapNotice.question_id.is_(None),
        )
        .order_by(Question.id)
    )
    told: set[str] = set()
    for question, ticket_status in rows.all():
        insert_if_absent(session, GapNotice, question_id=question.id, sent_at=ports.clock())
        address = question.contact_email.lower()
        if ticket_status in ENDED or address in told or not article.is_visible(_asker(question)):
            continue
        told.add(address)
        _send(ports, session, question, article)


def _asker(question: Question) -> Viewer:
    return CUSTOMER if question.asker_id else visitor("")


def _send(ports: Ports, session: Session, question: Question, article: Article) -> None:
    text = " ".join(question.text.split())
    enqueue(
        session,
        JobKind.SEND_MAIL,
        to=question.contact_email,
        subject=GAP_SUBJECT.format(title=article.title),
        body=GAP_BODY.format(
            question=text[:QUOTED] + ("…" if len(text) > QUOTED else ""),
            title=article.title,
            link=f"{ports.config.base_url}/articles/{article.slug}",
            site=ports.config.site_name,
        ),
    )
