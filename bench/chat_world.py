"""What bench/chat.py talks to: chats in a database, and a server process."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from kb_app import bootstrap
from kb_app.config import Config
from models import Chat, ChatMessage, ChatSide, ChatState, Role, User, unit_of_work, utcnow
from web.live.keys import Who, make_key

SECRET = "bench " * 8
START_SECONDS = 60
REST_SECONDS = 30
AT_REST = 0.15
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

    def rest(self) -> None:
        """Wait until what it does after its start is done, or for REST_SECONDS."""
        until, before = time.monotonic() + REST_SECONDS, self.processor_seconds()
        while time.monotonic() < until:
            time.sleep(1)
            now = self.processor_seconds()
            if now - before < AT_REST:
                return
            before = now

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
