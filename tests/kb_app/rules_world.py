"""A desk on which rules are at work, for tests."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from kb_app import tickets
from kb_app.ports import Ports
from kb_app.rules import building
from kb_app.rules.building import ActionInput, ConditionInput, RuleInput
from models import (
    Role,
    RuleKind,
    RunOutcome,
    TicketRuleRun,
    TicketTag,
    Viewer,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import People
from tests.factories import make_user
from tests.kb_app.webhooks_world import Time, inward, work

TRIGGER, AUTOMATION = RuleKind.TRIGGER, RuleKind.AUTOMATION


@dataclass(frozen=True)
class World:
    """The product, its people, a lead who writes rules, a ticket, the time."""

    ports: Ports
    people: People
    lead: Viewer
    number: str
    clock: Time

    def rule(self, form: RuleInput, *, active: bool = True) -> int:
        """A rule at work."""
        rule_id = building.save_rule(self.ports, self.lead, None, form)
        if active:
            building.switch(self.ports, self.lead, rule_id)
        return rule_id

    def says(self, text: str) -> None:
        """小艾 adds something, and rules hear of it."""
        tickets.customer_reply(self.ports, self.people.xiaoai, self.number, text, text[:20])
        work(self.ports)

    def outcomes(self) -> list[RunOutcome]:
        """How every run of a rule ended."""
        with reading(self.ports.database) as session:
            return list(session.scalars(sa.select(TicketRuleRun.outcome)))

    def tags(self) -> set[str]:
        """The ticket's."""
        with reading(self.ports.database) as session:
            return set(session.scalars(sa.select(TicketTag.tag)))


@pytest.fixture
def world(ports: Ports, people: People, number: str) -> World:
    """All of it."""
    clock = Time(utcnow())
    with unit_of_work(ports.database) as session:
        lead = make_user(session, "组长", Role.LEAD).as_viewer()
    return World(inward(ports, clock), people, lead, number, clock)


def words(field: str, text: str, op: str = "has") -> ConditionInput:
    """A comparison with words."""
    return ConditionInput(field, op, text=text)


def on(
    *events: str, when: tuple[ConditionInput, ...] = (), do: tuple[ActionInput, ...]
) -> RuleInput:
    """A trigger."""
    return RuleInput("发票", TRIGGER, events, when, do)
