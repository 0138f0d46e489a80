"""Working on tickets: handing over, facts, joining, drafts, bulk changes, notices, reports."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from kb_app import (
    bulk_deeds,
    desk_presence,
    desk_queue,
    held_replies,
    notices,
    quick_replies,
    sla_report,
    ticket_facts,
    ticket_joining,
)
from kb_app.permissions import Permission
from models import LinkKind, MessageKind, TicketStatus
from web import desk_forms, forms
from web.auth import guard, viewer
from web.context import ports
from web.csv_files import csv_file
from web.desk_messages import SLA_HEADER
from web.routes.desk import queue, ticket
from web.showing import again, notice, see, show

blueprint = Blueprint("work", __name__, url_prefix="/desk")
HIDES = {TicketStatus.QUARANTINED: "quarantined", TicketStatus.DELETED: "binned"}


def _queue_again(deed_id: int) -> str:
    """The list on which a change was made."""
    _ = deed_id
    return queue()


def _ticket_again(number: str, message_id: int) -> str:
    """The ticket on which a message lies."""
    _ = message_id
    return ticket(number)


@blueprint.get("/counts")
@guard(Permission.DESK)
def counts() -> Response:
    """The numbers of the views, for a page that stays open."""
    return jsonify(desk_queue.counts(ports(), viewer()))


@blueprint.post("/bulk")
@guard(Permission.DESK)
@again(queue)
def bulk() -> ResponseReturnValue:
    """One change for all the tickets chosen."""
    result = bulk_deeds.do(ports(), viewer(), desk_forms.bulk_input(request.form))
    name = "bulk_partly" if result.left else "bulk_done"
    notice(name, count=result.changed, left=result.left)
    return see("desk.queue", view=forms.line(request.form, "view"), undo=result.deed_id)


@blueprint.post("/bulk/<id:deed_id>/undo")
@guard(Permission.DESK)
@again(_queue_again)
def undo_bulk(deed_id: int) -> ResponseReturnValue:
    """Take it back."""
    notice("bulk_undone", count=bulk_deeds.undo(ports(), viewer(), deed_id))
    return see("desk.queue")


@blueprint.post("/views")
@guard(Permission.DESK)
@again(queue)
def save_view() -> ResponseReturnValue:
    """Keep the filters as a view."""
    view_id = desk_queue.save_view(ports(), viewer(), desk_forms.view_input(request.form))
    notice("view_saved")
    return see("desk.queue", view=f"{desk_queue.SAVED}{view_id}")


@blueprint.post("/views/<id:view_id>/delete")
@guard(Permission.DESK)
def delete_view(view_id: int) -> ResponseReturnValue:
    """Keep it no more."""
    desk_queue.delete_view(ports(), viewer(), view_id)
    notice("removed")
    return see("desk.queue")


@blueprint.get("/notices")
@guard(Permission.DESK)
def my_notices() -> str:
    """What I should know."""
    return show("desk/notices.html", notices.notices(ports(), viewer()))


@blueprint.post("/notices/read")
@guard(Permission.DESK)
def read_notices() -> ResponseReturnValue:
    """I have seen them."""
    notices.read_all(ports(), viewer())
    notice("notices_read")
    return see("work.my_notices")


@blueprint.get("/reports/sla")
@guard(Permission.DESK)
def sla() -> str:
    """How many promises were kept."""
    return show("desk/sla.html", _report())


@blueprint.get("/reports/sla.csv")
@guard(Permission.DESK)
def sla_table() -> Response:
    """The same as a table."""
    report = _report()
    rows = (
        (
            row.name,
            row.total,
            row.response_decided,
            row.response_kept,
            row.response_share,
            row.resolution_decided,
            row.resolution_kept,
            row.resolution_share,
        )
        for row in report.rows
    )
    return csv_file(f"sla-{report.by}-{report.days}d", SLA_HEADER, rows)


def _report() -> sla_report.SlaReport:
    days = forms.number_or_none(request.args, "days")
    return sla_report.sla_report(ports(), viewer(), days, forms.line(request.args, "by"))


@blueprint.post("/tickets/<number>/give")
@guard(Permission.DESK)
@again(ticket)
def give(number: str) -> ResponseReturnValue:
    """To another agent or team."""
    agent_id, team_id = (forms.number(request.form, name) for name in ("agent_id", "team_id"))
    name = ticket_facts.hand_over(ports(), viewer(), number, agent_id, team_id)
    notice("assigned", who=name)
    return see("desk.ticket", number=number)


@blueprint.post("/tickets/<number>/facts")
@guard(Permission.DESK)
@again(ticket)
def facts(number: str) -> ResponseReturnValue:
    """Priority, subject, tags, copies."""
    ticket_facts.set_facts(ports(), viewer(), number, desk_forms.facts_input(request.form))
    notice("ticket_changed")
    return see("desk.ticket", number=number)


@blueprint.post("/tickets/<number>/hide")
@guard(Permission.DESK)
@again(ticket)
def hide(number: str) -> ResponseReturnValue:
    """Into quarantine or the bin."""
    status = forms.one_of(request.form, "status", TicketStatus)
    ticket_facts.hide(ports(), viewer(), number, status)
    notice(HIDES.get(status, "ticket_changed"))
    return see("desk.ticket", number=number)


@blueprint.post("/tickets/<number>/restore")
@guard(Permission.DESK)
@again(ticket)
def restore(number: str) -> ResponseReturnValue:
    """Back to where it was."""
    ticket_facts.unhide(ports(), viewer(), number)
    notice("brought_back")
    return see("desk.ticket", number=number)


@blueprint.post("/tickets/<number>/merge")
@guard(Permission.DESK)
@again(ticket)
def merge(number: str) -> ResponseReturnValue:
    """Into another ticket of the same customer."""
    into = ticket_joining.merge(ports(), viewer(), number, forms.line(request.form, "into"))
    notice("merged", number=into)
    return see("desk.ticket", number=into)


@blueprint.post("/tickets/<number>/link")
@guard(Permission.DESK)
@again(ticket)
def link(number: str) -> ResponseReturnValue:
    """Say that two belong together."""
    kind = forms.one_of(request.form, "kind", LinkKind)
    ticket_joining.link(ports(), viewer(), number, forms.line(request.form, "into"), kind)
    notice("linked")
    return see("desk.ticket", number=number)


@blueprint.post("/tickets/<number>/split")
@guard(Permission.DESK)
@again(ticket)
def split(number: str) -> ResponseReturnValue:
    """Some messages become a ticket of their own."""
    made = ticket_joining.split(ports(), viewer(), number, desk_forms.split_input(request.form))
    notice("split", number=made)
    return see("desk.ticket", number=made)


@blueprint.post("/tickets/<number>/watch")
@guard(Permission.DESK)
@again(ticket)
def watch(number: str) -> ResponseReturnValue:
    """Follow or star, or stop."""
    ticket_facts.watch(ports(), viewer(), number, forms.line(request.form, "what"))
    return see("desk.ticket", number=number)


@blueprint.post("/tickets/<number>/beat")
@guard(Permission.DESK)
def beat(number: str) -> Response:
    """I am here; who else is?"""
    found = desk_presence.beat(ports(), viewer(), number, request.form.get("typing") == "1")
    return jsonify(
        present=[{"name": each.name, "typing": each.typing} for each in found.present],
        messages=found.messages,
        status=found.status,
    )


@blueprint.post("/tickets/<number>/draft")
@guard(Permission.DESK)
def draft(number: str) -> ResponseReturnValue:
    """Keep what I have typed."""
    kind = forms.one_of(request.form, "kind", MessageKind)
    desk_presence.save_draft(ports(), viewer(), number, kind, forms.text(request.form, "body"))
    return "", 204


@blueprint.get("/tickets/<number>/replies")
@guard(Permission.DESK)
def replies(number: str) -> Response:
    """Quick replies that fit what was typed, filled in."""
    found = quick_replies.offered(ports(), viewer(), number, forms.query(request.args))
    return jsonify([{"title": o.title, "shortcut": o.shortcut, "text": o.text} for o in found])


@blueprint.post("/tickets/<number>/messages/<id:message_id>/undo")
@guard(Permission.DESK)
@again(_ticket_again)
def take_back(number: str, message_id: int) -> ResponseReturnValue:
    """Take my reply back; its text returns to the editor."""
    held_replies.take_back(ports(), viewer(), number, message_id)
    notice("taken_back")
    return see("desk.ticket", number=number)
