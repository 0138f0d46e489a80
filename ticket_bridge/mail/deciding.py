"""What becomes of a mail that was read, and which rule fits it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ticket_bridge.mail.parsed import Auto, ReadMail


class Standing(StrEnum):
    """What the sender is to the ticket a mail belongs to."""

    NONE = "none"
    REQUESTER = "requester"
    STAFF = "staff"
    OUTSIDER = "outsider"


class Deed(StrEnum):
    """What is done with a mail."""

    LOOP = "loop"
    BOUNCE = "bounce"
    BY_RULE = "by_rule"
    OLD = "old"
    AUTO_REPLY = "auto_reply"
    LIST = "list"
    NOTE = "note"
    OUTSIDER_NOTE = "outsider_note"
    STAFF_REPLY = "staff_reply"
    CUSTOMER_REPLY = "customer_reply"
    QUESTION_REPLY = "question_reply"
    FORWARDED = "forwarded"
    NEW = "new"


MACHINES = {Auto.REPLY: Deed.AUTO_REPLY, Auto.LIST: Deed.LIST}


@dataclass(frozen=True)
class Facts:
    """What is known when it is decided; `released` says that a person wants it in."""

    own: bool = False
    auto: Auto | None = None
    on_ticket: bool = False
    on_question: bool = False
    standing: Standing = Standing.NONE
    forwards: bool = False
    unwanted: bool = False
    old: bool = False
    released: bool = False


def decide(facts: Facts) -> Deed:
    """The deed. A machine's mail never opens a ticket unless a person released it."""
    if not facts.released:
        if facts.own or facts.auto is Auto.LOOP:
            return Deed.LOOP
        if facts.auto is Auto.BOUNCE:
            return Deed.BOUNCE
    if facts.on_ticket:
        return _on_ticket(facts)
    return Deed.NEW if facts.released else _without_ticket(facts)


def _without_ticket(facts: Facts) -> Deed:
    if facts.old:
        return Deed.OLD
    if facts.unwanted:
        return Deed.BY_RULE
    if facts.auto in MACHINES:
        return MACHINES[facts.auto]
    if facts.on_question and facts.standing is Standing.REQUESTER and facts.auto is None:
        return Deed.QUESTION_REPLY
    return Deed.FORWARDED if facts.forwards else Deed.NEW


def _on_ticket(facts: Facts) -> Deed:
    if facts.auto is not None:
        return Deed.NOTE
    if facts.standing is Standing.STAFF:
        return Deed.STAFF_REPLY
    if facts.standing is Standing.REQUESTER:
        return Deed.CUSTOMER_REPLY
    return Deed.OUTSIDER_NOTE


@dataclass(frozen=True)
class Rule:
    """Words (any of them) in a place of the mail; `mailbox_id` None is every box."""

    rule_id: int
    place: str
    words: tuple[str, ...]
    mailbox_id: int | None = None


def fitting(rules: Iterable[Rule], mail: ReadMail, mailbox_id: int | None) -> Rule | None:
    """The first rule that fits."""
    places = {
        "subject": mail.subject.lower(),
        "sender": f"{mail.sender.email} {mail.sender.name}".lower(),
        "text": mail.said.lower(),
    }
    places["any"] = "\n".join(places.values())
    for rule in rules:
        here = rule.mailbox_id in {None, mailbox_id}
        if here and any(word.lower() in places.get(rule.place, "") for word in rule.words):
            return rule
    return None
