"""How quick the desk is over many tickets: views, a ticket, search, asking, alarms.

`python -m bench.tickets` makes 200,000 tickets with 1,000,000 messages in SQLite (10 % open)
and measures through the WSGI application; `--quick` does a tenth. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from kb_app import bootstrap
from kb_app.alarms import tick
from kb_app.config import Config
from kb_app.jobs import drain
from kb_app.ports import Ports
from models import (
    Message,
    MessageKind,
    Policy,
    Question,
    Role,
    Standing,
    Team,
    Ticket,
    TicketClock,
    TicketStatus,
    User,
    reading,
    text_ref,
    unit_of_work,
    utcnow,
)
from models.ticket_text import put_texts
from web.app import create_app

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


FULL = Size(200_000, 50_000, 200, 60.0, 50)
QUICK = Size(20_000, 5_000, 60, 5.0, 50)


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


class Agent:
    """A signed-in agent's browser."""

    def __init__(self, app: Flask, ports: Ports) -> None:
        self.client = app.test_client()
        with reading(ports.database) as session:
            user = session.scalars(sa.select(User).where(User.role == Role.AGENT)).first()
            assert user is not None
        with self.client.session_transaction() as kept:
            kept["user_id"], kept["epoch"] = user.id, user.session_epoch

    def get(self, path: str, **query: str) -> None:
        """Open a page, all of it."""
        answer = self.client.get(path, query_string=query, buffered=True)
        assert answer.status_code == 200, (path, answer.status_code)


def timed(looks: int, deed: Callable[[int], None]) -> dict[str, float]:
    """p50 and p95 in milliseconds."""
    for place in range(3):
        deed(place)
    took = []
    for place in range(looks):
        began = time.perf_counter()
        deed(place)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return {
        "p50": round(statistics.median(took), 1),
        "p95": round(took[int(len(took) * 0.95) - 1], 1),
    }


def pages(app: Flask, ports: Ports, size: Size) -> dict[str, Any]:
    """Views, tickets and searches, by one agent after another page."""
    agent, chance = Agent(app, ports), random.Random(SEED)
    views = ({"view": "unassigned"}, {"view": "mine"}, {"view": "open"}, {"view": "closed"})
    filters = ({"priority": "1"}, {"team": "2", "colour": "red"}, {"agent": "7"})
    asked = ("门锁离线", "退款 还没到账", "连不上网 换过电池", "摄像头")

    def ticket(_place: int) -> None:
        agent.get(f"/desk/tickets/WD-{1001 + chance.randrange(size.tickets)}")

    def deep(place: int) -> None:
        agent.get("/desk", view="all", page=str(300 + place))

    def search(place: int) -> None:
        number = f"YJ{chance.randrange(10**8):08d}"
        agent.get("/desk", view="all", q=[*asked, number][place % 5])

    return {
        "view_ms": timed(size.looks, lambda n: agent.get("/desk", **views[n % 4])),
        "deep_page_ms": timed(size.looks // 4, deep),
        "filter_ms": timed(size.looks, lambda n: agent.get("/desk", view="all", **filters[n % 3])),
        "ticket_ms": timed(size.looks, ticket),
        "search_ms": timed(size.looks, search),
    }


def asking(app: Flask, ports: Ports, size: Size) -> dict[str, Any]:
    """Questions at a steady rate by several people at once; none may be lost."""
    total, sent = int(size.ask_seconds * size.ask_rate), []
    took: list[float] = []
    guard = threading.Lock()
    began = time.perf_counter()

    def one(place: int) -> None:
        wait = began + place / size.ask_rate - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        client = app.test_client()
        with client.session_transaction() as kept:
            kept["csrf_token"] = "x" * 40
        token = URLSafeTimedSerializer(str(app.secret_key), salt="wtf-csrf-token").dumps("x" * 40)
        key = f"bench-{place}"
        form = {"text": words(random.Random(place)), "submission_key": key, "csrf_token": token}
        start = time.perf_counter()
        answer = client.post("/ask", data=form)
        with guard:
            took.append((time.perf_counter() - start) * 1000)
            if answer.status_code == 303:
                sent.append(key)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(total)))
    seconds = time.perf_counter() - began
    with reading(ports.database) as session:
        kept = set(session.scalars(sa.select(Question.submission_key)))
    took.sort()
    return {
        "asked": total,
        "accepted": len(sent),
        "lost": len(set(sent) - kept),
        "per_second": round(total / seconds, 1),
        "p95_ms": round(took[int(len(took) * 0.95) - 1], 1),
    }


def measure(size: Size, folder: Path) -> dict[str, Any]:
    """Everything, on a fresh base."""
    config = Config(data_dir=folder, encoder="none", secret_key="b" * 40, rate_limits=False)
    bootstrap.migrate(config)
    ports = bootstrap.build(config)
    began = time.perf_counter()
    fill(ports, size)
    filled = time.perf_counter() - began
    drain(ports)
    app = create_app(ports)
    found = pages(app, ports, size)
    began = time.perf_counter()
    clocks = tick(ports)
    ticked = time.perf_counter() - began
    found["sla_tick"] = {"clocks": clocks, "seconds": round(ticked, 2)}
    found["submissions"] = asking(app, ports, size)
    found["filled_s"] = round(filled, 1)
    found["database_mb"] = round((folder / "wenda.db").stat().st_size / 1e6)
    bootstrap.close(ports)
    return {"tickets": size.tickets, "messages": size.tickets * 5, **found}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    size = QUICK if parser.parse_args().quick else FULL
    folder = Path(tempfile.mkdtemp(prefix="wenda-bench-"))
    try:
        print(json.dumps(measure(size, folder)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
