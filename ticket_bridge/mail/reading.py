"""Bytes to a ReadMail, limited in size, parts, depth and time. Pure; raises MailUnreadable.

Structure is parsed by the standard library under its old policy; headers and charsets by our own
code, because the new policy chokes on hostile headers.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from email.errors import MessageError
from email.parser import BytesParser
from email.policy import compat32

from ticket_bridge.mail import automatic, bounces, headers, quotes
from ticket_bridge.mail.parsed import (
    Auto,
    Bounce,
    MailAddress,
    MailFile,
    MailUnreadable,
    Origin,
    ReadMail,
)
from ticket_bridge.mail.parts import Parts, collect

MOST_BYTES = 60 * 1024 * 1024
MOST_BOUNDARIES = 200
MOST_SECONDS = 20.0
LONGEST_TEXT = 200_000
# What the standard library is known to raise on hostile mail.
FAULTS = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    OverflowError,
    RecursionError,
    MessageError,
)


def read(data: bytes, own: frozenset[str] = frozenset()) -> ReadMail:
    """The mail in these bytes. `own` are the site's addresses, which never failed to receive."""
    if len(data) > MOST_BYTES:
        raise MailUnreadable("too_large")
    if data.lower().count(b"boundary=") > MOST_BOUNDARIES:
        raise MailUnreadable("too_nested")
    if not data.strip():
        raise MailUnreadable("empty")
    deadline = time.monotonic() + MOST_SECONDS

    def in_time() -> None:
        if time.monotonic() > deadline:
            raise MailUnreadable("too_slow")

    try:
        return _read(data, own, in_time)
    except MailUnreadable:
        raise
    except FAULTS as error:
        raise MailUnreadable(f"broken:{type(error).__name__}") from error


def _read(data: bytes, own: frozenset[str], in_time: Callable[[], None]) -> ReadMail:
    raw = BytesParser(policy=compat32).parsebytes(data)
    fields = headers.fields_of([(name, str(value)) for name, value in raw.raw_items()])
    parts = collect(raw, in_time)
    text = parts.text[:LONGEST_TEXT].strip()
    subject = headers.shown(headers.first(fields, "subject"))[: headers.LONGEST_SUBJECT]
    senders = headers.addresses(fields.get("from", ()) or fields.get("sender", ()))
    if not senders and not subject and not text and not parts.files:
        raise MailUnreadable("nothing_in_it")
    sender = senders[0] if senders else MailAddress("")
    in_time()
    auto = automatic.judge(fields, sender.email, subject, text)
    bounce = _bounce(parts, fields, text, own) if auto is Auto.BOUNCE else None
    replies = headers.addresses(fields.get("reply-to", ()))
    notes = (*parts.notes, *_verdicts(fields))
    return ReadMail(
        origin=_origin(fields),
        sender=sender,
        reply_to=replies[0].email if replies else sender.email,
        to=headers.addresses(_receivers(fields)),
        subject=subject,
        text=text,
        said=quotes.cut(text),
        files=parts.files,
        auto=auto,
        answerable=automatic.is_answerable(fields, sender.email, auto),
        bounce=bounce,
        notes=tuple(dict.fromkeys(notes)),
        digest=_digest(fields, text, parts.files),
    )


def _origin(fields: headers.Fields) -> Origin:
    identity = headers.ids(fields.get("message-id", ()))
    return Origin(
        message_id=identity[0] if identity else "",
        in_reply_to=headers.ids(fields.get("in-reply-to", ())),
        references=headers.ids(fields.get("references", ())),
        sent_at=headers.moment(headers.first(fields, "date")),
        hops=len(fields.get("received", ())),
        mark=headers.first(fields, automatic.MARK_HEADER).strip()[:200],
    )


def _receivers(fields: headers.Fields) -> list[str]:
    names = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
    return [value for name in names for value in fields.get(name, ())]


def _verdicts(fields: headers.Fields) -> tuple[str, ...]:
    """What the receiving server found out about the sender; only its own, topmost word counts."""
    verdict = headers.first(fields, "authentication-results").lower()
    return ("forged",) if "dmarc=fail" in verdict else ()


def _bounce(parts: Parts, fields: headers.Fields, text: str, own: frozenset[str]) -> Bounce | None:
    found = bounces.from_report(parts.reports, parts.cited, text)
    return found or bounces.from_text(text, fields, parts.cited, own)


def _digest(fields: headers.Fields, text: str, files: tuple[MailFile, ...]) -> str:
    """Over what its writer made, not over the way it took."""
    made = hashlib.sha256()
    for name in ("message-id", "from", "subject", "date"):
        made.update(headers.first(fields, name).encode("utf-8", "replace") + b"\0")
    made.update(text.encode("utf-8", "replace"))
    for file in files:
        made.update(hashlib.sha256(file.content).digest())
    return made.hexdigest()
