"""Forms for new tickets, filled in once: kept, changed, and offered when a ticket begins."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import sqlalchemy as sa

from kb_app.asking_forms import NodeForm, node_form
from kb_app.cards import Choice
from kb_app.errors import EditConflict, InvalidInput
from kb_app.permissions import Permission, may, require
from kb_app.plans.opening import LONGEST_BODY, NewTicket
from kb_app.ports import Ports
from kb_app.rows import row_of
from kb_app.setup.agents import agent_choices, split_words
from kb_app.setup.catalogue import node_choices
from kb_app.setup.teams import CHANNELS
from kb_app.typed_text import clean_line, optional, required
from models import Team, TicketSchedule, TicketTemplate, Viewer, reading, record, unit_of_work

KEPT = tuple(
    each.name
    for each in fields(NewTicket)
    if each.name not in {"submission_key", "template_id", "given"}
)


@dataclass(frozen=True)
class TemplateRow:
    """A template in the list."""

    template_id: int
    name: str
    ticket: NewTicket
    uses: int
    version: int


@dataclass(frozen=True)
class NewTicketPage:
    """The form of a new ticket or of a template; `row` is the template that fills it in."""

    templates: tuple[TemplateRow, ...]
    row: TemplateRow | None
    ticket: NewTicket
    form: NodeForm
    nodes: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    agents: tuple[Choice, ...]
    channels: tuple[str, ...]
    may_manage: bool
    submission_key: str


@dataclass(frozen=True)
class TemplateInput:
    """A template as the form sent it."""

    name: str
    ticket: NewTicket
    version: int = 0


def plain(ticket: NewTicket) -> dict[str, Any]:
    """As it is stored."""
    kept = {name: value for name, value in asdict(ticket).items() if name in KEPT}
    return {**kept, "given": {key: list(values) for key, values in ticket.given.items()}}


def ticket_of(body: Mapping[str, Any]) -> NewTicket:
    """As it was stored; what is unknown is left out."""
    given = {key: tuple(values) for key, values in body.get("given", {}).items()}
    return NewTicket(**{name: body[name] for name in KEPT if name in body}, given=given)


def new_ticket_page(
    ports: Ports, viewer: Viewer, template_id: int | None, typed: NewTicket, node_id: int | None
) -> NewTicketPage:
    """An empty form, one filled in by a template, or one with what a call already told."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        rows = tuple(
            _row(each)
            for each in session.scalars(
                sa.select(TicketTemplate).order_by(TicketTemplate.uses.desc(), TicketTemplate.name)
            )
        )
        row = next((each for each in rows if each.template_id == template_id), None)
        base = row.ticket if row else NewTicket()
        said = {name: value for name, value in asdict(typed).items() if value}
        said.pop("given", None)
        said.pop("urgency", None)
        if not typed.email and not typed.phone and row is not None:
            said.pop("channel", None)
        ticket = replace(base, **said)
        teams = session.scalars(sa.select(Team).where(Team.is_active).order_by(Team.position))
        return NewTicketPage(
            rows,
            row,
            ticket,
            node_form(session, node_id or ticket.node_id),
            node_choices(session),
            tuple(Choice(team.id, team.name) for team in teams),
            agent_choices(session),
            CHANNELS,
            may(viewer, Permission.MANAGE_DESK),
            secrets.token_urlsafe(18),
        )


def save_template(
    ports: Ports, viewer: Viewer, template_id: int | None, form: TemplateInput
) -> int:
    """Make or change one; whose ticket it will be may stay open."""
    require(viewer, Permission.MANAGE_DESK)
    name = required("template_name", clean_line(form.name), 60)
    ticket = form.ticket
    split_words("tags", ticket.tags)
    optional("body", ticket.body, LONGEST_BODY)
    if ticket.channel not in CHANNELS:
        raise InvalidInput("channel", "unknown")
    with unit_of_work(ports.database) as session:
        same = TicketTemplate.name == name, TicketTemplate.id != (template_id or 0)
        if session.scalar(sa.select(TicketTemplate.id).where(*same)) is not None:
            raise InvalidInput("template_name", "taken")
        row = row_of(session, TicketTemplate, template_id) if template_id else TicketTemplate()
        if template_id and row.version != form.version:
            raise EditConflict(template_id)
        row.name, row.body, row.updated_at = name, plain(ticket), ports.clock()
        session.add(row)
        session.flush()
        record(session, viewer, "ticket_template.saved", f"ticket_template:{row.id}")
        return row.id


def delete_template(ports: Ports, viewer: Viewer, template_id: int) -> None:
    """Take it out; not while the calendar needs it."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        row = row_of(session, TicketTemplate, template_id)
        needed = sa.select(TicketSchedule.id).where(TicketSchedule.template_id == template_id)
        if session.scalar(needed.limit(1)) is not None:
            raise InvalidInput("template_name", "in_use")
        session.delete(row)
        record(session, viewer, "ticket_template.deleted", f"ticket_template:{template_id}")


def _row(row: TicketTemplate) -> TemplateRow:
    return TemplateRow(row.id, row.name, ticket_of(row.body), row.uses, row.version)
