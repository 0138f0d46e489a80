"""Rules over tickets, pure: does a rule fit these facts, and what would it change?

A step that would change nothing is no step, so carrying a plan out twice is carrying it out once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

NOBODY = "none"
SEPARATORS = re.compile(r"[\n,，、;；]+")
MOST_DEPTH = 3
MOST_PER_HOUR = 20


class Shape(StrEnum):
    """What a field of a ticket holds: one or several known values, text, or a number."""

    CHOICE = "choice"
    TEXT = "text"
    NUMBER = "number"


class Op(StrEnum):
    """How a field is compared."""

    IS = "is"
    IS_NOT = "is_not"
    HAS = "has"
    HAS_NOT = "has_not"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


OPS = {
    Shape.CHOICE: (Op.IS, Op.IS_NOT),
    Shape.TEXT: (Op.HAS, Op.HAS_NOT),
    Shape.NUMBER: (Op.AT_LEAST, Op.AT_MOST),
}
FIELDS = {
    "status": Shape.CHOICE,
    "was": Shape.CHOICE,
    "by": Shape.CHOICE,
    "priority": Shape.CHOICE,
    "urgency": Shape.CHOICE,
    "channel": Shape.CHOICE,
    "team": Shape.CHOICE,
    "agent": Shape.CHOICE,
    "node": Shape.CHOICE,
    "category": Shape.CHOICE,
    "group": Shape.CHOICE,
    "level": Shape.CHOICE,
    "hours": Shape.CHOICE,
    "tag": Shape.TEXT,
    "subject": Shape.TEXT,
    "text": Shape.TEXT,
    "message": Shape.TEXT,
    "email": Shape.TEXT,
    "rating": Shape.NUMBER,
    "since_created": Shape.NUMBER,
    "since_status": Shape.NUMBER,
    "since_customer": Shape.NUMBER,
    "since_staff": Shape.NUMBER,
    "to_response": Shape.NUMBER,
    "to_resolution": Shape.NUMBER,
}
# Only known at the moment of a change: an automation cannot ask for them.
OF_CHANGE = frozenset({"was", "by", "message"})


class Deed(StrEnum):
    """What a rule can do."""

    STATUS = "status"
    URGENCY = "urgency"
    TEAM = "team"
    AGENT = "agent"
    ADD_TAGS = "add_tags"
    DROP_TAGS = "drop_tags"
    REPLY = "reply"
    NOTE = "note"
    NOTIFY_AGENT = "notify_agent"
    NOTIFY_TEAM = "notify_team"
    FOLLOW = "follow"
    WEBHOOK = "webhook"


SAYS = frozenset({Deed.REPLY, Deed.NOTE})
SETS = {Deed.STATUS: "status", Deed.URGENCY: "urgency", Deed.TEAM: "team", Deed.AGENT: "agent"}


@dataclass(frozen=True)
class Condition:
    """One comparison; of several values one is enough (with a negative: none of them).

    `every` must hold like all of its kind; of the others one that holds is enough.
    """

    field: str
    op: Op
    values: tuple[str, ...]
    every: bool = True


@dataclass(frozen=True)
class Action:
    """One thing to do; `value` names what it is done with, `text` what is said."""

    deed: Deed
    value: str = ""
    text: str = ""


@dataclass(frozen=True)
class Rule:
    """When, under which conditions, and what; `events` is empty for an automation."""

    events: tuple[str, ...]
    conditions: tuple[Condition, ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Facts:
    """A ticket as rules see it; what is not there fits no comparison but a negative one."""

    choices: Mapping[str, frozenset[str]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Step:
    """One thing that will be different; `before` and `after` are values, not words."""

    deed: Deed
    before: str
    after: str


def words(text: str) -> tuple[str, ...]:
    """The parts of a list somebody typed."""
    parts = (part.strip() for part in SEPARATORS.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))


def fits(rule: Rule, facts: Facts, events: Iterable[str] = ()) -> bool:
    """Whether the rule wants this ticket now."""
    if rule.events and not set(rule.events) & set(events):
        return False
    if not rule.conditions:
        return bool(rule.events)
    needed = [holds(each, facts) for each in rule.conditions if each.every]
    enough = [holds(each, facts) for each in rule.conditions if not each.every]
    return all(needed) and (any(enough) or not enough)


def holds(condition: Condition, facts: Facts) -> bool:
    """Whether one comparison is true."""
    shape = FIELDS[condition.field]
    if shape is Shape.CHOICE:
        there = bool(facts.choices.get(condition.field, frozenset()) & set(condition.values))
        return there is (condition.op is Op.IS)
    if shape is Shape.TEXT:
        return _has(condition, facts) is (condition.op is Op.HAS)
    number = facts.numbers.get(condition.field)
    if number is None:
        return False
    wanted = float(condition.values[0])
    return number >= wanted if condition.op is Op.AT_LEAST else number <= wanted


def _has(condition: Condition, facts: Facts) -> bool:
    if condition.field == "tag":
        return bool(facts.tags & set(condition.values))
    text = facts.texts.get(condition.field, "").casefold()
    return any(value.casefold() in text for value in condition.values)


def plan(rule: Rule, facts: Facts) -> tuple[Step, ...]:
    """What the rule would change, in order; each step sees what the ones before it did."""
    steps: list[Step] = []
    for action in rule.actions:
        step = _step(action, facts)
        if step is not None:
            steps.append(step)
            facts = after(facts, step)
    return tuple(steps)


def _step(action: Action, facts: Facts) -> Step | None:
    if action.deed in SETS:
        before = _one(facts, SETS[action.deed])
        return Step(action.deed, before, action.value) if before != action.value else None
    if action.deed in {Deed.ADD_TAGS, Deed.DROP_TAGS}:
        wanted = set(words(action.value))
        now = facts.tags | wanted if action.deed is Deed.ADD_TAGS else facts.tags - wanted
        joined = ("、".join(sorted(facts.tags)), "、".join(sorted(now)))
        return Step(action.deed, *joined) if now != facts.tags else None
    if action.deed is Deed.FOLLOW:
        there = action.value in facts.choices.get("followers", frozenset())
        return None if there else Step(action.deed, "", action.value)
    return Step(action.deed, "", action.text if action.deed in SAYS else action.value)


def _one(facts: Facts, name: str) -> str:
    return next(iter(facts.choices.get(name, frozenset())), NOBODY)


def after(facts: Facts, step: Step) -> Facts:
    """The facts once the step was taken."""
    if step.deed in SETS:
        name = SETS[step.deed]
        return replace(facts, choices={**facts.choices, name: frozenset({step.after})})
    if step.deed in {Deed.ADD_TAGS, Deed.DROP_TAGS}:
        return replace(facts, tags=frozenset(words(step.after)))
    if step.deed is Deed.FOLLOW:
        known = facts.choices.get("followers", frozenset())
        return replace(facts, choices={**facts.choices, "followers": known | {step.after}})
    return facts
