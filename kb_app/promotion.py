"""A solved ticket becomes an article: near ones shown first, then a draft, once.

Who may not publish hands the draft in for review; the promoter is its author.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from indexer.backend import SearchFilter
from kb_app import trees
from kb_app.article_change import touch
from kb_app.cards import ArticleCard, ArticleRef, Choice, cards_by_id
from kb_app.editing import ArticleInput, new_article
from kb_app.file_store import Stored
from kb_app.files import put_beside
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.promotable import (
    FileChoice,
    HiddenRow,
    Material,
    PartChoice,
    material,
    rechosen,
    solved_ticket,
)
from kb_app.ticket_log import log
from kb_app.ticket_pages import promoted_article
from models import (
    Article,
    ArticleNote,
    ArticleStatus,
    NoteKind,
    Viewer,
    reading,
    record,
    unit_of_work,
)

NEAR = 5
SEARCHED = 400


@dataclass(frozen=True)
class PromotionPage:
    """The draft a ticket would become; `masked` names the kinds of data that were hidden.

    `chosen` are the keys of the parts that are in `body`; `publishes` and `writes` tell
    what the viewer may do without asking anybody.
    """

    number: str
    subject: str
    title: str
    body: str
    masked: tuple[str, ...]
    hidden: tuple[HiddenRow, ...]
    parts: tuple[PartChoice, ...]
    chosen: tuple[str, ...]
    files: tuple[FileChoice, ...]
    near: tuple[ArticleCard, ...]
    category_id: int | None
    product_ids: tuple[int, ...]
    categories: tuple[Choice, ...]
    products: tuple[Choice, ...]
    existing: ArticleRef | None
    publishes: bool
    writes: bool


@dataclass(frozen=True)
class DraftInput:
    """The draft as the agent leaves it.

    `kept` are keys of masks to be undone, `files` keys of files to be carried over.
    """

    title: str
    body: str
    category_id: int | None
    product_ids: tuple[int, ...]
    kept: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rechoice:
    """What was typed, which parts were in it, and which ones are wanted now."""

    body: str
    before: tuple[str, ...]
    chosen: tuple[str, ...]


def propose(ports: Ports, viewer: Viewer, number: str) -> PromotionPage:
    """What the ticket would become, with the articles that are already near it."""
    require(viewer, Permission.PROMOTE)
    with reading(ports.database) as session:
        ticket = solved_ticket(session, number)
        found = material(ports, session, ticket)
        hits = ports.engine.similar(ticket.body[:SEARCHED], SearchFilter(viewer.finding), NEAR)
        return PromotionPage(
            number=ticket.number,
            subject=ticket.subject,
            title=found.draft.title,
            body=found.draft.body(),
            masked=found.draft.masked,
            hidden=found.hidden,
            parts=found.parts,
            chosen=tuple(part.key for part in found.parts),
            files=found.files,
            near=cards_by_id(session, viewer, [hit.ref_id for hit in hits]),
            category_id=ticket.category_id,
            product_ids=(ticket.product_id,) if ticket.product_id else (),
            categories=trees.categories(session, viewer).choices(),
            products=trees.products(session).choices(),
            existing=promoted_article(session, ticket.id),
            publishes=may(viewer, Permission.PUBLISH),
            writes=may(viewer, Permission.WRITE),
        )


def choose_again(ports: Ports, viewer: Viewer, number: str, wanted: Rechoice) -> PromotionPage:
    """The page with other messages in its text; nothing that was typed is lost."""
    page = propose(ports, viewer, number)
    with reading(ports.database) as session:
        found = material(ports, session, solved_ticket(session, number))
    chosen = tuple(part.key for part in page.parts if part.key in wanted.chosen)
    body = rechosen(found, wanted.body, wanted.before, chosen)
    return replace(page, body=body, chosen=chosen)


def promote(ports: Ports, viewer: Viewer, number: str, form: DraftInput) -> int:
    """Make the draft and return its id; promoting again returns the same article."""
    require(viewer, Permission.PROMOTE)
    with unit_of_work(ports.database) as session:
        ticket = solved_ticket(session, number, locked=True)
        known = promoted_article(session, ticket.id)
        if known is not None:
            return known.article_id
        found = material(ports, session, ticket)
        article = new_article(session, viewer, _finished(found, form))
        article.source_ticket_id = ticket.id
        _carry(ports, session, viewer, article, [f for f in found.files if f.key in form.files])
        if not may(viewer, Permission.PUBLISH):
            _hand_in(ports, session, viewer, article)
        log(session, ticket, viewer, "promoted", "", article.title)
        detail = {"article": article.id, "unmasked": found.undone(form.kept)}
        record(session, viewer, "ticket.promote", f"ticket:{ticket.id}", **detail)
        record(session, viewer, "article.from_ticket", f"article:{article.id}", ticket=number)
        return article.id


def _finished(found: Material, form: DraftInput) -> ArticleInput:
    return ArticleInput(
        title=found.finished(form.title, form.kept),
        body=found.finished(form.body, form.kept),
        category_id=form.category_id,
        product_ids=form.product_ids,
    )


def _carry(
    ports: Ports, session: Session, viewer: Viewer, article: Article, files: list[FileChoice]
) -> None:
    """Put the chosen files beside the article; their bytes are here already."""
    for each in files:
        stored = Stored(each.sha256, each.size, each.media_type)
        put_beside(ports, session, viewer, article.id, each.filename, stored)


def _hand_in(ports: Ports, session: Session, viewer: Viewer, article: Article) -> None:
    """Ask a reviewer: the draft stands among those that wait for one."""
    article.status = ArticleStatus.REVIEW
    session.add(
        ArticleNote(article_id=article.id, author_id=viewer.user_id, kind=NoteKind.SUBMITTED)
    )
    touch(ports, session, viewer, article, "article.submit")
