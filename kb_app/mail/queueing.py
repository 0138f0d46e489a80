"""Mails that go: one row each, decided once whether it may go, and what limits machines.

An address gets at most three automatic mails in a day, none once mail to it came back.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.mail.writers import own_addresses
from kb_app.ports import Ports
from models import (
    JobKind,
    Mailbox,
    MailIn,
    MailOut,
    MailOutState,
    MailStop,
    enqueue,
)
from ticket_bridge.mail import tags

MOST_AUTOMATIC = 3
ONE_DAY = timedelta(days=1)
# Answers to what somebody wrote; two machines could go on with these for ever.
LIMITED = frozenset({"receipt", "answer"})
# Mails about an account reach it even when other mail came back: a bounce can be forged.
ALWAYS = frozenset({"account"})


@dataclass(frozen=True)
class Draft:
    """A mail to be sent; the same `key` is the same mail."""

    key: str
    kind: str
    to: str
    subject: str
    body: str
    ticket_id: int | None = None
    question_id: int | None = None
    author_id: int | None = None
    mailbox_id: int | None = None

    @property
    def automatic(self) -> bool:
        """Whether no person wrote it."""
        return self.kind not in {"reply", "handover"}


def site_mark(ports: Ports) -> str:
    """By which this site knows its own mail again; tells nobody anything."""
    secret = ports.config.secret_key.encode()
    return hmac.new(secret, b"mail-mark", hashlib.sha256).hexdigest()[:16]


def queue(ports: Ports, session: Session, draft: Draft) -> MailOut:
    """Write it down with its job, in the caller's transaction; once for a key."""
    known = by_key(session, draft.key)
    if known is not None:
        return known
    row = written(ports, session, draft)
    if row.state is MailOutState.WAITING:
        enqueue(session, JobKind.SEND_MAIL, out_id=row.id)
    return row


def by_key(session: Session, key: str) -> MailOut | None:
    """The mail with this key."""
    return session.scalar(sa.select(MailOut).where(MailOut.key == key))


def written(ports: Ports, session: Session, draft: Draft) -> MailOut:
    """The row of a mail, with the decision whether it may go."""
    box = box_for(session, draft.ticket_id, draft.mailbox_id)
    state, reason = _verdict(ports, session, draft, box)
    host = (box.address if box else ports.config.mail_from).rpartition("@")[2] or "localhost"
    row = MailOut(
        key=draft.key,
        message_id=tags.message_id(ports.config.secret_key, draft.key, host),
        kind=draft.kind,
        automatic=draft.automatic,
        to_email=draft.to.strip().lower(),
        subject=" ".join(draft.subject.split())[:300],
        body=draft.body,
        mailbox_id=box.id if box else None,
        ticket_id=draft.ticket_id,
        question_id=draft.question_id,
        author_id=draft.author_id,
        state=state,
        reason=reason,
        created_at=ports.clock(),
    )
    session.add(row)
    session.flush()
    return row


def box_for(
    session: Session, ticket_id: int | None = None, mailbox_id: int | None = None
) -> Mailbox | None:
    """The box a mail is sent from: where its ticket's mail came in, else the site's first."""
    if mailbox_id is None and ticket_id is not None:
        mailbox_id = session.scalar(
            sa.select(MailIn.mailbox_id)
            .where(MailIn.ticket_id == ticket_id, MailIn.mailbox_id.is_not(None))
            .order_by(MailIn.id.desc())
            .limit(1)
        )
    box = session.get(Mailbox, mailbox_id) if mailbox_id is not None else None
    if box is not None and box.is_active:
        return box
    if ticket_id is None and mailbox_id is None:
        return None
    return session.scalar(sa.select(Mailbox).where(Mailbox.is_active).order_by(Mailbox.id).limit(1))


def _verdict(
    ports: Ports, session: Session, draft: Draft, box: Mailbox | None
) -> tuple[MailOutState, str]:
    to = draft.to.strip().lower()
    if draft.kind in ALWAYS:
        return MailOutState.WAITING, ""
    if tags.untagged(to) in own_addresses(session, ports.config.mail_from):
        return MailOutState.STOPPED, "own_address"
    if session.get(MailStop, to) is not None:
        return MailOutState.STOPPED, "bounced"
    if draft.kind in LIMITED and sent_lately(ports, session, to) >= MOST_AUTOMATIC:
        return MailOutState.STOPPED, "too_many"
    if draft.kind == "reply" and box is not None and box.second_reader:
        return MailOutState.HELD, ""
    return MailOutState.WAITING, ""


def sent_lately(ports: Ports, session: Session, email: str) -> int:
    """How many automatic answers an address was sent within a day."""
    gone = (MailOutState.STOPPED, MailOutState.FAILED)
    query = sa.select(sa.func.count()).where(
        MailOut.to_email == email,
        MailOut.created_at > ports.clock() - ONE_DAY,
        MailOut.kind.in_(sorted(LIMITED)),
        MailOut.state.not_in(gone),
    )
    return session.scalar(query) or 0
