"""What a use case may reach: handed over once, made in bootstrap.py alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from indexer.search import SearchEngine
from kb_app.body_texts import BodyTexts
from kb_app.chat_pulse import ChatPulse
from kb_app.config import Config
from kb_app.rewriter import Rewriter
from kb_app.search_journal import SearchJournal
from models import Database
from ticket_bridge.handover import DeskAccess, DeskFault, FaultCode, Outbox, TicketDesk
from ticket_bridge.mail.sender import MailSender

DeskMaker = Callable[[DeskAccess, Outbox], TicketDesk]


def no_desk(access: DeskAccess, _outbox: Outbox) -> TicketDesk:
    """Where nobody has said how to reach other ticket systems."""
    raise DeskFault(FaultCode.HOST, access.kind)


@dataclass(frozen=True)
class Ports:
    """The product's doors to the outside."""

    config: Config
    database: Database
    engine: SearchEngine
    journal: SearchJournal
    texts: BodyTexts
    mail: MailSender
    clock: Callable[[], datetime]
    pulse: ChatPulse = field(default_factory=ChatPulse)
    rewriter: Rewriter | None = None
    desks: DeskMaker = no_desk
