"""From what a browser sent about new tickets, templates and schedules to the dataclasses."""

from __future__ import annotations

from kb_app.plans.opening import NewTicket
from kb_app.plans.schedules import ScheduleInput
from kb_app.plans.templates import TemplateInput
from kb_app.typed_text import clean
from ticket_bridge.rhythm import LAST_DAY, Every, Rhythm
from web.field_forms import PREFIX
from web.forms import Form, key, line, number, number_or_none, one_of, text

DAYS = 7


def new_ticket(form: Form) -> NewTicket:
    """A ticket that staff begin."""
    return NewTicket(
        subject=line(form, "subject"),
        body=text(form, "body"),
        channel=line(form, "channel") or "phone",
        name=line(form, "name"),
        email=line(form, "email"),
        phone=line(form, "phone"),
        node_id=number(form, "node_id"),
        urgency=number(form, "urgency") or 2,
        team_id=number(form, "team_id"),
        agent_id=number(form, "agent_id"),
        tags=line(form, "tags"),
        note=text(form, "note"),
        given={
            name.removeprefix(PREFIX): tuple(clean(value) for value in values)
            for name, values in form.lists()
            if name.startswith(PREFIX)
        },
        receipt="receipt" in form,
        submission_key=key(form, "submission_key"),
        template_id=number(form, "template_id"),
    )


def known(args: Form) -> NewTicket:
    """What an address already tells of a new ticket (a caller's number, a customer)."""
    return NewTicket(
        subject=line(args, "subject")[:60],
        channel=line(args, "channel")[:20] or "phone",
        name=line(args, "name")[:80],
        email=line(args, "email")[:254],
        phone=line(args, "phone")[:30],
    )


def template(form: Form) -> TemplateInput:
    """A template."""
    return TemplateInput(
        line(form, "template_name"), new_ticket(form), number(form, "version") or 0
    )


def schedule(form: Form) -> ScheduleInput:
    """A schedule."""
    weekdays = [day for day in range(DAYS) if str(day) in form.getlist("weekdays")]
    day = LAST_DAY if form.get("day") == "last" else number_or_none(form, "day") or 0
    rhythm = Rhythm(
        one_of(form, "every", Every),
        line(form, "at")[:5],
        tuple(weekdays),
        day,
        line(form, "cron")[:100],
    )
    template_id = number(form, "template_id")
    return ScheduleInput(line(form, "name"), template_id, rhythm, number(form, "version") or 0)
