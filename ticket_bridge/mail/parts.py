"""The parts of a mail: its text, its files, its reports; limited in number and depth. Pure."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import unquote_to_bytes

from ticket_bridge.mail import headers, tnef
from ticket_bridge.mail.charsets import decode
from ticket_bridge.mail.html_text import text_of
from ticket_bridge.mail.parsed import MailFile

DEEPEST = 20
MOST_PARTS = 200
MOST_FILES = 50
TNEF_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_EVENT = re.compile(r"^(SUMMARY|DTSTART|DTEND|LOCATION)(;[^:\r\n]{0,200})?:(.{0,300})$", re.M)
_EVENT_NAMES = {"SUMMARY": "日程", "DTSTART": "开始", "DTEND": "结束", "LOCATION": "地点"}
_POOR = re.compile(r"html|不支持|无法显示|view this (email|message)|查看此邮件", re.IGNORECASE)
_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,90}")
SHORT = 200


@dataclass
class Parts:
    """What was collected until now."""

    plain: list[str] = field(default_factory=list)
    markup: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    kept: list[MailFile] = field(default_factory=list)
    reports: list[dict[str, list[str]]] = field(default_factory=list)
    cited: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seen: int = 0

    @property
    def files(self) -> tuple[MailFile, ...]:
        """The files, in order."""
        return tuple(self.kept)

    @property
    def text(self) -> str:
        """The plain text; what the HTML says when there is none, or only an excuse for one."""
        plain = "\n".join(self.plain).strip()
        excuse = len(plain) < SHORT and bool(_POOR.search(plain)) and bool(self.markup)
        if not plain or excuse:
            plain = "\n".join(text_of(each) for each in self.markup).strip() or plain
        return "\n\n".join([text for text in (plain, *self.extra) if text])


def collect(mail: Any, in_time: Callable[[], None]) -> Parts:
    """Walk through a mail."""
    parts = Parts()
    _walk(mail, parts, 0, in_time)
    return parts


def _walk(part: Any, parts: Parts, depth: int, in_time: Callable[[], None]) -> None:
    in_time()
    parts.seen += 1
    if depth > DEEPEST or parts.seen > MOST_PARTS:
        parts.notes.append("too_many_parts")
        return
    kind = part.get_content_type()
    payload = part.get_payload()
    if kind == "message/delivery-status":
        _report(payload, parts)
    elif kind in {"message/rfc822", "message/global"}:
        _attached_mail(part, payload, parts)
    elif kind.startswith("multipart/") and isinstance(payload, list):
        for below in payload:
            _walk(below, parts, depth + 1, in_time)
    else:
        _leaf(part, kind, parts)


def _report(payload: Any, parts: Parts) -> None:
    for below in payload if isinstance(payload, list) else []:
        items = [(name, str(value)) for name, value in below.raw_items()]
        parts.reports.append(headers.fields_of(items))


def _attached_mail(part: Message, payload: Any, parts: Parts) -> None:
    """A mail in a mail stays a file; what it cites is remembered for bounces."""
    inner = payload[0] if isinstance(payload, list) and payload else None
    if inner is None:
        return
    fields = headers.fields_of([(name, str(value)) for name, value in inner.raw_items()])
    parts.cited = parts.cited or fields
    title = headers.shown(headers.first(fields, "subject"))[:80]
    try:
        content = inner.as_bytes()
    except (ValueError, LookupError, TypeError, AttributeError):
        parts.notes.append("attached_mail")
        return
    _keep(parts, MailFile(_filename(part) or f"{title or '邮件'}.eml", "message/rfc822", content))


def _leaf(part: Message, kind: str, parts: Parts) -> None:
    data = _content(part)
    name = _filename(part)
    where = str(part.get("content-disposition", "")).strip().lower()
    if kind == "text/rfc822-headers":
        parsed = [line.partition(":") for line in decode(data)[0].split("\n") if ":" in line]
        parts.cited = parts.cited or headers.fields_of([(n, v.strip()) for n, _, v in parsed])
    elif kind in TNEF_TYPES or name.lower() == "winmail.dat":
        _outlook(data, name, parts)
    elif kind in {"text/plain", "text/html"} and not where.startswith("attachment") and not name:
        text, note = decode(data, _charset(part))
        parts.notes.extend([note] if note else [])
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        (parts.plain if kind == "text/plain" else parts.markup).append(text)
    elif data:
        _file(part, kind, name, data, parts)


def _file(part: Message, kind: str, name: str, data: bytes, parts: Parts) -> None:
    if kind == "text/calendar":
        name = name or "invite.ics"
        parts.extra.append(_event(decode(data, _charset(part))[0]))
    kind = kind if _TYPE.fullmatch(kind) else "application/octet-stream"
    content_id = str(part.get("content-id", "")).strip().strip("<>")[:200]
    where = str(part.get("content-disposition", "")).strip().lower()
    inline = bool(content_id) and kind.startswith("image/") and not where.startswith("attachment")
    ending = mimetypes.guess_extension(kind, strict=False) or ""
    what = "图片" if kind.startswith("image/") else "附件"
    known = name or f"{what}{len(parts.kept) + 1}{ending}"
    _keep(parts, MailFile(known, kind, data, content_id, inline))


def _keep(parts: Parts, file: MailFile) -> None:
    if len(parts.kept) >= MOST_FILES:
        parts.notes.append("too_many_files")
        return
    parts.kept.append(file)


def _outlook(data: bytes, name: str, parts: Parts) -> None:
    text, files = tnef.unpack(data)
    if text and not parts.plain:
        parts.plain.append(text)
    for place, (title, content) in enumerate(files, start=1):
        _keep(parts, MailFile(title or f"附件{place}", "application/octet-stream", content))
    if not files and not text:
        _keep(parts, MailFile(name or "winmail.dat", "application/ms-tnef", data))


def _event(text: str) -> str:
    """An invitation in a few words, so that it can be read and found."""
    unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    begin = unfolded.find("BEGIN:VEVENT")
    lines: dict[str, str] = {}
    for key, _options, value in _EVENT.findall(unfolded[max(begin, 0) :]):
        lines.setdefault(key, value.replace("\\,", "，").replace("\\n", " ").strip())
    return "\n".join(f"{_EVENT_NAMES[key]}：{value}" for key, value in lines.items() if value)


def _content(part: Message) -> bytes:
    try:
        found = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError):
        found = None
    if isinstance(found, bytes):
        return found
    payload = part.get_payload()
    return payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""


def _charset(part: Message) -> str:
    try:
        found = part.get_param("charset", "")
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    return str(found[2] if isinstance(found, tuple) else found)[:60]


def _filename(part: Message) -> str:
    """The name of a part, however it was encoded; without folders."""
    for header, key in (("content-disposition", "filename"), ("content-type", "name")):
        try:
            found = part.get_param(key, None, header)
        except (ValueError, LookupError, TypeError, AttributeError):
            continue
        if not found:
            continue
        name = _named(found)
        if name:
            return name
    return ""


def _named(found: Any) -> str:
    if isinstance(found, tuple):
        label, _language, value = found
        text = decode(str(value).encode("latin-1", "replace"), str(label or ""))[0]
    else:
        text = headers.shown(str(found))
        if "%" in text:
            text = decode(unquote_to_bytes(text))[0]
    last = headers.visible(text).replace("\\", "/").rpartition("/")[2]
    return last.strip(". \"'")[:150]
