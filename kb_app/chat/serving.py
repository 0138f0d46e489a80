"""Who serves a chat: accepting, transferring with consent, taking over, joining, assigning."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.chat import presence
from kb_app.chat.queue import begin, call_person, give_out
from kb_app.chat.summing import sum_up
from kb_app.chat.talk import add_event, locked
from kb_app.errors import IllegalMove, InvalidInput, NotAllowed
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.setup.agents import desk_people
from models import (
    AgentState,
    Chat,
    ChatSeat,
    ChatState,
    Team,
    User,
    Viewer,
    insert_if_absent,
    record,
    unit_of_work,
)

Change = Callable[[Session, Chat], None]


def _change(ports: Ports, viewer: Viewer, public_id: str, deed: str, change: Change) -> None:
    """One change of a chat that has not ended, written down and told."""
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        chat = locked(session, public_id)
        if chat.state is ChatState.ENDED:
            raise IllegalMove("ended")
        change(session, chat)
        record(session, viewer, f"chat.{deed}", f"chat:{chat.id}")
        chat.updated_at, chat_id = ports.clock(), chat.id
    ports.pulse.beat([chat_id], desk=True)


def _me(session: Session, viewer: Viewer) -> User:
    return session.get_one(User, viewer.user_id)


def set_duty(ports: Ports, viewer: Viewer, state: AgentState, most: int | None) -> None:
    """I am there, busy or gone; what waits is given out anew."""
    presence.set_state(ports, viewer, state, most)
    give_out(ports)


def accept(ports: Ports, viewer: Viewer, public_id: str) -> None:
    """Take a waiting chat, or one that was offered; the faster one has it."""

    def change(session: Session, chat: Chat) -> None:
        if chat.agent_id == viewer.user_id and chat.state is ChatState.ACTIVE:
            return
        offered = chat.offered_to_id == viewer.user_id
        if chat.state is ChatState.ACTIVE and not offered:
            raise IllegalMove("somebody else has it")
        if chat.state is ChatState.ROBOT:
            sum_up(session, chat)
        event = "transferred" if chat.state is ChatState.ACTIVE else "joined"
        begin(ports, session, chat, _me(session, viewer), event)

    _change(ports, viewer, public_id, "accepted", change)


def take_over(ports: Ports, viewer: Viewer, public_id: str) -> None:
    """From a silent colleague anybody may; leads may at any time, and from the robot too."""

    def change(session: Session, chat: Chat) -> None:
        if chat.agent_id == viewer.user_id and chat.state is ChatState.ACTIVE:
            return
        free = chat.state is not ChatState.ACTIVE or chat.alarmed_at is not None
        if not free and not may(viewer, Permission.MANAGE_DESK):
            raise NotAllowed(public_id)
        if chat.state is ChatState.ROBOT:
            sum_up(session, chat)
        event = "transferred" if chat.state is ChatState.ACTIVE else "joined"
        begin(ports, session, chat, _me(session, viewer), event)

    _change(ports, viewer, public_id, "taken_over", change)


def offer(ports: Ports, viewer: Viewer, public_id: str, agent_id: int) -> None:
    """Ask a colleague to go on with my chat; it stays mine until they accept."""

    def change(session: Session, chat: Chat) -> None:
        _check_mine(viewer, chat)
        agent = _agent(session, agent_id)
        if agent.id == chat.agent_id:
            raise InvalidInput("agent_id", "unknown")
        chat.offered_to_id = agent.id
        add_event(ports, session, chat, "offered", staff=True, name=viewer.name, to=agent.name)

    _change(ports, viewer, public_id, "offered", change)


def decline(ports: Ports, viewer: Viewer, public_id: str) -> None:
    """I cannot take what was offered to me (or I take my offer back)."""

    def change(session: Session, chat: Chat) -> None:
        if viewer.user_id not in {chat.offered_to_id, chat.agent_id}:
            raise NotAllowed(public_id)
        if chat.offered_to_id is not None:
            chat.offered_to_id = None
            add_event(ports, session, chat, "declined", staff=True, name=viewer.name)

    _change(ports, viewer, public_id, "declined", change)


def to_queue(ports: Ports, viewer: Viewer, public_id: str, team_id: int | None) -> None:
    """Back into the queue, of another team when one is named; anybody else may be chosen."""

    def change(session: Session, chat: Chat) -> None:
        _check_mine(viewer, chat)
        if team_id is not None:
            team = session.get(Team, team_id)
            if team is None or not team.is_active:
                raise InvalidInput("team_id", "unknown")
            chat.team_id = team.id
        add_event(ports, session, chat, "requeued")
        call_person(ports, session, chat, chat.why)

    _change(ports, viewer, public_id, "requeued", change)


def assign(ports: Ports, viewer: Viewer, public_id: str, agent_id: int) -> None:
    """A lead gives any chat to any agent, without asking either."""
    require(viewer, Permission.MANAGE_DESK)

    def change(session: Session, chat: Chat) -> None:
        agent = _agent(session, agent_id)
        if chat.agent_id == agent.id and chat.state is ChatState.ACTIVE:
            return
        add_event(ports, session, chat, "forced", staff=True, name=viewer.name, to=agent.name)
        if chat.state is ChatState.ROBOT:
            sum_up(session, chat)
        event = "transferred" if chat.state is ChatState.ACTIVE else "joined"
        begin(ports, session, chat, agent, event)

    _change(ports, viewer, public_id, "assigned", change)


def join(ports: Ports, viewer: Viewer, public_id: str) -> None:
    """Sit down beside the agent; both may speak to the customer now."""

    def change(session: Session, chat: Chat) -> None:
        if chat.state is not ChatState.ACTIVE or chat.agent_id == viewer.user_id:
            raise IllegalMove("nobody to join")
        known = session.get(ChatSeat, (chat.id, viewer.user_id))
        if known is None:
            insert_if_absent(
                session,
                ChatSeat,
                chat_id=chat.id,
                user_id=viewer.user_id,
                created_at=ports.clock(),
            )
            add_event(ports, session, chat, "colleague", name=viewer.name)

    _change(ports, viewer, public_id, "joined", change)


def stand_up(ports: Ports, viewer: Viewer, public_id: str) -> None:
    """Leave a chat that I had joined."""

    def change(session: Session, chat: Chat) -> None:
        seat = session.get(ChatSeat, (chat.id, viewer.user_id))
        if seat is not None:
            session.delete(seat)
            add_event(ports, session, chat, "gone", name=viewer.name)

    _change(ports, viewer, public_id, "left", change)


def mark_read(ports: Ports, viewer: Viewer, public_id: str, seq: int) -> None:
    """The agent has seen everything up to this message."""
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        session.execute(
            sa.update(Chat)
            .where(
                Chat.public_id == public_id,
                Chat.agent_id == viewer.user_id,
                Chat.agent_read < seq,
                Chat.last_seq >= seq,
            )
            .values(agent_read=seq)
        )


def _check_mine(viewer: Viewer, chat: Chat) -> None:
    mine = chat.agent_id == viewer.user_id or may(viewer, Permission.MANAGE_DESK)
    if chat.state is not ChatState.ACTIVE or not mine:
        raise NotAllowed(chat.public_id)


def _agent(session: Session, agent_id: int) -> User:
    agent = session.scalar(desk_people().where(User.id == agent_id))
    if agent is None:
        raise InvalidInput("agent_id", "unknown")
    return agent
