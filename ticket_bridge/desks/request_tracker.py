"""Request Tracker 5 over REST2. Its words stay in this file.

A case is found again by the link to our ticket, a message by its subject; what its own account
did is never news. File names go as UTF-8 bytes, since REST2 breaks on wide characters there.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from ticket_bridge.handover import (
    Case,
    DeskAccess,
    DeskFault,
    DeskFile,
    FaultCode,
    FileRef,
    Moved,
    News,
    NewsItem,
    NewsKind,
    Opened,
    Ours,
    Word,
    everything,
)
from ticket_bridge.mail.html_text import text_of
from ticket_bridge.outside_call import ask_json
from ticket_bridge.webhook_call import Call

PAGE = 100
# Two people writing at once may commit in the other order than their numbers.
OVERLAP = 40
API = "/REST/2.0"
SYSTEM = "RT_System"
NUMBER = re.compile(r"\d{1,15}")
_FIELDS = "Type,OldValue,NewValue,Creator,ObjectId"


@dataclass(frozen=True)
class RequestTracker:
    """One queue (or several, by team) of one RT, seen by an account of our own."""

    access: DeskAccess

    def check(self) -> None:
        """See TicketDesk."""
        found = self._ask(f"/queue/{quote(self.access.queue, safe='')}")
        if not isinstance(found, dict) or str(found.get("Disabled", "0")) == "1":
            raise DeskFault(FaultCode.QUEUE, self.access.queue)

    def open(self, case: Case) -> Opened:
        """See TicketDesk."""
        known = self._known(case.link)
        if known:
            return self._opened(known)
        made = self._ask(
            "/ticket",
            {
                "Queue": case.queue or self.access.queue,
                "Subject": f"{case.subject} [{case.key}]",
                "Content": _page(case.text, case.link),
                "ContentType": "text/html",
                "RefersTo": [case.link],
                "Attachments": _files(case.files),
            },
        )
        return self._opened(_number(made))

    def _known(self, link: str) -> str:
        if "'" in link or "\\" in link:
            raise DeskFault(FaultCode.INVALID, "a link with quotes")
        query = urlencode({"query": f"RefersTo = '{link}'", "orderby": "id", "per_page": 1})
        found = _items(self._ask(f"/tickets?{query}"))
        return _number(found[0]) if found else ""

    def _opened(self, number: str) -> Opened:
        return Opened(number, f"{self.access.url}/Ticket/Display.html?id={number}")

    def say(self, external_id: str, word: Word) -> None:
        """See TicketDesk."""
        if self._was_said(external_id, word.key):
            return
        said = f"{word.author}:\n\n{word.text}"
        content = {
            "Subject": word.key,
            "Content": _page(said, ""),
            "ContentType": "text/html",
            "Attachments": _files(word.files),
        }
        self._ask(f"/ticket/{_checked(external_id)}/correspond", content)

    def _was_said(self, external_id: str, key: str) -> bool:
        rules = (
            "ObjectType = 'RT::Ticket'",
            f"ObjectId = {_checked(external_id)}",
            "Type = 'Correspond'",
            f"Creator = '{self.access.username}'",
        )
        found = self._transactions(rules, "Data", "DESC")
        return any(str(each.get("Data", "")).strip() == key for each in found)

    def move(self, external_id: str, moved: Moved) -> None:
        """See TicketDesk; a state that RT does not take is INVALID."""
        if not moved.theirs or self._status(external_id) == moved.theirs:
            return
        path = f"/ticket/{_checked(external_id)}"
        said = self._ask(path, {"Status": moved.theirs}, "PUT")
        if self._status(external_id) != moved.theirs:
            raise DeskFault(FaultCode.INVALID, f"{moved.theirs}: {said}")

    def _status(self, external_id: str) -> str:
        found = self._ask(f"/ticket/{_checked(external_id)}?fields=Status")
        return str(found.get("Status", "")) if isinstance(found, dict) else ""

    def news(self, cursor: str, ours: Ours = everything) -> News:
        """See TicketDesk: the cursor is the number of the last transaction."""
        if not cursor:
            newest = self._transactions(("ObjectType = 'RT::Ticket'", "id > 0"), "Type", "DESC")
            return News((), _number(newest[0]) if newest else "0")
        last = int(_checked(cursor))
        rules = (
            "ObjectType = 'RT::Ticket'",
            f"id > {max(0, last - OVERLAP)}",
            "(Type = 'Correspond' OR Type = 'Status')",
        )
        found = self._transactions(rules, _FIELDS, "ASC")
        newest_id = max([last, *(int(_number(each)) for each in found)])
        items = tuple(item for each in found for item in self._item(each, ours))
        return News(items, str(newest_id), len(found) == PAGE and newest_id > last)

    def _transactions(self, rules: Sequence[str], fields: str, order: str) -> list[dict[str, Any]]:
        query = {"query": " AND ".join(rules), "fields": fields, "orderby": "id"}
        page = {"order": order, "per_page": PAGE}
        return _items(self._ask(f"/transactions?{urlencode({**query, **page})}"))

    def _item(self, found: dict[str, Any], ours: Ours) -> Iterator[NewsItem]:
        creator = _id_of(found.get("Creator"))
        # RT lets "Wenda" in as "wenda": names there have no case.
        if creator.casefold() == self.access.username.casefold():
            return
        number, ticket = _number(found), str(found.get("ObjectId", ""))
        if not ours(ticket):
            return
        if found.get("Type") == "Status":
            # A reopening by RT itself only echoes what was said from here.
            if creator != SYSTEM:
                status = str(found.get("NewValue", ""))
                yield NewsItem(number, ticket, NewsKind.STATUS, status=status, author=creator)
            return
        text, files = self._said(number)
        if text or files:
            yield NewsItem(number, ticket, NewsKind.ANSWER, text, creator, files=files)

    def _said(self, number: str) -> tuple[str, tuple[FileRef, ...]]:
        """The words of a transaction (its first text) and the files beside them."""
        links = self._ask(f"/transaction/{number}").get("_hyperlinks", [])
        text, files = "", []
        for link in links:
            if link.get("ref") != "attachment":
                continue
            ref = str(link.get("_url", "")).rpartition("/")[2]
            part = self._part(ref)
            kind = str(part.get("ContentType") or "")
            if part.get("Filename"):
                files.append(FileRef(ref, str(part["Filename"]), kind))
            elif not text and kind in {"text/plain", "text/html"}:
                words = _bytes(part).decode("utf-8", "replace")
                text = (text_of(words) if kind == "text/html" else words).strip()
        return text, tuple(files)

    def _part(self, ref: str) -> dict[str, Any]:
        """An attachment; one that cannot be had, ever, keeps its number for a name."""
        try:
            found = self._ask(f"/attachment/{_checked(ref)}")
        except DeskFault as fault:
            if not fault.lasting:
                raise
            return {"Filename": f"#{ref}"}
        return found if isinstance(found, dict) else {}

    def fetch(self, file: FileRef) -> bytes:
        """See TicketDesk."""
        return _bytes(self._ask(f"/attachment/{_checked(file.ref)}"))

    def _ask(self, path: str, body: dict[str, Any] | None = None, method: str = "") -> Any:
        pair = f"{self.access.username}:{self.access.secret}".encode()
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair).decode()}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        data = json.dumps(body).encode() if body is not None else b""
        method = method or ("GET" if body is None else "POST")
        return ask_json(Call(f"{self.access.url}{API}{path}", data, headers, method))


def _page(text: str, link: str) -> str:
    """Plain words as the HTML that RT keeps."""
    shown = f'<div style="white-space:pre-wrap">{html.escape(text)}</div>'
    address = html.escape(link)
    return f'{shown}<p><a href="{address}">{address}</a></p>' if link else shown


def _files(files: Sequence[DeskFile]) -> list[dict[str, str]]:
    return [
        {
            "FileName": file.filename.encode().decode("latin-1"),
            "FileType": file.media_type,
            "FileContent": base64.b64encode(file.content).decode(),
        }
        for file in files
        if file.content
    ]


def _items(found: Any) -> list[dict[str, Any]]:
    items = found.get("items") if isinstance(found, dict) else None
    if not isinstance(items, list):
        raise DeskFault(FaultCode.PROTOCOL, "no list of items")
    return [item for item in items if isinstance(item, dict)]


def _number(found: Any) -> str:
    return _checked(_id_of(found))


def _id_of(found: Any) -> str:
    return str(found.get("id", "")) if isinstance(found, dict) else ""


def _checked(number: str) -> str:
    if not NUMBER.fullmatch(number):
        raise DeskFault(FaultCode.PROTOCOL, f"not a number: {number[:40]}")
    return number


def _bytes(part: dict[str, Any]) -> bytes:
    try:
        return base64.b64decode(str(part.get("Content") or ""))
    except ValueError as error:
        raise DeskFault(FaultCode.INVALID, "a file that is not base64") from error
