"""Many tickets with their messages, clocks and findable texts, for figures."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from kb_app.ports import Ports
from models import (
    Message,
    MessageKind,
    Policy,
    Role,
    Standing,
    Team,
    Ticket,
    TicketClock,
    TicketStatus,
    User,
    text_ref,
    unit_of_work,
    utcnow,
)
from models.ticket_text import put_texts

SEED = 7
CHUNK = 10_000
AGENTS, TEAMS, CUSTOMERS = 50, 5, 2_000
UNUSABLE = "-"
THINGS = (
    "门锁",
    "摄像头",
    "网关",
    "扫地机",
    "灯泡",
    "发票",
    "退款",
    "订单",
    "会员",
    "音箱",
    "插座",
)
TROUBLES = (
    "离线了",
    "打不开",
    "一直闪红灯",
    "没有声音",
    "怎么申请",
    "还没到账",
    "不见了",
    "连不上网",
)
MORE = (
    "重启过了还是一样",
    "昨天开始的",
    "麻烦尽快处理",
    "已经换过电池",
    "在等你们回复",
    "试过重新配网",
)


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    tickets: int
    open_tickets: int
    looks: int
    ask_seconds: float
    ask_rate: int
    live_seconds: float


FULL = Size(200_000, 50_000, 200, 60.0, 50, 30.0)
QUICK = Size(20_000, 5_000, 60, 5.0, 50, 10.0)


def words(chance: random.Random) -> str:
    """A customer's sentence."""
    number = f"YJ{chance.randrange(10**8):08d}"
    return (
        f"{chance.choice(THINGS)}{chance.choice(TROUBLES)}，"
        f"{chance.choice(MORE)}，订单号 {number}。"
    )


def fill(ports: Ports, size: Size) -> None:
    """Tickets with five messages each, a quarter of them open with a running clock."""
    chance = random.Random(SEED)
    with unit_of_work(ports.database) as session:
        for n in range(AGENTS):
            session.add(_user(f"agent{n}@bench.example", Role.AGENT))
        for n in range(TEAMS):
            session.add(Team(name=f"team {n}", policy=Policy.CLAIM))
    for begin in range(1, size.tickets + 1, CHUNK):
        ids = range(begin, min(begin + CHUNK, size.tickets + 1))
        rows = [_ticket(number, size, chance) for number in ids]
        messages = [message for row in rows for message in _messages(row, chance)]
        with unit_of_work(ports.database) as session:
            session.execute(sa.insert(Ticket), rows)
            session.execute(sa.insert(Message), messages)
            clocks = [_clock(row) for row in rows if row["status"] is TicketStatus.OPEN]
            if clocks:
                session.execute(sa.insert(TicketClock), clocks)
            put_texts(
                session,
                (
                    (text_ref(row["id"]), f"{row['number']}\n{row['subject']}\n{row['body']}")
                    for row in rows
                ),
            )
            put_texts(session, ((text_ref(m["ticket_id"], m["id"]), m["body"]) for m in messages))
    with ports.database.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")


def _user(email: str, role: Role) -> User:
    return User(
        email=email, name=email.split("@", maxsplit=1)[0], password_hash=UNUSABLE, role=role
    )


def _ticket(number: int, size: Size, chance: random.Random) -> dict[str, Any]:
    is_open = number > size.tickets - size.open_tickets
    status = TicketStatus.OPEN if is_open else TicketStatus.CLOSED
    waits = is_open and chance.random() < 0.5
    standing = Standing.WAITING if waits else Standing.ANSWERED
    created = utcnow() - timedelta(minutes=size.tickets - number)
    return {
        "id": number,
        "number": f"WD-{1000 + number}",
        "requester_key": f"u:c{chance.randrange(CUSTOMERS)}",
        "requester_name": "客户",
        "subject": words(chance)[:40],
        "body": words(chance) * 3,
        "status": status,
        "assignee_id": None if chance.random() < 0.05 else 1 + chance.randrange(AGENTS),
        "team_id": 1 + chance.randrange(TEAMS),
        "priority": chance.randint(1, 5),
        "standing": int(standing if is_open else Standing.ENDED),
        "created_at": created,
        "updated_at": created + timedelta(minutes=chance.randrange(5_000)),
        "version": 1,
    }


def _messages(row: dict[str, Any], chance: random.Random) -> Iterator[dict[str, Any]]:
    for place in range(5):
        yield {
            "id": (row["id"] - 1) * 5 + place + 1,
            "ticket_id": row["id"],
            "author_name": "甲",
            "from_staff": place % 2 == 0,
            "kind": MessageKind.REPLY,
            "body": words(chance) + words(chance),
            "client_key": f"{row['id']}:{place}",
            "created_at": row["created_at"] + timedelta(minutes=place),
        }


def _clock(row: dict[str, Any]) -> dict[str, Any]:
    now = utcnow()
    return {
        "ticket_id": row["id"],
        "response_minutes": 60,
        "resolution_minutes": 480,
        "spent": 0,
        "running_since": row["created_at"],
        "response_warn_at": now - timedelta(minutes=20),
        "response_due_at": now - timedelta(minutes=5),
        "resolution_warn_at": now + timedelta(hours=5),
        "resolution_due_at": now + timedelta(hours=7),
        "next_at": now - timedelta(minutes=5),
    }
