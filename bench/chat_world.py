"""What bench/chat.py talks to: chats in a database, a server process, and light sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, Request, TextMessage

from kb_app import bootstrap
from kb_app.config import Config
from models import Chat, ChatMessage, ChatSide, ChatState, Role, User, unit_of_work, utcnow
from web.live.door import SOCKET_PATH
from web.live.keys import Who, make_key
from web.live.link import PROTOCOL

SECRET = "bench " * 8
START_SECONDS = 60
# As long as a browser waits at first.
RECONNECT_SECONDS = 0.3
UNUSABLE = "-"


@dataclass(frozen=True)
class World:
    """Chats with their agents, and the keys of everybody."""

    chats: tuple[int, ...]
    agents: tuple[int, ...]
    agent_of: dict[int, int]
    keys: dict[int, str]
    agent_keys: dict[int, str]


def make_world(folder: Path, customers: int, agents: int) -> World:
    """Every chat is being served; each agent has its share."""
    config = Config(data_dir=folder, secret_key=SECRET, encoder="none", rate_limits=False)
    bootstrap.migrate(config)
    ports = bootstrap.build(config)
    with unit_of_work(ports.database) as session:
        people = [_agent(n) for n in range(agents)]
        session.add_all(people)
        session.flush()
        chats = [_chat(n, people[n % agents]) for n in range(customers)]
        session.add_all(chats)
        session.flush()
        session.add_all(
            ChatMessage(chat_id=chat.id, seq=1, side=ChatSide.ROBOT, body="您好", client_id="w")
            for chat in chats
        )
        agent_of = {chat.id: chat.agent_id or 0 for chat in chats}
        ids = tuple(person.id for person in people)
    bootstrap.close(ports)
    keys = {chat: make_key(SECRET, Who(chat_id=chat, name="客户")) for chat in agent_of}
    agent_keys = {one: make_key(SECRET, Who(user_id=one, name="客服")) for one in ids}
    return World(tuple(agent_of), ids, agent_of, keys, agent_keys)


def _agent(number: int) -> User:
    return User(
        email=f"a{number}@bench.example",
        name=f"客服{number}",
        password_hash=UNUSABLE,
        role=Role.AGENT,
    )


def _chat(number: int, agent: User) -> Chat:
    return Chat(
        public_id=f"bench-{number}",
        opening_key=f"bench-{number}",
        customer_key=f"v:{number}",
        customer_name=f"客户{number}",
        state=ChatState.ACTIVE,
        agent_id=agent.id,
        accepted_at=utcnow(),
        last_seq=1,
    )


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Server:
    """`wenda run` in a process of its own, to be killed and started again."""

    folder: Path
    port: int
    redis_url: str = ""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        kept = {
            "WENDA_DATA_DIR": str(self.folder),
            "WENDA_SECRET_KEY": SECRET,
            "WENDA_ENCODER": "none",
            "WENDA_RATE_LIMITS": "false",
            "WENDA_REDIS_URL": self.redis_url,
            "MALLOC_ARENA_MAX": "2",
        }
        code = "from web.cli import main; main()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "run", "--port", str(self.port)],
            env={**os.environ, **kept},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.05)
        raise TimeoutError("the server did not start")

    def kill(self) -> None:
        """No goodbye."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """With goodbye."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)

    def processor_seconds(self) -> float:
        """What it has computed so far."""
        if self.process is None:
            return 0.0
        stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii", errors="replace")
        user, system = stat.rsplit(")", 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> int:
        """The most memory it has had so far."""
        if self.process is None:
            return 0
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) // 1024


@dataclass
class Socket:
    """A page's line, kept: reconnects, resumes behind its cursors, sends again what has no ack."""

    port: int
    key: str
    heard: Callable[[int, dict[str, Any]], None]
    cursors: dict[int, int] = field(default_factory=dict)
    outbox: dict[str, dict[str, Any]] = field(default_factory=dict)
    up: asyncio.Event = field(default_factory=asyncio.Event)
    lost_at: float = 0.0
    hello_at: float = 0.0
    _writer: asyncio.StreamWriter | None = None
    _ws: WSConnection | None = None

    async def run(self) -> None:
        """For ever."""
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._once()
            if self.up.is_set():
                self.lost_at = time.monotonic()
            self.up.clear()
            await asyncio.sleep(RECONNECT_SECONDS)

    def say(self, chat: int, client_id: str, body: str) -> None:
        """Say it now, and again until it is acknowledged."""
        words = {"t": "say", "chat": chat, "cid": client_id, "body": body}
        self.outbox[client_id] = words
        self._tell(words)

    def cut(self) -> None:
        """The line breaks."""
        if self._writer is not None:
            self._writer.transport.abort()

    async def _once(self) -> None:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._ws = WSConnection(ConnectionType.CLIENT)
        asked = Request("127.0.0.1", SOCKET_PATH, subprotocols=[PROTOCOL, self.key])
        self._writer.write(self._ws.send(asked))
        try:
            while data := await reader.read(65536):
                self._ws.receive_data(data)
                for event in self._ws.events():
                    self._take(event)
        finally:
            self._writer.close()

    def _take(self, event: object) -> None:
        if self._ws is None or self._writer is None:
            return
        if isinstance(event, TextMessage):
            self._words(json.loads(event.data))
        elif isinstance(event, Ping):
            self._writer.write(self._ws.send(event.response()))
        elif isinstance(event, CloseConnection):
            self._writer.close()
        elif isinstance(event, AcceptConnection):
            return

    def _words(self, words: dict[str, Any]) -> None:
        if words["t"] == "hello":
            self.up.set()
            self.hello_at = time.monotonic()
            for chat, after in self.cursors.items():
                self._tell({"t": "from", "chat": chat, "after": after})
            for each in list(self.outbox.values()):
                self._tell(each)
        elif words["t"] == "ack":
            self.outbox.pop(words["cid"], None)
        elif words["t"] == "rows":
            self._rows(words)

    def _rows(self, words: dict[str, Any]) -> None:
        chat = words["chat"]
        for row in words["rows"]:
            self.outbox.pop(row["cid"], None)
            self.heard(chat, row)
        self.cursors[chat] = max(self.cursors[chat], words["upto"])

    def _tell(self, words: dict[str, Any]) -> None:
        if self.up.is_set() and self._ws is not None and self._writer is not None:
            with contextlib.suppress(OSError):
                self._writer.write(self._ws.send(TextMessage(json.dumps(words))))
