"""What stands beside a ticket at the desk: promises, people, facts, links, the filled-in form."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from kb_app.bridging_cards import HandoverSide, handover_side
from kb_app.cards import Choice
from kb_app.passing import Passed, of_question
from kb_app.permissions import Permission, may
from kb_app.ports import Ports
from kb_app.promises import Promise, promise_of
from kb_app.setup.agents import agent_choices
from kb_app.setup.catalogue import node_choices
from models import (
    FormFile,
    FormVersion,
    LinkKind,
    QuestionForm,
    Team,
    Ticket,
    TicketClock,
    TicketCopy,
    TicketDraft,
    TicketLink,
    TicketPresence,
    TicketStatus,
    TicketTag,
    TicketWatch,
    Viewer,
)
from ticket_bridge.fields import Shown, shown_answers
from ticket_bridge.lifecycle import HIDDEN, KEEP_HIDDEN

PRESENT = timedelta(seconds=40)


@dataclass(frozen=True)
class Linked:
    """Another ticket that belongs to this one."""

    number: str
    subject: str
    status: TicketStatus
    kind: LinkKind


@dataclass(frozen=True)
class FileRow:
    """A file that came with the form."""

    file_id: int
    field: str
    filename: str
    size: int


@dataclass(frozen=True)
class Present:
    """A colleague who has the ticket open."""

    name: str
    typing: bool


@dataclass(frozen=True)
class DeskSide:
    """All of it; `restorable_until` is known while the ticket is out of sight."""

    promise: Promise | None
    priority: int
    urgency: int
    impact: int
    team_name: str
    team_id: int | None
    assignee_id: int | None
    node_name: str
    node_id: int | None
    channel: str
    tags: tuple[str, ...]
    copies: tuple[str, ...]
    follows: bool
    starred: bool
    followers: int
    links: tuple[Linked, ...]
    answers: tuple[Shown, ...]
    files: tuple[FileRow, ...]
    present: tuple[Present, ...]
    draft: str
    draft_kind: str
    merged_into: str
    restorable_until: datetime | None
    agents: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    nodes: tuple[Choice, ...]
    may_manage: bool
    facts_mark: str
    handover: HandoverSide = field(default_factory=HandoverSide)
    passed: Passed = field(default_factory=Passed)


def desk_side(ports: Ports, session: Session, viewer: Viewer, ticket: Ticket) -> DeskSide:
    """What stands beside this ticket for this agent."""
    watch = session.get(TicketWatch, (ticket.id, viewer.user_id))
    draft = session.get(TicketDraft, (ticket.id, viewer.user_id))
    target = session.get(Ticket, ticket.merged_into_id) if ticket.merged_into_id else None
    hidden = ticket.status in HIDDEN and ticket.hidden_at is not None
    teams = session.scalars(sa.select(Team).where(Team.is_active).order_by(Team.position))
    return DeskSide(
        promise=promise_of(session.get(TicketClock, ticket.id), ports.clock()),
        priority=ticket.priority,
        urgency=ticket.urgency,
        impact=ticket.impact,
        team_name=ticket.team.name if ticket.team else "",
        team_id=ticket.team_id,
        assignee_id=ticket.assignee_id,
        node_name=ticket.node.name if ticket.node else "",
        node_id=ticket.node_id,
        channel=ticket.channel,
        tags=_column(session, TicketTag.tag, TicketTag.ticket_id == ticket.id),
        copies=_column(session, TicketCopy.email, TicketCopy.ticket_id == ticket.id),
        follows=watch is not None and watch.follows,
        starred=watch is not None and watch.starred,
        followers=_followers(session, ticket),
        links=_links(session, ticket),
        answers=answers(session, ticket.question_id),
        files=files(session, ticket.question_id),
        present=present(ports, session, viewer, ticket.id),
        draft=draft.body if draft else "",
        draft_kind=draft.kind if draft else "",
        merged_into=target.number if target else "",
        restorable_until=ticket.hidden_at + KEEP_HIDDEN if hidden and ticket.hidden_at else None,
        agents=agent_choices(session),
        teams=tuple(Choice(team.id, team.name) for team in teams),
        nodes=node_choices(session),
        may_manage=may(viewer, Permission.MANAGE_DESK),
        facts_mark=facts_mark(session, ticket),
        handover=handover_side(session, ticket),
        passed=of_question(session, ticket.question_id),
    )


def facts_mark(session: Session, ticket: Ticket) -> str:
    """Differs when somebody has changed the facts that one form shows."""
    tags = _column(session, TicketTag.tag, TicketTag.ticket_id == ticket.id)
    copies = _column(session, TicketCopy.email, TicketCopy.ticket_id == ticket.id)
    facts = (ticket.urgency, ticket.impact, ticket.node_id, tags, copies)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _column(
    session: Session, column: InstrumentedAttribute[str], rule: sa.ColumnElement[bool]
) -> tuple[str, ...]:
    return tuple(session.scalars(sa.select(column).where(rule).order_by(column)))


def _followers(session: Session, ticket: Ticket) -> int:
    rule = sa.and_(TicketWatch.ticket_id == ticket.id, TicketWatch.follows)
    return session.scalar(sa.select(sa.func.count()).select_from(TicketWatch).where(rule)) or 0


def _links(session: Session, ticket: Ticket) -> tuple[Linked, ...]:
    other = sa.case((TicketLink.from_id == ticket.id, TicketLink.to_id), else_=TicketLink.from_id)
    rows = session.execute(
        sa.select(Ticket.number, Ticket.subject, Ticket.status, TicketLink.kind)
        .select_from(TicketLink)
        .join(Ticket, Ticket.id == other)
        .where(sa.or_(TicketLink.from_id == ticket.id, TicketLink.to_id == ticket.id))
        .order_by(Ticket.id)
    )
    merged = session.execute(
        sa.select(Ticket.number, Ticket.subject, Ticket.status)
        .where(Ticket.merged_into_id == ticket.id)
        .order_by(Ticket.id)
    )
    return (
        *(Linked(*row) for row in rows),
        *(Linked(*row, LinkKind.DUPLICATE) for row in merged),
    )


def answers(session: Session, question_id: int | None) -> tuple[Shown, ...]:
    """The form as it was filled in, by the version it was filled in with."""
    found = session.get(QuestionForm, question_id) if question_id else None
    if found is None or found.version_id is None:
        return ()
    version = session.get_one(FormVersion, found.version_id)
    return shown_answers(version.fields, found.answers)


def files(session: Session, question_id: int | None) -> tuple[FileRow, ...]:
    """The files that came with the form."""
    if question_id is None:
        return ()
    rows = session.scalars(sa.select(FormFile).where(FormFile.question_id == question_id))
    return tuple(FileRow(row.id, row.field, row.filename, row.size) for row in rows)


def present(ports: Ports, session: Session, viewer: Viewer, ticket_id: int) -> tuple[Present, ...]:
    """Colleagues who have looked at it within the last moments."""
    rows: Sequence[TicketPresence] = session.scalars(
        sa.select(TicketPresence)
        .where(
            TicketPresence.ticket_id == ticket_id,
            TicketPresence.user_id != (viewer.user_id or 0),
            TicketPresence.seen_at > ports.clock() - PRESENT,
        )
        .order_by(TicketPresence.name)
    ).all()
    return tuple(Present(row.name, row.typing) for row in rows)
