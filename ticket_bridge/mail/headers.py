"""Header fields decoded as they were meant: broken RFC 2047, raw bytes, odd addresses. Pure, total.

The standard library's own decoding gives up on, or chokes on, much of what is really sent.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime

from ticket_bridge.mail.charsets import decode
from ticket_bridge.mail.parsed import MailAddress

LONGEST = 20_000
MOST_IDS = 50
LONGEST_ID = 250
MOST_ADDRESSES = 100
LONGEST_SUBJECT = 500
Fields = Mapping[str, Sequence[str]]

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([BbQq])\?([^?]*)(?:\?=|$)")
_SPACE = re.compile(r"\s+")
_ID = re.compile(r"<([^<>\s]{1,250})>")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+\-=/']{1,64}@[A-Za-z0-9.\-]{1,180}\.[A-Za-z0-9\-]{2,24}")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


def fields_of(items: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Raw values by lower-case name."""
    found: dict[str, list[str]] = {}
    for name, value in items:
        found.setdefault(name.lower().strip(), []).append(str(value)[:LONGEST])
    return found


def first(fields: Fields, name: str) -> str:
    """The first raw value; empty when there is none."""
    values = fields.get(name, ())
    return values[0] if values else ""


def shown(raw: str) -> str:
    """One line of readable text: encoded words joined and decoded, what cannot be seen left out."""
    text = _plain(_SPACE.sub(" ", raw))
    out: list[str] = []
    pieces: list[tuple[str, str, str]] = []
    place = 0
    for match in _WORD.finditer(text):
        between = text[place : match.start()]
        if between.strip() or not pieces:
            out.append(_joined(pieces))
            pieces = []
            out.append(between)
        pieces.append((match[1].lower().partition("*")[0], match[2].upper(), match[3]))
        place = match.end()
    out.extend((_joined(pieces), text[place:]))
    return visible("".join(out))


def visible(text: str) -> str:
    """One line without control, direction or unassigned signs."""
    kept = (" " if sign.isspace() else sign for sign in text)
    seen = "".join(s for s in kept if unicodedata.category(s) not in _HIDDEN)
    return _SPACE.sub(" ", seen).strip()


def _plain(text: str) -> str:
    """Raw bytes in a header (surrogates now) read as what they most likely are."""
    if text.isascii():
        return text
    return decode(text.encode("utf-8", "surrogateescape"))[0]


def _joined(pieces: Sequence[tuple[str, str, str]]) -> str:
    """Neighbouring words: a character, or even its base64, may be cut in two between them."""
    merged: list[tuple[str, bytes]] = []
    carried = ""
    for place, (label, kind, text) in enumerate(pieces):
        whole = carried + text.strip()
        following = pieces[place + 1][:2] if place + 1 < len(pieces) else None
        open_end = kind == "B" and "=" not in whole and len(whole) % 4 != 0
        if open_end and following == (label, kind):
            carried = whole
            continue
        carried, data = "", _bytes(kind, whole if kind == "B" else text)
        if merged and merged[-1][0] == label:
            merged[-1] = (label, merged[-1][1] + data)
        else:
            merged.append((label, data))
    return "".join(decode(data, label)[0] for label, data in merged)


def _bytes(kind: str, text: str) -> bytes:
    if kind == "Q":
        return quopri.decodestring(text.replace("_", " ").encode("ascii", "ignore"), header=False)
    letters = re.sub(r"[^A-Za-z0-9+/]", "", text)
    letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4))
    except (binascii.Error, ValueError):
        return text.encode("ascii", "ignore")


def addresses(values: Sequence[str]) -> tuple[MailAddress, ...]:
    """Every address of these fields once; what has none is left out."""
    found: dict[str, MailAddress] = {}
    for raw in values:
        for name, address in _pairs(_plain_8bit(raw)):
            match = _ADDRESS.search(address) or _ADDRESS.search(name)
            if match and len(found) < MOST_ADDRESSES:
                email = match.group().strip(".'").lower()
                said = shown(name).strip("\"' ")
                found.setdefault(email, MailAddress(email, "" if "@" in said else said[:80]))
    return tuple(found.values())


def _plain_8bit(raw: str) -> str:
    """Raw bytes read, encoded words left alone: a comma inside one separates nothing."""
    return _plain(_SPACE.sub(" ", raw))[:LONGEST]


def _pairs(raw: str) -> list[tuple[str, str]]:
    try:
        pairs = getaddresses([raw])
    except (ValueError, IndexError, TypeError, AttributeError, RecursionError):
        pairs = []
    if any("@" in address for _, address in pairs):
        return pairs
    return [("", match.group()) for match in _ADDRESS.finditer(raw)]


def ids(values: Sequence[str]) -> tuple[str, ...]:
    """Message-IDs without brackets, in order; the last MOST_IDS of them."""
    found: dict[str, None] = {}
    for raw in values:
        inside = _ID.findall(raw)
        for each in inside or ([raw.strip()] if _single(raw) else []):
            found[each] = None
    return tuple(found)[-MOST_IDS:]


def _single(raw: str) -> bool:
    return "@" in raw and len(raw) <= LONGEST_ID and not re.search(r"\s", raw.strip())


def moment(raw: str) -> datetime | None:
    """When it says it was sent; None for what is no time of this century."""
    try:
        found = parsedate_to_datetime(raw)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if 2000 <= found.year < 2100 else None  # noqa: PLR2004
