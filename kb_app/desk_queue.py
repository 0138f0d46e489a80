"""The desk's queue: standing views, kept views, filters, live counts."""

from __future__ import annotations

import time
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import trees
from kb_app.cards import PAGE_SIZE, Choice, page_count
from kb_app.errors import InvalidInput, NotAllowed, NotFound
from kb_app.notices import unread
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.setup.agents import agent_choices
from kb_app.setup.catalogue import node_choices
from kb_app.setup.limits import customer_choices
from kb_app.ticket_rows import (
    ALL,
    MINE,
    UNASSIGNED,
    Part,
    QueueChoices,
    QueueFilter,
    QueuePage,
    SavedTab,
    ticket_rows,
    views,
)
from kb_app.typed_text import clean_line, required
from kb_app.view_rules import COLUMNS, USUAL, ViewRules, conditions, rules_of
from models import (
    SavedView,
    Team,
    Ticket,
    TicketStatus,
    TicketTag,
    Viewer,
    reading,
    record,
    unit_of_work,
)
from ticket_bridge.lifecycle import RESTING

SAVED = "saved-"
COUNTED = 1_000
PAGED = 4_000
LARGE = 10_000
PILE_SECONDS = 60.0
ACTIVE = tuple(status for status in TicketStatus if status not in RESTING)
_piles: dict[tuple[str, TicketStatus], tuple[int, float]] = {}
MOST_TAGS = 60
MOST_VIEWS = 30


@dataclass(frozen=True)
class ViewInput:
    """A view to keep; only leads share theirs with everybody."""

    name: str
    rules: ViewRules
    columns: tuple[str, ...]
    shared: bool


def queue(ports: Ports, viewer: Viewer, wanted: QueueFilter) -> QueuePage:
    """The tickets of a view: those waiting for us first, the longest waiting at the top."""
    require(viewer, Permission.DESK)
    standing = views(viewer)
    with reading(ports.database) as session:
        counts = _counts(session, viewer)
        saved = _own_view(session, viewer, wanted.selected)
        selected = f"{SAVED}{saved.id}" if saved else wanted.selected
        if saved is None and selected not in standing:
            selected = ALL if not wanted.rules.is_empty else UNASSIGNED
        rules = [] if saved else [standing[selected]]
        if saved is not None:
            rules += conditions(session, viewer, rules_of(saved.rules), ports.clock())
        rules += conditions(session, viewer, wanted.rules, ports.clock())
        plain = saved is None and wanted.rules.is_empty
        total = counts[selected] if plain else _count(session, rules)
        pages = page_count(total)
        page = min(max(1, wanted.page), pages)
        return QueuePage(
            ticket_rows(session, rules, Part(PAGE_SIZE, page, longest_waiting=True)),
            counts,
            selected,
            page,
            pages,
            total,
            wanted.rules,
            tuple(saved.columns) if saved and saved.columns else USUAL,
            _saved_tabs(ports, session, viewer),
            _choices(session),
            unread(session, viewer),
            may(viewer, Permission.MANAGE_DESK),
        )


def _count(session: Session, rules: list[sa.ColumnElement[bool]]) -> int:
    """How many, up to as many as anybody would page through."""
    some = sa.select(Ticket.id).where(*rules).limit(PAGED).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def _counts(session: Session, viewer: Viewer) -> dict[str, int]:
    """A number for every standing view; large piles of ended tickets are counted now and then."""
    # Each of these is answered by a stretch of one index, without looking at a ticket.
    active = sa.select(Ticket.status, sa.func.count()).where(Ticket.status.in_(ACTIVE))
    by_status = {status.value: 0 for status in ACTIVE}
    for status, count in session.execute(active.group_by(Ticket.status)):
        by_status[status.value] = count
    by_status.update({status.value: _pile(session, status) for status in sorted(RESTING)})
    hidden = by_status[TicketStatus.QUARANTINED] + by_status[TicketStatus.DELETED]
    return {
        UNASSIGNED: _active(session, Ticket.assignee_id.is_(None)),
        MINE: _active(session, Ticket.assignee_id == viewer.user_id),
        **by_status,
        ALL: sum(by_status.values()) - hidden,
    }


def _active(session: Session, whose: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(Ticket)
    return session.scalar(query.where(Ticket.status.in_(ACTIVE), whose)) or 0


def _pile(session: Session, status: TicketStatus) -> int:
    """How many tickets rest in this state; a number beyond LARGE may be a minute old."""
    key = (str(session.get_bind().engine.url), status)
    known, at = _piles.get(key, (0, 0.0))
    if known < LARGE or time.monotonic() - at > PILE_SECONDS:
        query = sa.select(sa.func.count()).where(Ticket.status == status)
        known = session.scalar(query) or 0
        _piles[key] = (known, time.monotonic())
    return known


def counts(ports: Ports, viewer: Viewer) -> dict[str, int]:
    """The numbers alone, for a page that stays open."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        return {**_counts(session, viewer), "notices": unread(session, viewer)}


def _own_view(session: Session, viewer: Viewer, selected: str) -> SavedView | None:
    number = selected.removeprefix(SAVED)
    if not selected.startswith(SAVED) or not (number.isascii() and number.isdigit()):
        return None
    found = session.get(SavedView, int(number[:9]))
    if found is None or found.owner_id not in {None, viewer.user_id}:
        return None
    return found


def _saved_tabs(ports: Ports, session: Session, viewer: Viewer) -> tuple[SavedTab, ...]:
    found = session.scalars(
        sa.select(SavedView)
        .where(sa.or_(SavedView.owner_id.is_(None), SavedView.owner_id == viewer.user_id))
        .order_by(SavedView.owner_id.is_not(None), SavedView.position, SavedView.id)
        .limit(MOST_VIEWS)
    ).all()
    tabs = []
    for view in found:
        rules = conditions(session, viewer, rules_of(view.rules), ports.clock())
        some = sa.select(Ticket.id).where(*rules).limit(COUNTED + 1).subquery()
        count = session.scalar(sa.select(sa.func.count()).select_from(some)) or 0
        mine = view.owner_id is not None
        tabs.append(
            SavedTab(view.id, view.name, min(count, COUNTED), count > COUNTED, not mine, mine)
        )
    return tuple(tabs)


def _choices(session: Session) -> QueueChoices:
    teams = session.scalars(sa.select(Team).order_by(Team.position, Team.id))
    tags = session.scalars(
        sa.select(TicketTag.tag)
        .group_by(TicketTag.tag)
        .order_by(sa.func.count().desc(), TicketTag.tag)
        .limit(MOST_TAGS)
    )
    return QueueChoices(
        agent_choices(session),
        tuple(Choice(team.id, team.name) for team in teams),
        node_choices(session),
        trees.categories(session).short_choices(),
        customer_choices(session)[0],
        tuple(tags),
    )


def save_view(ports: Ports, viewer: Viewer, form: ViewInput) -> int:
    """Keep a view, for myself or (leads) for everybody."""
    require(viewer, Permission.DESK)
    name = required("view_name", clean_line(form.name), 40)
    if form.shared:
        require(viewer, Permission.MANAGE_DESK)
    if form.rules.is_empty:
        raise InvalidInput("view_name", "no_rules")
    with unit_of_work(ports.database) as session:
        view = SavedView(
            owner_id=None if form.shared else viewer.user_id,
            name=name,
            rules=form.rules.given,
            columns=[column for column in COLUMNS if column in form.columns] or list(USUAL),
        )
        session.add(view)
        session.flush()
        record(session, viewer, "view.saved", f"view:{view.id}", shared=form.shared)
        return view.id


def delete_view(ports: Ports, viewer: Viewer, view_id: int) -> None:
    """Keep it no more; a shared one only by leads."""
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        view = session.get(SavedView, view_id)
        if view is None or view.owner_id not in {None, viewer.user_id}:
            raise NotFound(view_id)
        if view.owner_id is None and not may(viewer, Permission.MANAGE_DESK):
            raise NotAllowed(view_id)
        session.delete(view)
        record(session, viewer, "view.deleted", f"view:{view_id}", name=view.name)
