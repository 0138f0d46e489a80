"""What an agent could answer: articles near what the customer said last, as customers see them."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from answerer.compose import compose
from indexer.backend import SearchFilter, SearchRequest, SearchUnavailable
from indexer.document import DocKind
from kb_app import candidates
from kb_app.chat.talk import customer_of
from kb_app.errors import NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import Article, Chat, ChatKind, ChatMessage, ChatSide, Viewer, reading

SHOWN = 4
LAST_WORDS = 2
QUESTION_CHARS = 400
EXCERPT_CHARS = 600


@dataclass(frozen=True)
class Hint:
    """A text to insert, and where it comes from."""

    title: str
    text: str
    slug: str


def hints(ports: Ports, viewer: Viewer, public_id: str) -> tuple[Hint, ...]:
    """The best few; empty while search is away."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        chat = session.scalar(sa.select(Chat).where(Chat.public_id == public_id))
        if chat is None:
            raise NotFound(public_id)
        reader = customer_of(session, chat)
        said = session.scalars(
            sa.select(ChatMessage.body)
            .where(
                ChatMessage.chat_id == chat.id,
                ChatMessage.side == ChatSide.CUSTOMER,
                ChatMessage.kind == ChatKind.TEXT,
            )
            .order_by(ChatMessage.seq.desc())
            .limit(LAST_WORDS)
        ).all()
    text = " ".join(reversed(said))[-QUESTION_CHARS:]
    return _found(ports, viewer, reader, text) if text.strip() else ()


def _found(ports: Ports, viewer: Viewer, reader: Viewer, text: str) -> tuple[Hint, ...]:
    wanted = SearchFilter(reader.finding, kinds=frozenset({DocKind.ARTICLE}))
    try:
        hits = ports.engine.search(SearchRequest(text, wanted, limit=SHOWN)).hits
    except SearchUnavailable:
        return ()
    # What both may read: it is shown to one and meant for the other.
    shared = tuple(each.hit for each in candidates.load(ports, reader, hits))
    near = candidates.load(ports, viewer, shared)
    with reading(ports.database) as session:
        ids = [each.hit.ref_id for each in near]
        rows = session.execute(sa.select(Article.id, Article.slug).where(Article.id.in_(ids)))
        slugs = {row.id: row.slug for row in rows}
    return tuple(
        Hint(
            each.title,
            compose(text, each.body)[:EXCERPT_CHARS],
            slugs.get(each.hit.ref_id, ""),
        )
        for each in near
    )
