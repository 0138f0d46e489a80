"""How to get to another system: its secret opened, its words mapped to ours."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from kb_app.bridging import texts
from kb_app.ports import Ports
from kb_app.sealing import Unsealable, seal, unseal
from models import (
    Bridge,
    BridgeEvent,
    JobKind,
    Mailbox,
    Ticket,
    TicketStatus,
    enqueue,
    insert_if_absent,
    unit_of_work,
)
from ticket_bridge.handover import (
    DeskAccess,
    DeskFault,
    DeskFile,
    DeskKind,
    FaultCode,
    TicketDesk,
)

PURPOSE = "bridge"
# Whose news are asked for; the others tell by themselves.
PULLS = frozenset({DeskKind.REQUEST_TRACKER})
USUAL = {
    DeskKind.REQUEST_TRACKER: {
        "open": "open",
        "stalled": "paused",
        "resolved": "solved",
        "rejected": "closed",
    }
}
OURS = ("open", "paused", "solved", "closed")


def sealed(ports: Ports, text: str) -> str:
    """A bridge's secret as it is stored."""
    return seal(ports.config.secret_key, PURPOSE, text)


def opened(ports: Ports, text: str) -> str:
    """The secret again; DeskFault when SECRET_KEY has changed."""
    try:
        return unseal(ports.config.secret_key, PURPOSE, text)
    except Unsealable as error:
        raise DeskFault(FaultCode.LOGIN, str(error)) from error


def desk_of(ports: Ports, bridge: Bridge) -> TicketDesk:
    """The other system."""
    access = DeskAccess(
        DeskKind(bridge.kind),
        bridge.url,
        bridge.username,
        opened(ports, bridge.secret),
        bridge.queue,
    )
    return ports.desks(access, MailOutbox(ports, bridge.id))


def status_of(bridge: Bridge, told: str) -> TicketStatus | None:
    """Our state for theirs; None for one that says nothing here."""
    states = bridge.states or USUAL.get(DeskKind(bridge.kind), {key: key for key in OURS})
    found = states.get(told.strip().lower(), "")
    return TicketStatus(found) if found in OURS else None


def their_word(bridge: Bridge, status: TicketStatus) -> str:
    """Their state for ours, the first that is mapped to it; empty when there is none."""
    states = bridge.states or USUAL.get(DeskKind(bridge.kind), {})
    return next((theirs for theirs, ours in states.items() if ours == status.value), "")


@dataclass(frozen=True)
class MailOutbox:
    """Mails of a hand-over, written once for a key; the mail worker sends them."""

    ports: Ports
    bridge_id: int

    def put(self, key: str, to: str, subject: str, body: str, files: tuple[DeskFile, ...]) -> None:
        """See Outbox; files are named, they lie with the ticket."""
        if files:
            names = "、".join(file.filename for file in files)
            body += "\n\n" + texts.NO_FILES.format(names=names)
        number = key.partition(":")[2].partition("/")[0]
        with unit_of_work(self.ports.database) as session:
            mark = {"bridge_id": self.bridge_id, "inward": False, "key": f"mail:{key}"}
            if session.scalar(sa.select(BridgeEvent.id).filter_by(**mark)) is not None:
                return
            insert_if_absent(session, BridgeEvent, **mark, **_plain("mail", self.ports))
            enqueue(
                session,
                JobKind.SEND_MAIL,
                to=to,
                subject=subject,
                body=body,
                ticket_id=session.scalar(sa.select(Ticket.id).filter_by(number=number)),
                mail_kind="handover",
            )

    def check(self) -> None:
        """See Outbox: replies need a mailbox to come into."""
        with unit_of_work(self.ports.database) as session:
            if session.scalar(sa.select(Mailbox.id).where(Mailbox.is_active)) is None:
                raise DeskFault(FaultCode.QUEUE, "no mailbox")


def _plain(kind: str, ports: Ports) -> dict[str, object]:
    return {"kind": kind, "outcome": "queued", "detail": "", "created_at": ports.clock()}
