"""Finding ended chats by what was said in them: one text a chat, terms as for tickets.

SQLite keeps it in an FTS5 table, PostgreSQL in a tsvector; written when a chat ends, dropped
with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ticket_text import coded, terms

MOST_TERMS = 20_000


def put_chat_text(session: Session, chat_id: int, texts: Iterable[str]) -> None:
    """Make a chat findable by these texts; what it had before is replaced."""
    drop_chat_texts(session, [chat_id])
    found: list[str] = []
    for text in texts:
        found.extend(terms(text))
        if len(found) >= MOST_TERMS:
            break
    if not found:
        return
    values = ":ref, to_tsvector('simple', :words)" if _is_postgresql(session) else ":ref, :words"
    names = "ref, words" if _is_postgresql(session) else "rowid, words"
    statement = sa.text(f"INSERT INTO chat_text ({names}) VALUES ({values})")  # noqa: S608  constants
    session.execute(statement, {"ref": chat_id, "words": coded(found[:MOST_TERMS])})


def drop_chat_texts(session: Session, chat_ids: Collection[int]) -> None:
    """Forget these chats' texts."""
    name = "ref" if _is_postgresql(session) else "rowid"
    statement = sa.text(f"DELETE FROM chat_text WHERE {name} = :ref")  # noqa: S608  constants
    if chat_ids:
        session.execute(statement, [{"ref": chat_id} for chat_id in chat_ids])


def chats_with(session: Session, query: str) -> sa.Select[tuple[int]] | None:
    """A SELECT of the ids of chats that hold every word; None when nothing can be looked for."""
    phrases = [coded(cut) for part in query.split() if (cut := terms(part))]
    if not phrases:
        return None
    if _is_postgresql(session):
        asked = " && ".join(f"phraseto_tsquery('simple', :p{n})" for n in range(len(phrases)))
        found = sa.text(f"SELECT ref FROM chat_text WHERE words @@ ({asked})")  # noqa: S608  names
        return found.bindparams(**{f"p{n}": p for n, p in enumerate(phrases)}).columns(
            sa.column("ref", sa.Integer)
        )  # type: ignore[return-value]  # a text with columns selects as well
    matched = " AND ".join(f'"{phrase}"' for phrase in phrases)
    text = sa.text("SELECT rowid AS ref FROM chat_text WHERE chat_text MATCH :asked")
    return text.bindparams(asked=matched).columns(sa.column("ref", sa.Integer))  # type: ignore[return-value]  # as above


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
