"""A solved ticket becomes an article: near ones shown first, then a draft, once."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.draft import draft
from indexer.backend import SearchFilter
from kb_app import trees
from kb_app.cards import ArticleCard, ArticleRef, Choice, cards_by_id
from kb_app.editing import ArticleInput, new_article
from kb_app.errors import NotFound, NotSolved
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.ticket_pages import promoted_article
from models import MessageKind, Ticket, Viewer, reading, record, unit_of_work
from ticket_bridge.lifecycle import ENDED

NEAR = 5


@dataclass(frozen=True)
class PromotionPage:
    """The draft a ticket would become; `masked` names the kinds of data that were hidden."""

    number: str
    subject: str
    title: str
    body: str
    masked: tuple[str, ...]
    near: tuple[ArticleCard, ...]
    category_id: int | None
    product_ids: tuple[int, ...]
    categories: tuple[Choice, ...]
    products: tuple[Choice, ...]
    existing: ArticleRef | None


@dataclass(frozen=True)
class DraftInput:
    """The draft as the agent leaves it."""

    title: str
    body: str
    category_id: int | None
    product_ids: tuple[int, ...]


def propose(ports: Ports, viewer: Viewer, number: str) -> PromotionPage:
    """What the ticket would become, with the articles that are already near it."""
    require(viewer, Permission.PROMOTE)
    with reading(ports.database) as session:
        ticket = _solved(session, number, locked=False)
        made = draft(ticket.subject, ticket.body, _answers(ticket))
        hits = ports.engine.similar(ticket.body[:400], SearchFilter(viewer.keys), NEAR)
        return PromotionPage(
            number=ticket.number,
            subject=ticket.subject,
            title=made.title,
            body=made.body,
            masked=made.masked,
            near=cards_by_id(session, viewer, [hit.ref_id for hit in hits]),
            category_id=ticket.category_id,
            product_ids=(ticket.product_id,) if ticket.product_id else (),
            categories=trees.categories(session).choices(),
            products=trees.products(session).choices(),
            existing=promoted_article(session, ticket.id),
        )


def promote(ports: Ports, viewer: Viewer, number: str, form: DraftInput) -> int:
    """Make the draft and return its id; promoting again returns the same article."""
    require(viewer, Permission.PROMOTE)
    with unit_of_work(ports.database) as session:
        ticket = _solved(session, number, locked=True)
        known = promoted_article(session, ticket.id)
        if known is not None:
            return known.article_id
        article = new_article(
            session,
            viewer,
            ArticleInput(
                title=form.title,
                body=form.body,
                category_id=form.category_id,
                product_ids=form.product_ids,
            ),
        )
        article.source_ticket_id = ticket.id
        record(session, viewer, "ticket.promote", f"ticket:{ticket.id}", article=article.id)
        return article.id


def _solved(session: Session, number: str, *, locked: bool) -> Ticket:
    query = sa.select(Ticket).where(Ticket.number == number)
    ticket = session.scalar(query.with_for_update() if locked else query)
    if ticket is None:
        raise NotFound(number)
    if ticket.status not in ENDED:
        raise NotSolved(number)
    return ticket


def _answers(ticket: Ticket) -> tuple[str, ...]:
    """What staff told the customer, in order."""
    return tuple(
        message.body
        for message in ticket.messages
        if message.from_staff and message.kind is MessageKind.REPLY
    )
