"""What a solved ticket adds to an article that exists: another wording, or a text for its writer.

Whoever may not publish or write proposes it to those who may; doing it twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.redact import redact
from indexer.normal import normalize
from kb_app import drafts
from kb_app.article_change import touch
from kb_app.cards import readable
from kb_app.editing import LONGEST_BODY, LONGEST_PHRASING, MOST_PHRASINGS, access_name
from kb_app.errors import InvalidInput, NotFound
from kb_app.letters import SUPPLEMENT_BODY, SUPPLEMENT_NOTE, SUPPLEMENT_SUBJECT
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.promotable import material, solved_ticket
from kb_app.ticket_log import log
from kb_app.typed_text import clean_line, required
from models import (
    Article,
    ArticleDraft,
    ArticleNote,
    ArticlePlan,
    JobKind,
    LearnedChange,
    LearnedKind,
    LearnedState,
    NoteKind,
    Role,
    Ticket,
    User,
    Viewer,
    enqueue,
    reading,
    record,
    unit_of_work,
)

MOST_TOLD = 5
PLACEHOLDER = "［"


class Outcome(StrEnum):
    """What became of it."""

    ADDED = "added"
    PROPOSED = "proposed"
    KNOWN = "known"


@dataclass(frozen=True)
class Addition:
    """What the agent sends: for which article, and which masks are undone in the text."""

    article_id: int
    text: str
    kept: tuple[str, ...] = ()


def add_phrasing(ports: Ports, viewer: Viewer, number: str, wanted: Addition) -> Outcome:
    """The customer's wording leads to the article from now on, or once an editor agrees."""
    require(viewer, Permission.PROMOTE)
    text = clean_line(required("phrasing", wanted.text, LONGEST_PHRASING))
    if redact(text).kinds or PLACEHOLDER in text:
        raise InvalidInput("phrasing", "private")
    with unit_of_work(ports.database) as session:
        ticket = solved_ticket(session, number, locked=True)
        article = _article(session, viewer, wanted.article_id)
        if normalize(text) in {normalize(each) for each in (article.title, *article.phrasings)}:
            return Outcome.KNOWN
        if may(viewer, Permission.PUBLISH):
            outcome = _add(ports, session, viewer, article, text)
        else:
            outcome = _propose(ports, session, ticket, article, text)
        if outcome is not Outcome.KNOWN:
            _link(session, viewer, ticket, article, "phrased")
        return outcome


def _add(ports: Ports, session: Session, viewer: Viewer, article: Article, text: str) -> Outcome:
    if len(article.phrasings) >= MOST_PHRASINGS:
        raise InvalidInput("phrasing", "full")
    article.phrasings = [*article.phrasings, text]
    touch(ports, session, viewer, article, "article.phrase")
    return Outcome.ADDED


def _propose(
    ports: Ports, session: Session, ticket: Ticket, article: Article, text: str
) -> Outcome:
    """Among the wordings that wait for an editor; one refused before is not proposed again."""
    told = session.scalars(
        sa.select(LearnedChange.after).where(
            LearnedChange.kind == LearnedKind.PHRASING, LearnedChange.article_id == article.id
        )
    )
    if normalize(text) in {normalize(str(after.get("phrasing", ""))) for after in told}:
        return Outcome.KNOWN
    questions = [ticket.question_id] if ticket.question_id else []
    session.add(
        LearnedChange(
            kind=LearnedKind.PHRASING,
            state=LearnedState.PROPOSED,
            article_id=article.id,
            subject=article.title[:200],
            after={"phrasing": text},
            evidence={"people": 1, "questions": questions, "sources": ["desk"]},
            created_at=ports.clock(),
        )
    )
    return Outcome.PROPOSED


def supplement(ports: Ports, viewer: Viewer, number: str, wanted: Addition) -> Outcome:
    """ADDED: the text stands at the end of the writer's own draft of the article.

    PROPOSED: it is a note on the article, and who answers for it gets a mail.
    """
    require(viewer, Permission.PROMOTE)
    typed = required("body", wanted.text, LONGEST_BODY)
    with reading(ports.database) as session:
        found = material(ports, session, solved_ticket(session, number))
        article = _article(session, viewer, wanted.article_id)
        text = found.finished(typed, wanted.kept)
        unsaved = _unsaved(session, viewer, article, text)
    if may(viewer, Permission.WRITE):
        if unsaved is None:
            return Outcome.KNOWN
        drafts.keep(ports, viewer, str(article.id), unsaved)
    with unit_of_work(ports.database) as session:
        ticket = solved_ticket(session, number, locked=True)
        article = _article(session, viewer, wanted.article_id)
        outcome = Outcome.ADDED
        if not may(viewer, Permission.WRITE):
            note = SUPPLEMENT_NOTE.format(number, text)
            outcome = _suggest(ports, session, viewer, article, note)
        if outcome is not Outcome.KNOWN:
            _link(session, viewer, ticket, article, "supplemented")
            detail = {"article": article.id, "unmasked": found.undone(wanted.kept)}
            record(session, viewer, "ticket.supplement", f"ticket:{ticket.id}", **detail)
        return outcome


def _unsaved(session: Session, viewer: Viewer, article: Article, text: str) -> drafts.Typed | None:
    """What the writer has typed already, or else the article, with the text at its end.

    None when it says so already.
    """
    mine = session.scalar(
        sa.select(ArticleDraft).where(
            ArticleDraft.user_id == viewer.user_id, ArticleDraft.key == str(article.id)
        )
    )
    fields = dict(mine.fields) if mine is not None else _fields(article)
    body = fields.get("body", "")
    if text in body:
        return None
    fields["body"] = f"{body.rstrip()}\n\n{text}".strip()
    return drafts.Typed(fields, mine.base_version if mine is not None else article.version)


def _fields(article: Article) -> dict[str, str]:
    """The article as the editor's form holds it."""
    return {
        "title": article.title,
        "body": article.body,
        "phrasings": "\n".join(article.phrasings),
        "category_id": str(article.category_id or ""),
        "product_ids": ",".join(str(product.id) for product in article.products),
        "access": access_name(article),
    }


def _suggest(
    ports: Ports, session: Session, viewer: Viewer, article: Article, body: str
) -> Outcome:
    note = sa.select(ArticleNote.id).where(
        ArticleNote.article_id == article.id, ArticleNote.body == body
    )
    if session.scalar(note) is not None:
        return Outcome.KNOWN
    session.add(
        ArticleNote(
            article_id=article.id, author_id=viewer.user_id, kind=NoteKind.COMMENT, body=body
        )
    )
    link = f"{ports.config.base_url}/manage/articles/{article.id}"
    for user in _responsible(session, article):
        words = {"title": article.title, "name": user.name, "agent": viewer.name, "link": link}
        enqueue(
            session,
            JobKind.SEND_MAIL,
            to=user.email,
            subject=SUPPLEMENT_SUBJECT.format(**words),
            body=SUPPLEMENT_BODY.format(**words, comment=body, site=ports.config.site_name),
        )
    return Outcome.PROPOSED


def _responsible(session: Session, article: Article) -> list[User]:
    """The owner of the article, or else the content managers."""
    plan = session.get(ArticlePlan, article.id)
    owner = session.get(User, plan.owner_id) if plan is not None and plan.owner_id else None
    if owner is not None and owner.is_active:
        return [owner]
    query = sa.select(User).where(User.role == Role.CONTENT_MANAGER, User.is_active.is_(True))
    return list(session.scalars(query.order_by(User.id).limit(MOST_TOLD)))


def _article(session: Session, viewer: Viewer, article_id: int) -> Article:
    """One the viewer reads anyway, as every near article is."""
    article = session.scalar(readable(viewer).where(Article.id == article_id))
    if article is None:
        raise NotFound(str(article_id))
    return article


def _link(session: Session, viewer: Viewer, ticket: Ticket, article: Article, how: str) -> None:
    """On the ticket's history, and on the article's."""
    log(session, ticket, viewer, how, "", article.title)
    detail = {"ticket": ticket.number, "how": how}
    record(session, viewer, "article.from_ticket", f"article:{article.id}", **detail)
