"""Answers of people to whom a ticket went by mail: proven by the id they answer, then taken in."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.bridging.arriving import CameFile, Outcome, take_in
from kb_app.ports import Ports
from models import Bridge, Handover, MailOut, Ticket
from ticket_bridge.handover import DeskKind, NewsItem, NewsKind
from ticket_bridge.mail import tags
from ticket_bridge.mail.parsed import ReadMail

KEY_CHARS = 32


def taken(
    ports: Ports, session: Session, ticket: Ticket, mail: ReadMail, files: Sequence[CameFile]
) -> bool:
    """Whether it was an answer over a bridge; if so it stands on the ticket, in the same step."""
    if mail.auto is not None or "forged" in mail.notes:
        return False
    found = _handover(ports, session, ticket, mail)
    if found is None:
        return False
    author = mail.sender.name or mail.sender.email
    event = f"mail-{mail.digest[:KEY_CHARS]}"
    item = NewsItem(event, found.external_id, NewsKind.ANSWER, mail.said, author)
    return take_in(ports, session, found, item, (list(files), [])) is Outcome.ANSWERED


def _handover(ports: Ports, session: Session, ticket: Ticket, mail: ReadMail) -> Handover | None:
    """The hand-over whose mail is answered, by the very address it went to.

    A From line proves nothing; the id of a mail that went to one address alone does.
    """
    genuine = [each for each in mail.answers if tags.key_of(ports.config.secret_key, each)]
    sender = mail.sender.email
    proof = sa.select(MailOut.id).where(
        MailOut.message_id.in_(genuine), MailOut.kind == "handover", MailOut.to_email == sender
    )
    if not genuine or session.scalar(proof.limit(1)) is None:
        return None
    return session.scalar(
        sa.select(Handover)
        .join(Bridge, Bridge.id == Handover.bridge_id)
        .where(
            Handover.ticket_id == ticket.id,
            Bridge.kind == DeskKind.MAIL,
            Bridge.username == sender,
            Bridge.is_active,
        )
    )
