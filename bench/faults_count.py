"""Counting after the fire: what people saw done against database and mail server."""

from __future__ import annotations

import email
import imaplib
import re
from collections import Counter
from dataclasses import dataclass, field
from email.message import Message as Mail
from email.policy import default
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.faults_house import House
from bench.faults_people import Seen
from kb_app.ports import Ports
from models import (
    MailIn,
    MailInState,
    MailOut,
    MailOutState,
    Message,
    MessageKind,
    Question,
    Ticket,
    reading,
)

TOKEN = re.compile(r"(?:网问|信问|回复)\d{5}号")


@dataclass
class Arrived:
    """Every mail that lies at the server for customers: Message-IDs, and the tokens they say."""

    ids: list[str] = field(default_factory=list)
    says: dict[str, set[str]] = field(default_factory=dict)


def arrived(house: House) -> Arrived:
    """Read every customer's box."""
    found = Arrived()
    with reading(house.ports.database) as session:
        people = session.scalars(sa.select(MailOut.to_email).distinct()).all()
    for address in people:
        with imaplib.IMAP4(house.mail.host, house.mail.imap, timeout=20) as client:
            client.login(address, "secret")
            client.select("INBOX", readonly=True)
            _, rows = client.uid("FETCH", "1:*", "(BODY.PEEK[])")
            for row in rows:
                if isinstance(row, tuple):
                    _note(found, email.message_from_bytes(row[1], policy=default))
    return found


def _note(found: Arrived, mail: Mail) -> None:
    name = str(mail["Message-ID"]).strip("<> ")
    found.ids.append(name)
    part = mail.get_body(("plain",))  # type: ignore[attr-defined]  # of the default policy
    text = part.get_content() if part is not None else ""
    found.says.setdefault(name, set()).update(TOKEN.findall(text))


def counted(ports: Ports, seen: Seen, at_server: Arrived) -> dict[str, Any]:
    """Lost and doubled of each kind; kinds without any are left out."""
    with reading(ports.database) as session:
        kinds = {
            "questions": _against(seen.asked, _questions(session)),
            "tickets": _against(seen.escalated, _tickets(session)),
            "letters": _against(seen.written, _letters(session)),
            "replies": _against(seen.replied, _replies(session)),
            "reply_mails": _against(seen.replied, _mailed(session, at_server)),
        }
        mails = _mails_out(session, at_server)
    return {
        "seen": {
            "asked": len(seen.asked),
            "escalated": len(seen.escalated),
            "letters": len(seen.written),
            "replies": len(seen.replied),
        },
        "lost": {kind: lost for kind, (lost, _) in kinds.items() if lost},
        "doubled": {kind: doubled for kind, (_, doubled) in kinds.items() if doubled},
        **mails,
    }


def _against(expected: list[str], found: Counter[str]) -> tuple[list[str], list[str]]:
    """What is missing of what was seen, and what is there more than once."""
    lost = [token for token in expected if not found[token]]
    return lost, [token for token, count in found.items() if count > 1]


def _tokens(texts: sa.ScalarResult[str]) -> Counter[str]:
    return Counter(token for text in texts for token in set(TOKEN.findall(text)))


def _questions(session: Session) -> Counter[str]:
    return _tokens(session.scalars(sa.select(Question.text).where(Question.text.like("%网问%"))))


def _tickets(session: Session) -> Counter[str]:
    return _tokens(session.scalars(sa.select(Ticket.body).where(Ticket.body.like("%网问%"))))


def _letters(session: Session) -> Counter[str]:
    """A letter is a question with a ticket, or a word on one; each once, and dealt with."""
    open_ones = session.scalar(
        sa.select(sa.func.count())
        .select_from(MailIn)
        .where(MailIn.state.in_([MailInState.NEW, MailInState.ASKED, MailInState.QUARANTINED]))
    )
    if open_ones:
        return Counter()
    tickets = _tokens(session.scalars(sa.select(Ticket.body).where(Ticket.body.like("%信问%"))))
    words = sa.select(Message.body).where(
        Message.kind == MessageKind.REPLY, Message.body.like("%信问%")
    )
    return tickets + _tokens(session.scalars(words))


def _replies(session: Session) -> Counter[str]:
    own = sa.select(Message.body).where(
        Message.kind == MessageKind.REPLY, Message.body.like("%回复_____号%")
    )
    return _tokens(session.scalars(own))


def _mailed(session: Session, at_server: Arrived) -> Counter[str]:
    """Each reply in mails of different ids, or refused by the server where staff see it."""
    found = Counter(token for tokens in at_server.says.values() for token in tokens)
    refused = session.execute(
        sa.select(MailOut.message_id, MailOut.body).where(MailOut.state == MailOutState.FAILED)
    )
    for name, body in refused:
        if name not in at_server.says:
            found.update(set(TOKEN.findall(body)))
    return Counter({token: count for token, count in found.items() if token.startswith("回复")})


def _mails_out(session: Session, at_server: Arrived) -> dict[str, Any]:
    rows = session.execute(sa.select(MailOut.message_id, MailOut.state)).all()
    known, there = {name for name, _ in rows}, set(at_server.ids)
    ended = {MailOutState.SENT, MailOutState.FAILED, MailOutState.STOPPED}
    refused = [name for name, state in rows if state is MailOutState.FAILED]
    return {
        "mails_sent": sum(state is MailOutState.SENT for _, state in rows),
        "mails_refused": len(refused),
        "refused_yet_there": len(there.intersection(refused)),
        "said_sent_but_not_there": sum(
            state is MailOutState.SENT and name not in there for name, state in rows
        ),
        "unknown_at_the_server": len(there - known),
        "unended_mails": sum(state not in ended for _, state in rows),
    }
