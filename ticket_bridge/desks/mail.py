"""People who only have a mailbox: a case is a mail, and their replies come in by mail."""

from __future__ import annotations

from dataclasses import dataclass

from ticket_bridge.handover import (
    Case,
    DeskAccess,
    DeskFault,
    FaultCode,
    FileRef,
    Moved,
    News,
    Opened,
    Ours,
    Outbox,
    Word,
    everything,
)


@dataclass(frozen=True)
class MailDesk:
    """One address; `access.username` is where cases go."""

    access: DeskAccess
    outbox: Outbox

    def check(self) -> None:
        """See TicketDesk."""
        self.outbox.check()

    def open(self, case: Case) -> Opened:
        """See TicketDesk."""
        body = f"{case.text}\n\n{case.link}"
        self.outbox.put(
            f"case:{case.key}", self._to, f"[{case.key}] {case.subject}", body, case.files
        )
        return Opened(case.key, f"mailto:{self._to}")

    def say(self, external_id: str, word: Word) -> None:
        """See TicketDesk."""
        body = f"{word.author}：\n\n{word.text}"
        self.outbox.put(f"word:{word.key}", self._to, f"Re: [{external_id}]", body, word.files)

    def move(self, external_id: str, moved: Moved) -> None:
        """See TicketDesk: one line."""
        text = moved.words or moved.status
        self.outbox.put(f"status:{moved.key}", self._to, f"Re: [{external_id}]", text, ())

    def news(self, cursor: str, ours: Ours = everything) -> News:  # noqa: ARG002  as the contract has it
        """See TicketDesk: replies come through the mailbox."""
        return News((), cursor)

    def fetch(self, file: FileRef) -> bytes:
        """See TicketDesk: files come with their mail."""
        raise DeskFault(FaultCode.PROTOCOL, f"files come with their mail: {file.filename}")

    @property
    def _to(self) -> str:
        return self.access.username
