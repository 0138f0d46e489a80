"""A rule as it is stored and as the judgement takes it; what is unknown in it is left out."""

from __future__ import annotations

from typing import Any

from ticket_bridge.triggers import FIELDS, OPS, Action, Condition, Deed, Op, Rule


def plain(rule: Rule) -> dict[str, Any]:
    """As plain values."""
    return {
        "events": list(rule.events),
        "conditions": [
            {
                "field": each.field,
                "op": each.op.value,
                "values": list(each.values),
                "every": each.every,
            }
            for each in rule.conditions
        ],
        "actions": [
            {"deed": each.deed.value, "value": each.value, "text": each.text}
            for each in rule.actions
        ],
    }


def rule_of(body: dict[str, Any]) -> Rule:
    """From plain values."""
    return Rule(
        tuple(body.get("events", ())),
        tuple(_condition(each) for each in body.get("conditions", ()) if _is_known(each)),
        tuple(
            Action(Deed(each["deed"]), str(each["value"]), str(each["text"]))
            for each in body.get("actions", ())
            if each["deed"] in set(Deed)
        ),
    )


def _is_known(each: dict[str, Any]) -> bool:
    return each["field"] in FIELDS and each["op"] in set(OPS[FIELDS[each["field"]]])


def _condition(each: dict[str, Any]) -> Condition:
    return Condition(
        each["field"],
        Op(each["op"]),
        tuple(str(value) for value in each["values"]),
        bool(each.get("every", True)),
    )
