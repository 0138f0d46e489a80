"""Any system that takes a signed POST; what happens there is posted back the same way.

The body is JSON, signed as ticket_bridge.webhook_signing says, under an id that stays the same
however often it is sent. An answer of `{"id": …, "url": …}` names the case there.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ticket_bridge.handover import (
    Case,
    DeskAccess,
    DeskFault,
    DeskFile,
    FaultCode,
    FileRef,
    Moved,
    News,
    Opened,
    Ours,
    Word,
    everything,
)
from ticket_bridge.outside_call import ask
from ticket_bridge.webhook_call import Call
from ticket_bridge.webhook_signing import signed_headers

LONGEST_ID = 100


@dataclass(frozen=True)
class WebhookDesk:
    """One address; `now` gives unix seconds."""

    access: DeskAccess
    now: Callable[[], float]

    def check(self) -> None:
        """See TicketDesk."""
        self._post("ping", "ping", {})

    def open(self, case: Case) -> Opened:
        """See TicketDesk; the other side knows a repeated key."""
        said = self._post(
            "case.opened",
            case.key,
            {
                "ticket": case.key,
                "subject": case.subject,
                "text": case.text,
                "link": case.link,
                "customer": {"name": case.customer_name, "email": case.customer_email},
                "priority": case.priority,
                "queue": case.queue or self.access.queue,
                "facts": dict(case.facts),
                "files": [_file(file) for file in case.files],
            },
        )
        name = str(said.get("id") or case.key)[:LONGEST_ID]
        url = str(said.get("url") or "")
        return Opened(name, url if url.startswith(("https://", "http://")) else "")

    def say(self, external_id: str, word: Word) -> None:
        """See TicketDesk."""
        self._post(
            "case.message",
            word.key,
            {
                "id": external_id,
                "author": word.author,
                "from_customer": word.from_customer,
                "text": word.text,
                "files": [_file(file) for file in word.files],
            },
        )

    def move(self, external_id: str, moved: Moved) -> None:
        """See TicketDesk."""
        content = {"id": external_id, "status": moved.status, "author": moved.author}
        if moved.theirs:
            content["their_status"] = moved.theirs
        self._post("case.status", moved.key, content)

    def news(self, cursor: str, ours: Ours = everything) -> News:  # noqa: ARG002  as the contract has it
        """See TicketDesk: nothing to ask for, it is posted here."""
        return News((), cursor)

    def fetch(self, file: FileRef) -> bytes:
        """See TicketDesk: files come along."""
        if file.content is None:
            raise DeskFault(FaultCode.PROTOCOL, "files come with their event")
        return file.content

    def _post(self, event: str, key: str, content: dict[str, Any]) -> dict[str, Any]:
        said = {"event": event, "key": key, **content}
        body = json.dumps(said, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            **signed_headers(self.access.secret, f"{event}:{key}", int(self.now()), body),
        }
        answer = ask(Call(self.access.url, body, headers))
        try:
            found = json.loads(answer) if answer.strip() else {}
        except ValueError:
            # Whatever it says beside its 2xx: it has the case.
            return {}
        return found if isinstance(found, dict) else {}


def _file(file: DeskFile) -> dict[str, str]:
    return {
        "filename": file.filename,
        "media_type": file.media_type,
        "content_base64": base64.b64encode(file.content).decode(),
    }
