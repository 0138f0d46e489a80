"""A desk with a team, a catalogue with a form, working hours and promises, for tests."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from kb_app.ports import Ports
from models import (
    Absence,
    AgentProfile,
    FormVersion,
    Policy,
    QuickReply,
    SavedView,
    ServiceNode,
    Team,
    TeamMember,
    TimeLimit,
    WorkCalendar,
    unit_of_work,
    utcnow,
)
from ticket_bridge.fields import Field, Kind, store

ALL_DAY = {str(day): [["00:00", "24:00"]] for day in range(7)}
FIELDS = (
    Field("f1", Kind.CHOICE, "发票类型", required=True, options=("个人", "公司")),
    Field(
        "f2",
        Kind.TEXT,
        "税号",
        required=True,
        pattern="[0-9A-Z]{15,20}",
        when_key="f1",
        when_value="公司",
    ),
    Field("f3", Kind.NUMBER, "金额", least=1, most=100_000),
    Field("f4", Kind.FILE, "付款截图"),
)


@dataclass(frozen=True)
class Desk:
    """What was made."""

    team_id: int
    node_id: int
    calendar_id: int
    limit_id: int


def make_desk(
    ports: Ports, *agent_ids: int, policy: Policy = Policy.ROTATE, lead_id: int | None = None
) -> Desk:
    """One team that works all day, one subject 开发票 with a form, one promise for all."""
    with unit_of_work(ports.database) as session:
        return _desk(session, agent_ids, policy, lead_id)


def _desk(
    session: Session, agent_ids: tuple[int, ...], policy: Policy, lead_id: int | None
) -> Desk:
    calendar = WorkCalendar(name="全天", hours=ALL_DAY, keeps_holidays=False, is_default=True)
    team = Team(name="售后组", policy=policy, lead_id=lead_id)
    session.add_all([calendar, team])
    session.flush()
    members = [TeamMember(team_id=team.id, user_id=user_id) for user_id in agent_ids]
    node = ServiceNode(name="开发票", team_id=team.id, skill="发票")
    limit = TimeLimit(name="所有", response_minutes=60, resolution_minutes=480)
    session.add_all([*members, node, limit])
    session.flush()
    session.add(FormVersion(node_id=node.id, number=1, fields=store(FIELDS)))
    return Desk(team.id, node.id, calendar.id, limit.id)


@dataclass(frozen=True)
class DeskRows:
    """Ids of one of each, for walking the routes."""

    desk: Desk
    agent_id: int
    absence_id: int
    view_id: int
    reply_id: int
    node_id: int


def make_desk_rows(ports: Ports, agent_id: int) -> DeskRows:
    """One of each thing the desk's pages change."""
    desk = make_desk(ports)
    now = utcnow()
    with unit_of_work(ports.database) as session:
        absence = Absence(user_id=agent_id, begins_at=now, ends_at=now.replace(year=2099))
        view = SavedView(owner_id=agent_id, name="加急", rules={"priority": "1"})
        reply = QuickReply(owner_id=agent_id, title="问好", shortcut="好", body="{{客户称呼}}您好")
        node = ServiceNode(name="别的")
        session.add_all([absence, view, reply, node, AgentProfile(user_id=agent_id, skills=[])])
        session.flush()
        return DeskRows(desk, agent_id, absence.id, view.id, reply.id, node.id)
