"""Finding tickets by any text on them: neighbouring characters as terms, looked up as phrases.

SQLite keeps them in an FTS5 table without content, PostgreSQL in tsvectors; written in the
transaction that writes the text. Two characters find as well as ten; one finds nothing.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

LONGEST_TEXT = 8_000
LONGEST_QUERY = 60
_RUN = re.compile(r"[0-9a-z]+|[^\W0-9a-z_]+")
_STEP = 2
_SHIFT = 2**32
# Counted by the database, so that thousands of texts do not travel for a few tickets.
_TICKETS = "SELECT DISTINCT ref >> 32 AS ticket FROM ({texts}) AS texts ORDER BY ticket DESC"


def terms(text: str) -> list[str]:
    """Latin words and numbers whole, everything else as pairs of neighbouring characters."""
    found: list[str] = []
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).lower()[:LONGEST_TEXT]):
        if run[0].isascii() or len(run) == 1:
            found.append(run)
        else:
            found.extend(run[place : place + _STEP] for place in range(len(run) - 1))
    return found


def coded(words: list[str]) -> str:
    """As letters any tokenizer keeps whole: a hexadecimal name for each term that is not ASCII."""
    return " ".join(word if word.isascii() else _name(word) for word in words)


@lru_cache(maxsize=20_000)
def _name(word: str) -> str:
    return "u" + word.encode("utf-16-be").hex()


def text_ref(ticket_id: int, message_id: int = 0) -> int:
    """Where a text lies: newest ticket last; the ticket's own text has message 0."""
    return ticket_id * _SHIFT + message_id


def put_text(session: Session, ref: int, text: str) -> None:
    """Make a text findable under its `text_ref`."""
    words = coded(terms(text))
    if not words:
        return
    if _is_postgresql(session):
        statement = sa.text(
            "INSERT INTO ticket_text (ref, words) VALUES (:ref, to_tsvector('simple', :words))"
            " ON CONFLICT (ref) DO UPDATE SET words = excluded.words"
        )
    else:
        statement = sa.text("INSERT INTO ticket_text (rowid, words) VALUES (:ref, :words)")
    session.execute(statement, {"ref": ref, "words": words})


def put_texts(session: Session, texts: Iterable[tuple[int, str]]) -> None:
    """Many texts at once, as (ref, text); none of them may be there yet."""
    rows = [{"ref": ref, "words": coded(words)} for ref, text in texts if (words := terms(text))]
    if not rows:
        return
    if _is_postgresql(session):
        values = ":ref, to_tsvector('simple', :words)"
        statement = sa.text(f"INSERT INTO ticket_text (ref, words) VALUES ({values})")  # noqa: S608  constants
    else:
        statement = sa.text("INSERT INTO ticket_text (rowid, words) VALUES (:ref, :words)")
    session.execute(statement, rows)


def drop_text(session: Session, ref: int, text: str) -> None:
    """Forget a text, the very one that was put; one that never was is left alone."""
    words = coded(terms(text))
    if not words:
        return
    if _is_postgresql(session):
        session.execute(sa.text("DELETE FROM ticket_text WHERE ref = :ref"), {"ref": ref})
        return
    known = sa.text("SELECT 1 FROM ticket_text_docsize WHERE id = :ref")
    if session.scalar(known, {"ref": ref}) is None:
        return
    statement = sa.text(
        "INSERT INTO ticket_text (ticket_text, rowid, words) VALUES ('delete', :ref, :words)"
    )
    session.execute(statement, {"ref": ref, "words": words})


def find_tickets(session: Session, query: str, most: int) -> list[int]:
    """Ids of tickets with a text that holds every word of the query, the newest `most` texts."""
    return _find(session, query, most)


def among(session: Session, ids: Sequence[int]) -> sa.Select[int]:
    """These ids for `in_`: one parameter however many they are."""
    if _is_postgresql(session):
        listed = sa.cast(sa.bindparam(None, list(ids), type_=ARRAY(sa.Integer)), ARRAY(sa.Integer))
        return sa.select(sa.func.unnest(listed))
    each = sa.func.json_each(json.dumps(list(ids))).table_valued("value")
    return sa.select(each.c.value)


def _find(session: Session, query: str, most: int) -> list[int]:
    phrases = [coded(cut) for part in query[:LONGEST_QUERY].split() if (cut := terms(part))]
    if not phrases:
        return []
    if _is_postgresql(session):
        asked = " && ".join(
            f"phraseto_tsquery('simple', :p{place})" for place in range(len(phrases))
        )
        found = f"SELECT ref FROM ticket_text WHERE words @@ ({asked})"  # noqa: S608  names alone
        statement = sa.text(_TICKETS.format(texts=f"{found} ORDER BY ref DESC LIMIT :most"))
        values: dict[str, object] = {f"p{place}": phrase for place, phrase in enumerate(phrases)}
        return list(session.scalars(statement, {**values, "most": most}).all())
    matched = " AND ".join(f'"{phrase}"' for phrase in phrases)
    found = "SELECT rowid AS ref FROM ticket_text WHERE ticket_text MATCH :asked"
    statement = sa.text(_TICKETS.format(texts=f"{found} ORDER BY rowid DESC LIMIT :most"))
    return list(session.scalars(statement, {"asked": matched, "most": most}).all())


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
