"""Rules as they are written: checked, versioned, for leads alone (T6)."""

from __future__ import annotations

import pytest

from kb_app.errors import EditConflict, InvalidInput, NotAllowed
from kb_app.rules import building, pages, trying
from kb_app.rules.building import ActionInput, RuleInput
from tests.kb_app.rules_world import AUTOMATION, TRIGGER, World, on, words, world

__all__ = ["world"]


def test_every_version_can_come_back(world: World) -> None:
    """T6: a rule keeps what it was; a stale form is refused; restoring is a new version."""
    rule_id = world.rule(on("created", do=(ActionInput("add_tags", text="一"),)))
    version = pages.rule(world.ports, world.lead, rule_id).row
    assert version is not None
    second = on("created", do=(ActionInput("add_tags", text="二"),))
    changed = RuleInput("改过", TRIGGER, second.events, (), second.actions, version.version)
    building.save_rule(world.ports, world.lead, rule_id, changed)
    with pytest.raises(EditConflict):
        building.save_rule(world.ports, world.lead, rule_id, changed)
    building.restore(world.ports, world.lead, rule_id, 1)
    page = pages.rule(world.ports, world.lead, rule_id)
    assert page.row is not None
    assert (page.row.name, page.row.rule.actions[0].value) == ("发票", "一")
    assert [each.number for each in page.versions] == [3, 2, 1]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (RuleInput("a", TRIGGER, (), (), (ActionInput("note", text="x"),)), "empty"),
        (RuleInput("a", AUTOMATION, (), (), (ActionInput("note", text="x"),)), "automation"),
        (RuleInput("a", TRIGGER, ("created",), (), ()), "empty"),
        (on("created", do=(ActionInput("status", "deleted"),)), "value"),
        (on("created", do=(ActionInput("team", "99"),)), "value"),
        (on("created", do=(ActionInput("reply", text=" "),)), "text"),
        (on("created", do=(ActionInput("fly", "x"),)), "unknown"),
        (on("created", when=(words("nose", "x"),), do=(ActionInput("note", text="x"),)), "unknown"),
        (
            on("created", when=(words("subject", "，"),), do=(ActionInput("note", text="x"),)),
            "words",
        ),
        (
            on(
                "created",
                when=(words("rating", "nan", "at_most"),),
                do=(ActionInput("note", text="x"),),
            ),
            "number",
        ),
        (
            on("created", when=(words("rating", "3", "has"),), do=(ActionInput("note", text="x"),)),
            "op",
        ),
        (
            RuleInput(
                "a", AUTOMATION, (), (words("message", "x"),), (ActionInput("note", text="x"),)
            ),
            "of_change",
        ),
    ],
)
def test_it_checks_what_is_typed(world: World, form: RuleInput, code: str) -> None:
    """T6: what cannot be is told at once, with its reason."""
    with pytest.raises(InvalidInput) as caught:
        building.save_rule(world.ports, world.lead, None, form)
    assert caught.value.code == code


def test_only_leads_write_rules(world: World) -> None:
    """T6: an agent cannot."""
    with pytest.raises(NotAllowed):
        building.save_rule(world.ports, world.people.abo, None, on("created", do=()))
    with pytest.raises(NotAllowed):
        trying.try_rule(world.ports, world.people.abo, on("created", do=()))
