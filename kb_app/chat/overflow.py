"""Who waited too long is handed on to another team, when the site has named one."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from kb_app.cards import Choice
from kb_app.chat.rules import ChatRules
from kb_app.chat.talk import add_event
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import Chat, ChatState, Team, Viewer, reading, unit_of_work


def team_choices(ports: Ports, viewer: Viewer) -> tuple[Choice, ...]:
    """The teams that could take over."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        teams = session.scalars(sa.select(Team).where(Team.is_active).order_by(Team.position))
        return tuple(Choice(team.id, team.name) for team in teams)


def spill(ports: Ports, own: ChatRules) -> int:
    """Hand on what waits longer than the site allows; returns how many. Each goes once."""
    if not own.overflow_team_id or not own.overflow_minutes:
        return 0
    before = ports.clock() - timedelta(minutes=own.overflow_minutes)
    late = sa.select(Chat.id).where(
        Chat.state == ChatState.WAITING,
        Chat.waiting_since < before,
        Chat.team_id.is_distinct_from(own.overflow_team_id),
    )
    with reading(ports.database) as session:
        team = session.get(Team, own.overflow_team_id)
        ids = session.scalars(late).all() if team is not None and team.is_active else ()
    moved = [chat_id for chat_id in ids if _hand_on(ports, chat_id, own.overflow_team_id)]
    if moved:
        ports.pulse.beat(moved, desk=True)
    return len(moved)


def _hand_on(ports: Ports, chat_id: int, team_id: int) -> bool:
    with unit_of_work(ports.database) as session:
        chat = session.get(Chat, chat_id, with_for_update=True)
        if chat is None or chat.state is not ChatState.WAITING or chat.team_id == team_id:
            return False
        team = session.get_one(Team, team_id)
        add_event(ports, session, chat, "overflow", staff=True, team=team.name)
        chat.team_id = team_id
        return True
