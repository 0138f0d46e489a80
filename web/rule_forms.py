"""From what a browser sent about rules and webhooks to the dataclasses of kb_app."""

from __future__ import annotations

from kb_app.rules.building import MOST_ROWS, ActionInput, ConditionInput, RuleInput
from kb_app.webhooks.setup import HookInput
from models import RuleKind
from web.forms import Form, line, number, one_of, text

LONGEST_TEXT = 10_001


def hook_input(form: Form) -> HookInput:
    """A webhook."""
    return HookInput(
        line(form, "name"),
        line(form, "url"),
        tuple(form.getlist("events")),
        number(form, "version") or 0,
    )


def rule_input(form: Form) -> RuleInput:
    """A rule; rows without a field or a deed are empty rows."""
    return RuleInput(
        name=line(form, "name"),
        kind=one_of(form, "kind", RuleKind),
        events=tuple(form.getlist("events")),
        conditions=tuple(
            ConditionInput(
                form[f"c{row}_field"],
                form.get(f"c{row}_op", ""),
                _chosen(form, f"c{row}_choice"),
                text(form, f"c{row}_text")[:LONGEST_TEXT],
                form.get(f"c{row}_every", "all") != "any",
            )
            for row in range(MOST_ROWS)
            if form.get(f"c{row}_field")
        ),
        actions=tuple(
            ActionInput(
                form[f"a{row}_deed"],
                _chosen(form, f"a{row}_choice"),
                text(form, f"a{row}_text")[:LONGEST_TEXT],
            )
            for row in range(MOST_ROWS)
            if form.get(f"a{row}_deed")
        ),
        version=number(form, "version") or 0,
    )


def _chosen(form: Form, name: str) -> str:
    """What stands behind the colon: "team:3" is 3; the part before it is for the page."""
    return form.get(name, "").rpartition(":")[2][:40]
