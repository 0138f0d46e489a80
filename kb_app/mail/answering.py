"""A question that came by mail: answered by mail where that is likely right, else a ticket.

An answer never goes to machines, lists or too often; whoever replies to one gets a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.answer import Answered
from indexer.backend import SearchUnavailable
from kb_app import matching
from kb_app.learning.lessons import remember
from kb_app.looking import Matched, look_up
from kb_app.mail import texts
from kb_app.mail.arriving import Arrival, rule_for
from kb_app.mail.filing import Kept, attach, bare_subject, body_of
from kb_app.mail.links import answer_links
from kb_app.mail.notes import note
from kb_app.mail.opening import open_for, receipt
from kb_app.mail.queueing import MOST_AUTOMATIC, Draft, queue, sent_lately
from kb_app.mail.writers import asker
from kb_app.ports import Ports
from models import (
    Article,
    Mailbox,
    MailDeed,
    MailIn,
    MailInState,
    MailStop,
    Question,
    QuestionStatus,
    Viewer,
    reading,
    unit_of_work,
)
from ticket_bridge.mail.deciding import Deed
from ticket_bridge.mail.parsed import ReadMail
from ticket_bridge.mail.quotes import forwarded

_MARKS = re.compile(r"\*\*|__|!\[[^\]]{0,200}\]\([^)]{0,500}\)|^#{1,6}\s", re.MULTILINE)
SHOWN_CHARS = 300


@dataclass(frozen=True)
class _Case:
    """What is needed to decide about one question."""

    row: MailIn
    mail: ReadMail
    question: Question
    viewer: Viewer
    matched: Matched | None


def answer(ports: Ports, mail_id: int, mail: ReadMail) -> None:
    """Bring an asked question to its answer or its ticket; once."""
    with reading(ports.database) as session:
        row = session.get(MailIn, mail_id)
        if row is None or row.state is not MailInState.ASKED or row.question_id is None:
            return
        question = session.get_one(Question, row.question_id)
        viewer = _named(asker(session, question), row, mail)
    matched = _looked_up(ports, viewer, question.text)
    with unit_of_work(ports.database) as session:
        row = session.get_one(MailIn, mail_id, with_for_update=True)
        if row.state is not MailInState.ASKED or row.question_id is None:
            return
        question = session.get_one(Question, row.question_id, with_for_update=True)
        case = _Case(row, mail, question, viewer, matched)
        _write_down(session, case)
        if _may_answer(ports, session, case):
            _send_answer(ports, session, case)
            row.outcome = "answered"
        else:
            _to_people(ports, session, case)
        row.state, row.done_at = MailInState.DONE, ports.clock()


def _named(viewer: Viewer, row: MailIn, mail: ReadMail) -> Viewer:
    """Somebody without an account is called what their mail calls them."""
    told = forwarded(mail.text) if row.outcome == Deed.FORWARDED else None
    name = told[0] if told else mail.sender.name
    return replace(viewer, name=name[:80]) if viewer.user_id is None and name else viewer


def _looked_up(ports: Ports, viewer: Viewer, text: str) -> Matched | None:
    try:
        return look_up(ports, viewer, text)
    except SearchUnavailable:
        return None


def _write_down(session: Session, case: _Case) -> None:
    if case.matched is None or case.question.status is not QuestionStatus.RECEIVED:
        return
    matching.write_down(case.question, case.matched)
    session.flush()
    if case.matched.handed is None:
        outcomes = [outcome for _, outcome in case.matched.parts]
        remember(session, case.question, outcomes, encoder=case.matched.encoder)


def _may_answer(ports: Ports, session: Session, case: _Case) -> bool:
    """Every part confidently answered, by a box that answers, to a person who may be written to."""
    box = session.get(Mailbox, case.row.mailbox_id) if case.row.mailbox_id else None
    matched = case.matched
    if matched is None or matched.handed is not None or box is None or not box.answers:
        return False
    if not all(isinstance(outcome, Answered) for _, outcome in matched.parts):
        return False
    if case.row.outcome != Deed.NEW or case.row.released or not case.mail.answerable:
        return False
    rule = rule_for(session, case.row, case.mail)
    if rule is not None and (rule.deed is MailDeed.SILENT or rule.reply_id is not None):
        return False
    email = case.question.contact_email.lower()
    stopped = session.get(MailStop, email) is not None
    return not stopped and sent_lately(ports, session, email) < MOST_AUTOMATIC


def _send_answer(ports: Ports, session: Session, case: _Case) -> None:
    solved, unsolved = answer_links(ports, case.question.public_id)
    parts = [
        texts.ANSWER_PART.format(body=plain(reply.body), link=link)
        for reply in case.question.replies
        if (link := _link(ports, session, reply.article_id))
    ]
    subject = bare_subject(case.mail.subject) or "您的来信"
    body = texts.ANSWER_BODY.format(
        question=case.question.text[:SHOWN_CHARS],
        answers="\n\n".join(parts),
        solved=solved,
        unsolved=unsolved,
        site=ports.config.site_name,
    )
    draft = Draft(
        f"answer-{case.question.id}",
        "answer",
        case.question.contact_email,
        texts.ANSWER_SUBJECT.format(subject=subject),
        body,
        question_id=case.question.id,
        mailbox_id=case.row.mailbox_id,
    )
    queue(ports, session, draft)


def _link(ports: Ports, session: Session, article_id: int | None) -> str:
    slug = session.scalar(sa.select(Article.slug).where(Article.id == article_id))
    return f"{ports.config.base_url}/articles/{slug}" if slug else f"{ports.config.base_url}/"


def plain(markdown: str) -> str:
    """Markdown as a mail reads it."""
    return _MARKS.sub("", markdown).strip()


def _to_people(ports: Ports, session: Session, case: _Case) -> None:
    rule = rule_for(session, case.row, case.mail)
    subject = bare_subject(case.mail.subject)
    ticket = open_for(ports, session, case.viewer, case.question, subject, rule)
    case.row.ticket_id = ticket.id
    if case.matched is not None and case.matched.handed is not None:
        handed = case.matched.handed
        note(session, ticket.id, matching.handed_note(handed), f"handed-{case.row.id}")
    _extra_notes(session, case, ticket.id)
    if case.row.outcome == Deed.NEW and case.mail.answerable:
        receipt(ports, session, ticket, case.row, rule)


def _extra_notes(session: Session, case: _Case, ticket_id: int) -> None:
    if "forged" in case.mail.notes:
        note(session, ticket_id, texts.FORGED_NOTE, f"forged-{case.row.id}")
    if case.row.outcome == Deed.FORWARDED:
        name = case.mail.sender.name or case.mail.sender.email
        said = "" if case.question.contact_email in case.mail.said else case.mail.said
        form = texts.FORWARDED_SAID if said else texts.FORWARDED_NOTE
        note(session, ticket_id, form.format(name=name, text=said), f"fwd-{case.row.id}")


def not_solved(ports: Ports, session: Session, found: Arrival, kept: Kept) -> None:
    """Somebody replied to the automatic answer: a person takes it, with what they said."""
    question = found.question
    if question is None:
        return
    attach(session, question.id, kept)
    subject = bare_subject(found.mail.subject)
    viewer = _named(asker(session, question), found.row, found.mail)
    extra = body_of(found.mail, kept)
    ticket = open_for(ports, session, viewer, question, subject, None, extra)
    found.row.ticket_id = ticket.id
    if found.mail.answerable:
        receipt(ports, session, ticket, found.row, None)
