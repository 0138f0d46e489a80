"""The judgement of rules: what fits, what would change, and that nothing runs for ever (T6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticket_bridge.triggers import (
    FIELDS,
    OPS,
    SAYS,
    Action,
    Condition,
    Deed,
    Facts,
    Op,
    Rule,
    Shape,
    after,
    fits,
    holds,
    plan,
    words,
)

VALUES = st.sampled_from(["new", "open", "solved", "1", "2", "3", "none"])
TAGS = st.frozensets(st.sampled_from(["退款", "加急", "海外"]))
FACTS = st.builds(
    Facts,
    choices=st.dictionaries(
        st.sampled_from([name for name, shape in FIELDS.items() if shape is Shape.CHOICE]),
        VALUES.map(lambda value: frozenset({value})),
    ),
    texts=st.dictionaries(
        st.sampled_from(["subject", "text", "email"]), st.sampled_from(["", "退款 a"])
    ),
    numbers=st.dictionaries(
        st.sampled_from(["rating", "since_created"]), st.floats(0, 100, allow_nan=False)
    ),
    tags=TAGS,
)
STATE_DEEDS = [deed for deed in Deed if deed not in SAYS | {Deed.WEBHOOK}]
SILENT = [
    deed for deed in STATE_DEEDS if deed not in {Deed.NOTIFY_AGENT, Deed.NOTIFY_TEAM, Deed.STATUS}
]


def _condition(name: str) -> st.SearchStrategy[Condition]:
    shape = FIELDS[name]
    value = st.integers(0, 100).map(str) if shape is Shape.NUMBER else VALUES
    one = st.lists(value, min_size=1, max_size=2).map(tuple)
    return st.builds(Condition, st.just(name), st.sampled_from(OPS[shape]), one, st.booleans())


CONDITIONS = st.sampled_from(sorted(FIELDS)).flatmap(_condition)


def _action(deed: Deed) -> st.SearchStrategy[Action]:
    value = st.sampled_from(["退款", "加急、海外"]) if "tags" in deed else VALUES
    return st.builds(Action, st.just(deed), value, st.just("您好"))


def _rules(deeds: Sequence[Deed]) -> st.SearchStrategy[Rule]:
    actions = st.lists(st.sampled_from(deeds).flatmap(_action), max_size=4).map(tuple)
    return st.builds(
        Rule,
        events=st.lists(st.sampled_from(["created", "status"]), max_size=2).map(tuple),
        conditions=st.lists(CONDITIONS, max_size=4).map(tuple),
        actions=actions,
    )


@settings(max_examples=40)
@given(_rules(list(Deed)), FACTS)
def test_it_never_fails_and_never_plans_more_steps_than_actions(rule: Rule, facts: Facts) -> None:
    """T6: any rule over any ticket gives an answer."""
    assert isinstance(fits(rule, facts, ("created",)), bool)
    assert len(plan(rule, facts)) <= len(rule.actions)


@settings(max_examples=40)
@given(_rules(SILENT), FACTS)
def test_carried_out_twice_is_carried_out_once_unless_it_contradicts_itself(
    rule: Rule, facts: Facts
) -> None:
    """T6: every step names what is different; a rule of one action a kind is idempotent."""
    one_a_kind = {action.deed: action for action in rule.actions}
    if {Deed.ADD_TAGS, Deed.DROP_TAGS} <= set(one_a_kind):
        del one_a_kind[Deed.DROP_TAGS]
    rule = Rule(rule.events, rule.conditions, tuple(one_a_kind.values()))
    for step in plan(rule, facts):
        assert step.before != step.after
        facts = after(facts, step)
    left = [step for step in plan(rule, facts) if step.deed not in {Deed.NOTIFY_AGENT}]
    assert [step for step in left if step.deed is not Deed.NOTIFY_TEAM] == []


@settings(max_examples=40)
@given(st.lists(_rules(STATE_DEEDS), max_size=6), FACTS)
def test_a_chain_of_rules_ends(rules: list[Rule], facts: Facts) -> None:
    """T6: each rule at most once for one cause, so any set of rules comes to rest."""
    ran: set[int] = set()
    steps = 0
    again = True
    while again:
        again = False
        for place, rule in enumerate(rules):
            if place in ran or not fits(rule, facts, ("created", "status")):
                continue
            ran.add(place)
            again = True
            for step in plan(rule, facts):
                facts = after(facts, step)
                steps += 1
    assert steps <= sum(len(rule.actions) for rule in rules)


@settings(max_examples=40)
@given(FACTS, CONDITIONS)
def test_a_negative_is_the_opposite_of_its_positive(facts: Facts, condition: Condition) -> None:
    """T6: is / is not, has / has not never both hold and never both fail."""
    other = {Op.IS: Op.IS_NOT, Op.HAS: Op.HAS_NOT, Op.IS_NOT: Op.IS, Op.HAS_NOT: Op.HAS}
    if condition.op in other:
        turned = Condition(condition.field, other[condition.op], condition.values)
        assert holds(condition, facts) is not holds(turned, facts)


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        (Condition("status", Op.IS, ("new", "open")), True),
        (Condition("status", Op.IS_NOT, ("new",)), False),
        (Condition("subject", Op.HAS, ("发票", "REFUND")), True),
        (Condition("subject", Op.HAS_NOT, ("退货",)), True),
        (Condition("tag", Op.HAS, ("海",)), False),
        (Condition("tag", Op.HAS, ("海外",)), True),
        (Condition("since_created", Op.AT_LEAST, ("24",)), True),
        (Condition("since_created", Op.AT_MOST, ("24",)), False),
        (Condition("rating", Op.AT_MOST, ("2",)), False),
        (Condition("agent", Op.IS, ("none",)), False),
    ],
)
def test_it_compares(condition: Condition, wanted: bool) -> None:
    """T6: one of several values is enough; what is unknown fits no number."""
    facts = Facts(
        {"status": frozenset({"new"}), "agent": frozenset({"7"})},
        {"subject": "Refund 一直没到"},
        {"since_created": 25.0},
        frozenset({"海外"}),
    )
    assert holds(condition, facts) is wanted


def test_it_wants_its_event_and_all_or_any_of_its_conditions() -> None:
    """T6: all/any over conditions, and only on the events it names."""
    facts = Facts({"status": frozenset({"new"}), "channel": frozenset({"mail"})})
    new, web = Condition("status", Op.IS, ("new",)), Condition("channel", Op.IS, ("web",))
    either = (replace(new, every=False), replace(web, every=False))
    assert not fits(Rule(("created",), (new, web), ()), facts, ["created"])
    assert fits(Rule(("created",), either, ()), facts, ["created"])
    assert not fits(Rule(("created",), either, ()), facts, ["status"])
    assert not fits(Rule(("created",), (web, *either), ()), facts, ["created"])
    assert not fits(Rule(("created",), (new, either[1]), ()), facts, ["created"])
    assert fits(Rule(("created",), (), ()), facts, ["created"])
    assert not fits(Rule((), (), ()), facts)


def test_it_plans_what_would_change_and_nothing_else() -> None:
    """T6: a value that is there already is no change."""
    facts = Facts({"status": frozenset({"new"}), "team": frozenset({"3"})}, tags=frozenset({"a"}))
    actions = (
        Action(Deed.STATUS, "open"),
        Action(Deed.STATUS, "open"),
        Action(Deed.TEAM, "3"),
        Action(Deed.ADD_TAGS, "a，b"),
        Action(Deed.DROP_TAGS, "z"),
        Action(Deed.REPLY, text="您好"),
    )
    steps = plan(Rule(("created",), (), actions), facts)
    assert [(step.deed, step.before, step.after) for step in steps] == [
        (Deed.STATUS, "new", "open"),
        (Deed.ADD_TAGS, "a", "a、b"),
        (Deed.REPLY, "", "您好"),
    ]


def test_it_takes_lists_as_people_type_them() -> None:
    """T6: Chinese and Western commas, lines, double entries."""
    assert words("退款，退货、 a;b\n退款") == ("退款", "退货", "a", "b")
