"""From the robot to a person: waiting in order, being given to an agent, an honest guess.

Nobody on duty does not end a chat: it waits, and its customer is offered to leave word.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.assigning import node_team, settings
from kb_app.chat.presence import candidates, on_duty
from kb_app.chat.talk import add_event
from kb_app.clocks import node_path
from kb_app.ports import Ports
from models import (
    Chat,
    ChatAgent,
    ChatState,
    CustomerLevel,
    Plan,
    Policy,
    ServiceNode,
    Team,
    User,
    reading,
    unit_of_work,
)
from ticket_bridge.chat.life import may_go
from ticket_bridge.chat.waiting import expected_minutes
from ticket_bridge.routing import Choice, Work, choose, in_order

URGENT = 1
USUAL = 3
SAFETY = "safety"
LATEST = 50
AT_ONCE = 100
ONE_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Place:
    """Place from 1, minutes when they can be guessed, whether anyone serves at all."""

    position: int
    minutes: int | None
    served: bool


def call_person(ports: Ports, session: Session, chat: Chat, why: str) -> None:
    """A locked chat leaves the robot and waits for a person, or has one at once."""
    if not may_go(chat.state, ChatState.WAITING):
        return
    chat.state, chat.why = ChatState.WAITING, why
    chat.waiting_since, chat.agent_id = ports.clock(), None
    chat.team_id = _team_of(session, chat)
    session.flush()
    if not give(ports, session, chat):
        there = place(ports, session, chat).served
        add_event(ports, session, chat, "waiting" if there else "nobody")


def _team_of(session: Session, chat: Chat) -> int | None:
    """By catalogue, by channel, or the one desk, as for tickets."""
    if chat.team_id is not None:
        return chat.team_id
    plan = settings(session)
    found: int | None = None
    if plan.plan is Plan.CATALOGUE:
        found = node_team(session, chat.node_id)
    elif plan.plan is Plan.CHANNEL:
        teams = session.scalars(sa.select(Team).where(Team.is_active).order_by(Team.position))
        found = next((team.id for team in teams if "chat" in team.channels), None)
    return found if found is not None else plan.desk_team_id


def give(ports: Ports, session: Session, chat: Chat) -> bool:
    """Let the team's policy choose among those on duty; False when it has to wait."""
    team = session.get(Team, chat.team_id) if chat.team_id else None
    policy = team.policy if team else Policy.LOAD
    choice = choose(candidates(ports, session, chat), _work(ports, session, chat), policy)
    if choice.user_id is None or not _has_room(ports, session, chat, choice):
        return False
    begin(ports, session, chat, session.get_one(User, choice.user_id), "joined")
    return True


def _has_room(ports: Ports, session: Session, chat: Chat, choice: Choice) -> bool:
    """Asked once more with the agent's row locked: two chats at once must not both fit."""
    wanted = sa.select(ChatAgent).where(ChatAgent.user_id == choice.user_id)
    session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    return any(
        agent.user_id == choice.user_id and agent.has_room
        for agent in candidates(ports, session, chat)
    )


def begin(ports: Ports, session: Session, chat: Chat, agent: User, event: str) -> None:
    """This agent serves the chat from now on."""
    now = ports.clock()
    chat.state, chat.agent_id, chat.offered_to_id = ChatState.ACTIVE, agent.id, None
    chat.accepted_at = chat.accepted_at or now
    chat.agent_at, chat.alarmed_at, chat.reminded_at = None, None, None
    # Their time to answer begins now, however long the customer waited before.
    chat.customer_at = now if chat.customer_at else None
    add_event(ports, session, chat, event, name=agent.name)
    session.flush()


def _work(ports: Ports, session: Session, chat: Chat) -> Work:
    skill = ""
    for found in reversed(node_path(session, chat.node_id)):
        skill = skill or session.get_one(ServiceNode, found).skill
    since = chat.waiting_since or chat.created_at
    hours = max(ports.clock() - since, timedelta()) / ONE_HOUR
    level = URGENT if chat.why == SAFETY else USUAL
    # A queue of minutes: one minute here weighs what an hour does among tickets.
    return Work(chat.id, level, _is_vip(session, chat), hours * 60, skill)


def _is_vip(session: Session, chat: Chat) -> bool:
    if chat.customer_id is None:
        return False
    rank = session.scalar(
        sa.select(CustomerLevel.rank)
        .join(User, User.level_id == CustomerLevel.id)
        .where(User.id == chat.customer_id)
    )
    return bool(rank) and rank == session.scalar(sa.select(sa.func.max(CustomerLevel.rank)))


def give_out(ports: Ports) -> int:
    """Give what waits to whoever is free, first things first; returns how many were given."""
    with reading(ports.database) as session:
        works = waiting_works(ports, session)
        if not works or not any(agent.takes for agent in on_duty(ports, session)):
            return 0
    given = [work.ticket_id for work in works if _give_one(ports, work.ticket_id)]
    if given:
        ports.pulse.beat(given, desk=True)
    return len(given)


def waiting_works(ports: Ports, session: Session) -> list[Work]:
    """Who waits, in the order in which they are served."""
    rows = session.scalars(
        sa.select(Chat)
        .where(Chat.state == ChatState.WAITING)
        .order_by(Chat.waiting_since, Chat.id)
        .limit(AT_ONCE)
    ).all()
    return in_order([_work(ports, session, chat) for chat in rows])


def _give_one(ports: Ports, chat_id: int) -> bool:
    with unit_of_work(ports.database) as session:
        chat = session.get(Chat, chat_id, with_for_update=True)
        if chat is None or chat.state is not ChatState.WAITING:
            return False
        return give(ports, session, chat)


def place(ports: Ports, session: Session, chat: Chat) -> Place:
    """Where a waiting chat stands among those of its team."""
    order = [work.ticket_id for work in waiting_works(ports, session)]
    same = set(
        session.scalars(
            sa.select(Chat.id).where(
                Chat.id.in_(order), Chat.team_id.is_not_distinct_from(chat.team_id)
            )
        )
    )
    ahead = [chat_id for chat_id in order if chat_id in same]
    position = ahead.index(chat.id) + 1 if chat.id in ahead else len(ahead) + 1
    free = candidates(ports, session, chat)
    slots = sum(agent.most_open or 0 for agent in free)
    return Place(position, expected_minutes(position, slots, _lengths(session)), bool(free))


def _lengths(session: Session) -> list[float]:
    """Minutes that the latest chats with an agent took."""
    rows = session.execute(
        sa.select(Chat.accepted_at, Chat.ended_at)
        .where(Chat.ended_at.is_not(None), Chat.accepted_at.is_not(None))
        .order_by(Chat.ended_at.desc())
        .limit(LATEST)
    )
    minute = timedelta(minutes=1)
    return [(row.ended_at - row.accepted_at) / minute for row in rows]
