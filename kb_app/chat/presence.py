"""Which agents are there for chats, how many they take, and who is free now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.assigning import agents_of
from kb_app.chat.rules import rules
from kb_app.errors import InvalidInput
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.setup.agents import desk_people
from models import (
    AgentState,
    Chat,
    ChatAgent,
    ChatState,
    Team,
    Viewer,
    insert_if_absent,
    record,
    unit_of_work,
)
from ticket_bridge.routing import Agent

# A page that is open says so every 25 seconds.
THERE_FOR = timedelta(seconds=80)
MOST = 50


@dataclass(frozen=True)
class OnDuty:
    """An agent as the chat sees them."""

    user_id: int
    name: str
    state: AgentState
    chats: int
    most: int
    changed_at: datetime | None = None

    @property
    def takes(self) -> bool:
        """Whether new chats may be given to them at all."""
        return self.state is AgentState.ONLINE and self.most > 0


def set_state(ports: Ports, viewer: Viewer, state: AgentState, most: int | None) -> None:
    """I am there, busy, or gone; `most` chats at once, None for the site's number, 0 for none."""
    require(viewer, Permission.DESK)
    if most is not None and not 0 <= most <= MOST:
        raise InvalidInput("most_chats", "range")
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        row = _row(session, viewer)
        if row.state is not state:
            row.changed_at = now
            record(session, viewer, "chat.presence", f"user:{viewer.user_id}", state=state.value)
        row.state, row.most_chats, row.seen_at = state, most, now
    ports.pulse.beat(desk=True)


def _row(session: Session, viewer: Viewer) -> ChatAgent:
    insert_if_absent(session, ChatAgent, user_id=viewer.user_id, state=AgentState.OFFLINE)
    return session.get_one(ChatAgent, viewer.user_id)


def still_there(ports: Ports, agents: Collection[int], customers: Collection[int]) -> None:
    """These agents' and these chats' pages are open at this moment."""
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        if agents:
            here = sa.update(ChatAgent).where(ChatAgent.user_id.in_(agents))
            session.execute(here.values(seen_at=now))
        if customers:
            alone = Chat.state.in_([ChatState.ROBOT, ChatState.WAITING])
            here = sa.update(Chat).where(Chat.id.in_(customers), alone)
            session.execute(here.values(seen_at=now))


def on_duty(ports: Ports, session: Session) -> tuple[OnDuty, ...]:
    """Everybody of the desk, those who are there first."""
    there = _states(ports, session)
    loads = _loads(session)
    usual = rules(session).most_chats
    found = []
    for user in session.scalars(desk_people()):
        row = there.get(user.id)
        state = row.state if row else AgentState.OFFLINE
        most = usual if row is None or row.most_chats is None else row.most_chats
        changed = row.changed_at if row else None
        found.append(OnDuty(user.id, user.name, state, loads.get(user.id, 0), most, changed))
    order = {AgentState.ONLINE: 0, AgentState.BUSY: 1, AgentState.OFFLINE: 2}
    return tuple(sorted(found, key=lambda agent: (order[agent.state], agent.name)))


def _states(ports: Ports, session: Session) -> dict[int, ChatAgent]:
    """What they said, as long as their page is open."""
    since = ports.clock() - THERE_FOR
    rows = session.scalars(sa.select(ChatAgent).where(ChatAgent.seen_at > since))
    return {row.user_id: row for row in rows}


def _loads(session: Session) -> dict[int, int]:
    rows = session.execute(
        sa.select(Chat.agent_id, sa.func.count())
        .where(Chat.state == ChatState.ACTIVE, Chat.agent_id.is_not(None))
        .group_by(Chat.agent_id)
    )
    return {int(user_id): count for user_id, count in rows if user_id is not None}


def candidates(ports: Ports, session: Session, chat: Chat) -> list[Agent]:
    """Who may be given this chat: on duty, of its team when it has one, with their chats."""
    duty = {agent.user_id: agent for agent in on_duty(ports, session) if agent.takes}
    return [
        replace(
            agent,
            at_work=True,
            open_tickets=duty[agent.user_id].chats,
            most_open=duty[agent.user_id].most,
        )
        for agent in _members(ports, session, chat, list(duty))
        if agent.user_id in duty
    ]


def _members(
    ports: Ports, session: Session, chat: Chat, everybody: Sequence[int]
) -> Sequence[Agent]:
    """Whoever is on duty is at work, whatever the plan says; without a team, everybody is asked."""
    team = session.get(Team, chat.team_id) if chat.team_id else None
    if team is None or not team.is_active:
        return [Agent(user_id) for user_id in everybody]
    return agents_of(ports, session, team, chat.customer_key)
