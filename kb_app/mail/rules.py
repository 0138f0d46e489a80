"""Rules for mail that comes: words, and the team, urgency or standard reply they mean."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.cards import Choice
from kb_app.errors import InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean, clean_line, required
from models import (
    Mailbox,
    MailDeed,
    MailRule,
    QuickReply,
    Team,
    Viewer,
    reading,
    record,
    unit_of_work,
)

PLACES = ("subject", "sender", "text", "any")
MOST_WORDS = 50
LONGEST_WORD = 60
URGENCIES = (1, 2, 3)


@dataclass(frozen=True)
class RuleInput:
    """A rule as the form sent it; one word (or phrase) a line."""

    name: str
    place: str
    words: str
    mailbox_id: int | None
    deed: MailDeed
    team_id: int | None
    urgency: int | None
    reply_id: int | None


@dataclass(frozen=True)
class RuleRow:
    """A rule in words."""

    rule_id: int
    name: str
    place: str
    words: tuple[str, ...]
    mailbox: str
    deed: MailDeed
    team: str
    urgency: int | None
    reply: str
    hits: int


@dataclass(frozen=True)
class RulesPage:
    """All rules in order, what can be chosen, and the one being changed."""

    rows: tuple[RuleRow, ...]
    mailboxes: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    replies: tuple[Choice, ...]
    open: RuleInput | None
    open_id: int | None


def rules(ports: Ports, viewer: Viewer, open_id: int | None) -> RulesPage:
    """Every rule."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        rows = session.scalars(sa.select(MailRule).order_by(MailRule.position, MailRule.id)).all()
        boxes, teams, replies = _choices(session)
        names = [{choice.id: choice.label for choice in each} for each in (boxes, teams, replies)]
        opened = next((row for row in rows if row.id == open_id), None)
        form = (
            RuleInput(**{key: getattr(opened, key) for key in RuleInput.__dataclass_fields__})
            if opened
            else None
        )
        shown = tuple(
            RuleRow(
                row.id,
                row.name,
                row.place,
                tuple(row.words.split("\n")),
                names[0].get(row.mailbox_id or 0, ""),
                row.deed,
                names[1].get(row.team_id or 0, ""),
                row.urgency,
                names[2].get(row.reply_id or 0, ""),
                row.hits,
            )
            for row in rows
        )
        return RulesPage(shown, boxes, teams, replies, form, open_id if form else None)


def _choices(
    session: Session,
) -> tuple[tuple[Choice, ...], tuple[Choice, ...], tuple[Choice, ...]]:
    boxes = session.scalars(sa.select(Mailbox).order_by(Mailbox.name))
    teams = session.scalars(sa.select(Team).where(Team.is_active).order_by(Team.name))
    shared = QuickReply.owner_id.is_(None)
    replies = session.scalars(sa.select(QuickReply).where(shared).order_by(QuickReply.title))
    return (
        tuple(Choice(box.id, f"{box.name}（{box.address}）") for box in boxes),
        tuple(Choice(team.id, team.name) for team in teams),
        tuple(Choice(reply.id, reply.title) for reply in replies),
    )


def save_rule(ports: Ports, viewer: Viewer, rule_id: int | None, form: RuleInput) -> int:
    """Add or change a rule; a new one comes last."""
    require(viewer, Permission.MANAGE_DESK)
    name = required("name", clean_line(form.name), 60)
    words = _words(form.words)
    if form.place not in PLACES:
        raise InvalidInput("place", "unknown")
    if form.urgency is not None and form.urgency not in URGENCIES:
        raise InvalidInput("urgency", "unknown")
    with unit_of_work(ports.database) as session:
        _check_places(session, form)
        last = session.scalar(sa.select(sa.func.max(MailRule.position))) or 0
        rule = session.get(MailRule, rule_id) if rule_id else MailRule(position=last + 1)
        if rule is None:
            raise NotFound(rule_id)
        for key in RuleInput.__dataclass_fields__:
            setattr(rule, key, getattr(form, key))
        rule.name, rule.words = name, words
        session.add(rule)
        session.flush()
        record(session, viewer, "mail_rule.saved", f"mail_rule:{rule.id}")
        return rule.id


def _words(text: str) -> str:
    found = list(dict.fromkeys(clean_line(line) for line in clean(text).split("\n")))
    found = [word for word in found if word]
    if not found:
        raise InvalidInput("mail_words", "empty")
    if len(found) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in found):
        raise InvalidInput("mail_words", "too_long")
    return "\n".join(found)


def _check_places(session: Session, form: RuleInput) -> None:
    places = (
        ("mailbox_id", Mailbox, form.mailbox_id),
        ("team_id", Team, form.team_id),
        ("reply_id", QuickReply, form.reply_id),
    )
    for field, kind, place_id in places:
        if place_id is not None and session.get(kind, place_id) is None:
            raise InvalidInput(field, "unknown")


def move_rule(ports: Ports, viewer: Viewer, rule_id: int, up: bool) -> None:
    """One place up or down."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        rows = list(session.scalars(sa.select(MailRule).order_by(MailRule.position, MailRule.id)))
        place = next((i for i, row in enumerate(rows) if row.id == rule_id), None)
        if place is None:
            raise NotFound(rule_id)
        other = place - 1 if up else place + 1
        if 0 <= other < len(rows):
            rows[place], rows[other] = rows[other], rows[place]
        for position, row in enumerate(rows):
            row.position = position
        record(session, viewer, "mail_rule.moved", f"mail_rule:{rule_id}")


def delete_rule(ports: Ports, viewer: Viewer, rule_id: int) -> None:
    """Take a rule out."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        rule = session.get(MailRule, rule_id)
        if rule is None:
            raise NotFound(rule_id)
        session.delete(rule)
        record(session, viewer, "mail_rule.deleted", f"mail_rule:{rule_id}")
