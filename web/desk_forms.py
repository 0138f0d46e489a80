"""From what a browser sent about tickets to the dataclasses of kb_app."""

from __future__ import annotations

from kb_app.bulk_deeds import BulkInput, Deed
from kb_app.desk_queue import ViewInput
from kb_app.errors import InvalidInput
from kb_app.quick_replies import ReplyInput
from kb_app.ticket_facts import FactsInput
from kb_app.ticket_joining import SplitInput
from kb_app.ticket_rows import QueueFilter
from kb_app.view_rules import NAMES, ViewRules
from web.forms import Form, line, number, page_number, text
from web.setup_forms import numbers


def queue_filter(args: Form) -> QueueFilter:
    """Which list of tickets."""
    return QueueFilter(line(args, "view"), page_number(args), view_rules(args))


def view_rules(form: Form) -> ViewRules:
    """What a view asks for; the search text comes as `q`."""
    found = {name: line(form, name)[:60] for name in NAMES if name != "text"}
    return ViewRules(text=line(form, "q")[:60], **found)


def view_input(form: Form) -> ViewInput:
    """A view to keep."""
    return ViewInput(
        line(form, "view_name"), view_rules(form), tuple(form.getlist("columns")), "shared" in form
    )


def bulk_input(form: Form) -> BulkInput:
    """A change of many tickets; the button says "deed:value" or the field beside it has it."""
    chosen, _colon, value = line(form, "do").partition(":")
    try:
        deed = Deed(chosen)
    except ValueError as error:
        raise InvalidInput("value", "empty") from error
    given = value or line(form, f"{deed.value}_value")
    return BulkInput(tuple(dict.fromkeys(form.getlist("numbers")))[:500], deed, given)


def facts_input(form: Form) -> FactsInput:
    """The facts of a ticket."""
    return FactsInput(
        number(form, "urgency"),
        number(form, "impact"),
        number(form, "node_id"),
        line(form, "tags"),
        text(form, "copies"),
        line(form, "seen"),
    )


def split_input(form: Form) -> SplitInput:
    """Which messages become a ticket of their own."""
    return SplitInput(numbers(form, "messages"), line(form, "subject"))


def reply_input(form: Form) -> ReplyInput:
    """A quick reply."""
    return ReplyInput(
        line(form, "title"), line(form, "shortcut"), text(form, "body"), "shared" in form
    )
