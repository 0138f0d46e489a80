"""Rules as leads write them: checked, kept with every version, ordered, switched on and off."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import EditConflict, InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.rows import row_of
from kb_app.rules.choices import RuleChoices, rule_choices
from kb_app.rules.stored import plain, rule_of
from kb_app.typed_text import clean_line, required
from models import (
    RuleKind,
    TicketRule,
    TicketRuleVersion,
    Viewer,
    record,
    unit_of_work,
)
from ticket_bridge.triggers import (
    FIELDS,
    OF_CHANGE,
    OPS,
    SAYS,
    Action,
    Condition,
    Deed,
    Op,
    Rule,
    Shape,
    words,
)

MOST_ROWS = 20
MOST_WORDS = 30
LONGEST_TEXT = 10_000
MOST_HOURS = 24 * 366


@dataclass(frozen=True)
class ConditionInput:
    """A row of conditions as the form sent it."""

    field: str
    op: str
    choice: str = ""
    text: str = ""
    every: bool = True


@dataclass(frozen=True)
class ActionInput:
    """A row of actions as the form sent it."""

    deed: str
    choice: str = ""
    text: str = ""


@dataclass(frozen=True)
class RuleInput:
    """A rule as the form sent it."""

    name: str
    kind: RuleKind
    events: tuple[str, ...] = ()
    conditions: tuple[ConditionInput, ...] = field(default=())
    actions: tuple[ActionInput, ...] = field(default=())
    version: int = 0


def checked_rule(session: Session, form: RuleInput) -> Rule:
    """The rule a form means; InvalidInput names the part that cannot be."""
    choices = rule_choices(session)
    trigger = form.kind is RuleKind.TRIGGER
    events = tuple(each for each in choices.events if each in form.events) if trigger else ()
    if trigger and not events:
        raise InvalidInput("events", "empty")
    conditions = tuple(_condition(choices, row) for row in form.conditions)
    actions = tuple(_action(choices, row) for row in form.actions)
    if not trigger and not conditions:
        raise InvalidInput("conditions", "automation")
    if not trigger and any(each.field in OF_CHANGE for each in conditions):
        raise InvalidInput("conditions", "of_change")
    if not actions:
        raise InvalidInput("actions", "empty")
    if max(len(conditions), len(actions)) > MOST_ROWS:
        raise InvalidInput("conditions", "too_many")
    return Rule(events, conditions, actions)


def _condition(choices: RuleChoices, row: ConditionInput) -> Condition:
    shape = FIELDS.get(row.field)
    if shape is None:
        raise InvalidInput("conditions", "unknown")
    if row.op not in set(OPS[shape]):
        raise InvalidInput("conditions", "op")
    if shape is Shape.CHOICE:
        if row.choice not in {each.value for each in choices.fields[row.field]}:
            raise InvalidInput("conditions", "value")
        return Condition(row.field, Op(row.op), (row.choice,), row.every)
    if shape is Shape.TEXT:
        values = words(row.text)
        if not values or len(values) > MOST_WORDS or any(len(each) > 60 for each in values):  # noqa: PLR2004
            raise InvalidInput("conditions", "words")
        return Condition(row.field, Op(row.op), values, row.every)
    return Condition(row.field, Op(row.op), (_number(row.text),), row.every)


def _number(text: str) -> str:
    try:
        value = float(text.strip())
    except ValueError as error:
        raise InvalidInput("conditions", "number") from error
    if not math.isfinite(value) or abs(value) > MOST_HOURS:
        raise InvalidInput("conditions", "number")
    return f"{value:g}"


def _action(choices: RuleChoices, row: ActionInput) -> Action:
    if row.deed not in set(Deed):
        raise InvalidInput("actions", "unknown")
    deed = Deed(row.deed)
    if deed in SAYS:
        if not row.text.strip() or len(row.text) > LONGEST_TEXT:
            raise InvalidInput("actions", "text")
        return Action(deed, text=row.text.strip())
    if deed in {Deed.ADD_TAGS, Deed.DROP_TAGS}:
        tags = words(row.text)
        if not tags or len(tags) > MOST_ROWS or any(len(tag) > 30 for tag in tags):  # noqa: PLR2004
            raise InvalidInput("actions", "tags")
        return Action(deed, "、".join(tags))
    if row.choice not in {each.value for each in choices.deeds[deed]}:
        raise InvalidInput("actions", "value")
    return Action(deed, row.choice)


def save_rule(ports: Ports, viewer: Viewer, rule_id: int | None, form: RuleInput) -> int:
    """Make or change one; what it was before stays as a version."""
    require(viewer, Permission.MANAGE_DESK)
    name = required("name", clean_line(form.name), 60)
    with unit_of_work(ports.database) as session:
        rule = checked_rule(session, form)
        if rule_id is None:
            last = session.scalar(sa.select(sa.func.max(TicketRule.position)))
            row = TicketRule(position=(last or 0) + 1, is_active=False, body={})
            session.add(row)
        else:
            row = row_of(session, TicketRule, rule_id)
            if row.version != form.version:
                raise EditConflict(rule_id)
        _put(ports, session, viewer, row, (name, form.kind, plain(rule)))
        return row.id


def _put(
    ports: Ports,
    session: Session,
    viewer: Viewer,
    row: TicketRule,
    said: tuple[str, RuleKind, dict[str, object]],
) -> None:
    row.name, row.kind, row.body = said
    row.updated_at, row.next_at = ports.clock(), None
    session.flush()
    of_rule = TicketRuleVersion.rule_id == row.id
    last = session.scalar(sa.select(sa.func.max(TicketRuleVersion.number)).where(of_rule)) or 0
    session.add(
        TicketRuleVersion(
            rule_id=row.id,
            number=last + 1,
            name=row.name,
            kind=row.kind,
            body=row.body,
            actor_name=viewer.name,
            created_at=ports.clock(),
        )
    )
    record(session, viewer, "rule.saved", f"rule:{row.id}", version=last + 1)


def restore(ports: Ports, viewer: Viewer, rule_id: int, number: int) -> None:
    """As it was in that version; that is a new version."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        row = row_of(session, TicketRule, rule_id)
        old = session.scalar(
            sa.select(TicketRuleVersion).where(
                TicketRuleVersion.rule_id == rule_id, TicketRuleVersion.number == number
            )
        )
        if old is None:
            raise NotFound(number)
        _put(ports, session, viewer, row, (old.name, old.kind, plain(rule_of(old.body))))


def switch(ports: Ports, viewer: Viewer, rule_id: int) -> bool:
    """On or off; returns whether it is on now."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        row = row_of(session, TicketRule, rule_id)
        row.is_active, row.next_at = not row.is_active, None
        record(session, viewer, "rule.on" if row.is_active else "rule.off", f"rule:{row.id}")
        return row.is_active


def move(ports: Ports, viewer: Viewer, rule_id: int, *, up: bool) -> None:
    """One place up or down among its kind."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        row = row_of(session, TicketRule, rule_id)
        rows = list(
            session.scalars(
                sa.select(TicketRule)
                .where(TicketRule.kind == row.kind)
                .order_by(TicketRule.position, TicketRule.id)
            )
        )
        place = rows.index(row)
        other = place - 1 if up else place + 1
        if 0 <= other < len(rows):
            rows[place], rows[other] = rows[other], rows[place]
        for position, each in enumerate(rows, start=1):
            each.position = position
        record(session, viewer, "rule.moved", f"rule:{row.id}")


def delete_rule(ports: Ports, viewer: Viewer, rule_id: int) -> None:
    """Take it out with its versions and its log; what it did to tickets stays in their history."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        row = row_of(session, TicketRule, rule_id)
        session.delete(row)
        record(session, viewer, "rule.deleted", f"rule:{rule_id}", name=row.name)
