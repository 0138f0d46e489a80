"""What a page may tell its socket, read into frozen shapes; anything else is None."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from kb_app.chat.robot import PICK
from kb_app.chat.talk import Say
from models import ChatKind, ChatSide
from web.live.keys import Who

LARGEST = 2**31 - 1
# Ids are made by pages; what no page would make (NUL, lone surrogates) no database takes.
_ID = re.compile(r"[!-~]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,12}")
KINDS = {"text": ChatKind.TEXT, "whisper": ChatKind.WHISPER}


@dataclass(frozen=True)
class Follow:
    """Send me what is behind `after` in this chat, and what comes."""

    chat_id: int
    after: int


@dataclass(frozen=True)
class Sign:
    """I am writing (`typing`), or have read up to `seq`; kept by nobody but the reading."""

    chat_id: int
    what: str
    seq: int = 0


@dataclass(frozen=True)
class Here:
    """Does this line still stand?"""


Command = Say | Follow | Sign | Here


def command(who: Who, words: dict[str, Any]) -> Command | None:
    """What the page wants; a customer's chat is always the one of their key."""
    kind = words.get("t")
    if kind == "here":
        return Here()
    chat_id = who.chat_id or _number(words.get("chat"))
    if chat_id is None:
        return None
    if kind == "say":
        return _say(who, chat_id, words)
    if kind == "from":
        after = _number(words.get("after"))
        return None if after is None else Follow(chat_id, after)
    if kind in {"typing", "read"}:
        return Sign(chat_id, str(kind), _number(words.get("seq")) or 0)
    return None


def _say(who: Who, chat_id: int, words: dict[str, Any]) -> Say | None:
    body, client_id = words.get("body"), words.get("cid")
    if not isinstance(body, str) or not isinstance(client_id, str):
        return None
    if not _ID.fullmatch(client_id):
        return None
    if who.guest_id:
        return Say(chat_id, body, client_id, ChatSide.GUEST, author_name=who.name)
    if not who.is_staff:
        return Say(chat_id, body, client_id, author_name=who.name, data=_pick(words))
    kind = KINDS.get(str(words.get("kind", "text")), ChatKind.TEXT)
    return Say(chat_id, body, client_id, ChatSide.AGENT, kind, who.user_id, who.name)


def _pick(words: dict[str, Any]) -> dict[str, Any]:
    """A tapped choice: its kind and id, as they stood below the robot's words."""
    return picked(str(words.get("pick") or ""))


def picked(text: str) -> dict[str, Any]:
    """The same from a form's field, such as `article:12`."""
    kind, _, ref_id = text.partition(":")
    if kind in {"article", "question"} and _NUMBER.fullmatch(ref_id) and int(ref_id) <= LARGEST:
        return {PICK: [kind, int(ref_id)]}
    return {}


def _number(value: Any) -> int | None:
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST
    return value if good else None
