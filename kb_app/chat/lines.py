"""Messages as pages show them: in order, safe HTML, nothing a customer must not see."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.chat import storing
from kb_app.chat.storing import Stored
from kb_app.rendering import render, render_message
from models import ChatKind, ChatMessage, ChatSide

AT_ONCE = 500
# Letters, digits (no underscore), spaces and punctuation that no markup is made of.
_PLAIN = re.compile(r"(?:[^\W_]|[ \n，。！？、…：；“”‘’（）《》【】,?!·—～]){1,2000}")
MARKDOWN = frozenset({ChatSide.AGENT, ChatSide.ROBOT})


@dataclass(frozen=True)
class Choice:
    """An article or public question below the robot's words."""

    kind: str
    ref_id: int
    title: str
    slug: str


@dataclass(frozen=True)
class SentFile:
    """A file in a chat."""

    file_id: int
    filename: str
    size: int
    is_picture: bool
    is_voice: bool = False


@dataclass(frozen=True)
class Place:
    """Where its sender was: degrees, and metres it may be off."""

    latitude: float
    longitude: float
    metres: int


@dataclass(frozen=True)
class Line:
    """One message; `html` is sanitised, `asks` says that the choices are to be tapped."""

    chat_id: int
    seq: int
    side: ChatSide
    kind: ChatKind
    name: str
    html: str
    at: datetime
    client_id: str
    author_id: int | None = None
    choices: tuple[Choice, ...] = ()
    asks: bool = False
    answers: bool = False
    useful: int = 0
    file: SentFile | None = None
    place: Place | None = None

    @property
    def is_private(self) -> bool:
        """Whether only staff may see it."""
        return self.kind is ChatKind.WHISPER


def lines_after(
    session: Session, after: Mapping[int, int], most: int = AT_ONCE
) -> dict[int, tuple[Line, ...]]:
    """The messages of each chat behind the number given for it, in order."""
    if not after:
        return {}
    rows = storing.behind(session, after, most)
    found: dict[int, list[Line]] = {chat_id: [] for chat_id in after}
    for row in rows:
        found[row.chat_id].append(line_of(row))
    return {chat_id: tuple(lines) for chat_id, lines in found.items()}


def all_lines(session: Session, chat_id: int, *, staff: bool) -> tuple[Line, ...]:
    """A whole conversation as staff or its customer may see it."""
    query = sa.select(ChatMessage).where(ChatMessage.chat_id == chat_id).order_by(ChatMessage.seq)
    return for_eyes([line_of(row) for row in session.scalars(query)], staff=staff)


def for_eyes(lines: Sequence[Line], *, staff: bool) -> tuple[Line, ...]:
    """What may be seen: staff see everything."""
    return tuple(line for line in lines if staff or not line.is_private)


def line_of(row: ChatMessage | Stored) -> Line:
    """One stored message, rendered."""
    data = row.data or {}
    reply = data.get("reply", "")
    return Line(
        chat_id=row.chat_id,
        seq=row.seq,
        side=row.side,
        kind=row.kind,
        name=row.author_name,
        html=_html(row),
        at=row.created_at,
        client_id=row.client_id,
        author_id=row.author_id,
        choices=tuple(_choice(each) for each in data.get("sources", ())),
        asks=reply == "ask",
        answers=reply == "answer",
        useful=int(data.get("useful", 0)),
        file=_file(data),
        place=Place(*data["place"]) if "place" in data else None,
    )


def quick_line(row: Stored) -> Line | None:
    """The same when its words need no drawing; None when they do."""
    plain = row.kind is ChatKind.FILE or _PLAIN.fullmatch(row.body)
    return line_of(row) if plain else None


def _html(row: ChatMessage | Stored) -> str:
    if row.kind is ChatKind.FILE:
        return ""
    if _PLAIN.fullmatch(row.body):
        # Most of what is said: nothing to link or to mark up, so nothing to parse.
        return row.body.replace("\n", "<br>")
    return render(row.body).html if row.side in MARKDOWN else render_message(row.body)


def _choice(data: Mapping[str, Any]) -> Choice:
    return Choice(data["kind"], int(data["id"]), data["title"], data["slug"])


def _file(data: Mapping[str, Any]) -> SentFile | None:
    if "file_id" not in data:
        return None
    kind, name = str(data["media_type"]), str(data["filename"])
    # What a browser records may look like a film without pictures.
    voice = kind.startswith("audio/") or (kind == "video/webm" and name.endswith(".weba"))
    picture = kind.startswith("image/")
    return SentFile(int(data["file_id"]), name, int(data["size"]), picture, voice)
