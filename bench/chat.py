"""How quick and how safe live chat is, over real sockets to a server process.

`python -m bench.chat`: 2,000 customers, 100 agents, 200 messages a second for a minute; then
10,000 messages while lines break and the server is killed. `--quick` does a small part in
less than 45 seconds. Prints one JSON line; the load runs on the same machine as the server.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import statistics
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.chat_world import Server, Socket, World, free_port, make_world

SEED = 11
CALM_SECONDS = 60.0
SETTLE_SECONDS = 180.0


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    customers: int
    agents: int
    rate: int
    seconds: float
    storm: int
    kills: int


FULL = Size(2000, 100, 200, 60.0, 10_000, 3)
QUICK = Size(300, 20, 100, 6.0, 1_000, 1)


@dataclass
class Talk:
    """Everybody's sockets, and what each has heard."""

    world: World
    port: int
    sent_at: dict[str, float] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    caught_up: list[tuple[float, float]] = field(default_factory=list)
    heard: dict[tuple[str, int], list[tuple[int, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    customers: dict[int, Socket] = field(default_factory=dict)
    agents: dict[int, Socket] = field(default_factory=dict)

    def build(self) -> list[Socket]:
        """One socket a person."""
        for chat, key in self.world.keys.items():
            self.customers[chat] = Socket(self.port, key, self._ear("c", chat), {chat: 1})
        for agent, key in self.world.agent_keys.items():
            mine = {chat: 1 for chat, one in self.world.agent_of.items() if one == agent}
            self.agents[agent] = Socket(self.port, key, self._ear("a", agent), mine)
        return [*self.customers.values(), *self.agents.values()]

    def _ear(self, who: str, number: int) -> Any:
        def hear(chat: int, row: dict[str, Any]) -> None:
            self.heard[who, chat].append((row["seq"], row["cid"]))
            one = self.customers[number] if who == "c" else self.agents[number]
            other = row["cid"].startswith("a") == (who == "c")
            began, now = self.sent_at.get(row["cid"]), time.monotonic()
            if not other or began is None:
                return
            if one.lost_at < began < one.hello_at:
                self.caught_up.append((one.lost_at, now - one.lost_at))
            elif began > one.hello_at:
                self.delays.append(now - began)

        return hear

    def say(self, number: int, chance: random.Random) -> None:
        """A random person of a random chat says something."""
        chat = chance.choice(self.world.chats)
        by_agent = chance.random() < 0.5
        name = f"{'a' if by_agent else 'c'}{number}"
        one = self.agents[self.world.agent_of[chat]] if by_agent else self.customers[chat]
        self.sent_at[name] = time.monotonic()
        one.say(chat, name, f"第 {number} 句：门锁换了电池还是提示电量低，怎么办？")

    def waiting(self) -> int:
        """Messages without an acknowledgement."""
        return sum(len(one.outbox) for one in (*self.customers.values(), *self.agents.values()))

    def faults(self, sent: int) -> dict[str, int]:
        """Lost, doubled, out of order – as each of both sides heard it."""
        lost = doubled = disorder = 0
        for who in ("c", "a"):
            rows = [row for (side, _), found in self.heard.items() if side == who for row in found]
            names = [name for _, name in rows]
            lost += sent - len(set(names))
            doubled += len(names) - len(set(names))
        for found in self.heard.values():
            seqs = [seq for seq, _ in found]
            disorder += seqs != sorted(seqs)
        return {"lost": lost, "doubled": doubled, "out_of_order": disorder}


async def paced(talk: Talk, count: int, rate: int, first: int) -> None:
    """So many messages, evenly."""
    chance, begin = random.Random(SEED + first), time.monotonic()
    for number in range(count):
        pause = begin + number / rate - time.monotonic()
        if pause > 0:
            await asyncio.sleep(pause)
        talk.say(first + number, chance)


async def settled(talk: Talk, sent: int, seconds: float) -> None:
    """Until everything is acknowledged and heard by both sides, and a moment longer."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not talk.waiting() and not talk.faults(sent)["lost"]:
            break
        await asyncio.sleep(0.5)
    await asyncio.sleep(1)


async def breaking(talk: Talk, stop: asyncio.Event) -> None:
    """Lines break here and there, all the time."""
    chance = random.Random(SEED)
    everybody = [*talk.customers.values(), *talk.agents.values()]
    while not stop.is_set():
        for one in chance.sample(everybody, max(1, len(everybody) // 200)):
            one.cut()
        await asyncio.sleep(0.1)


async def killing(server: Server, times: int, seconds: float) -> list[tuple[float, float]]:
    """The server dies without a goodbye and is started again; returns when it was away."""
    away = []
    for _ in range(times):
        await asyncio.sleep(seconds / (times + 1))
        began = time.monotonic()
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        away.append((began - 1, time.monotonic() + 1))
    return away


def share(values: list[float], part: float) -> float:
    """A quantile in milliseconds; 0 of nothing."""
    return round(1000 * sorted(values)[int(part * (len(values) - 1))], 1) if values else 0.0


async def calm_part(talk: Talk, size: Size, server: Server) -> dict[str, Any]:
    """Everybody comes in, and talks undisturbed."""
    began = time.monotonic()
    everybody = [*talk.customers.values(), *talk.agents.values()]
    await asyncio.wait_for(asyncio.gather(*(one.up.wait() for one in everybody)), CALM_SECONDS)
    connected = time.monotonic() - began
    await asyncio.sleep(1)
    worked, count = server.processor_seconds(), int(size.rate * size.seconds)
    await paced(talk, count, size.rate, 0)
    worked = server.processor_seconds() - worked
    await settled(talk, count, 10)
    return {
        "customers": size.customers,
        "agents": size.agents,
        "rate": size.rate,
        "connect_all_s": round(connected, 2),
        "delivery_p50_ms": share(talk.delays, 0.5),
        "delivery_p99_ms": share(talk.delays, 0.99),
        "delivery_mean_ms": round(1000 * statistics.fmean(talk.delays), 1),
        "processor_ms_per_message": round(1000 * worked / count, 2),
        "heard": len(talk.delays),
        "server_mb": server.megabytes(),
    }


async def stormy_part(talk: Talk, size: Size, server: Server) -> dict[str, Any]:
    """Lines break and the server dies while everybody talks on."""
    calm = int(size.rate * size.seconds)
    stop = asyncio.Event()
    breaks = asyncio.create_task(breaking(talk, stop))
    kills = asyncio.create_task(killing(server, size.kills, size.storm / size.rate))
    await paced(talk, size.storm, size.rate, calm)
    away = await kills
    stop.set()
    await breaks
    ended = time.monotonic()
    await settled(talk, calm + size.storm, SETTLE_SECONDS)
    waits = [
        wait for lost, wait in talk.caught_up if not any(begin < lost < end for begin, end in away)
    ]
    return {
        "storm": size.storm,
        "kills": size.kills,
        "all_heard_after_s": round(time.monotonic() - ended, 1),
        "caught_up": len(waits),
        "unacknowledged": talk.waiting(),
        **talk.faults(calm + size.storm),
        "caught_up_p95_ms": share(waits, 0.95),
    }


async def measure(size: Size, world: World, server: Server) -> dict[str, Any]:
    """Both parts."""
    talk = Talk(world, server.port)
    tasks = [asyncio.create_task(one.run()) for one in talk.build()]
    try:
        return {**await calm_part(talk, size, server), **await stormy_part(talk, size, server)}
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    size = QUICK if parser.parse_args().quick else FULL
    with tempfile.TemporaryDirectory() as folder:
        world = make_world(Path(folder), size.customers, size.agents)
        server = Server(Path(folder), free_port())
        server.start()
        try:
            print(json.dumps(asyncio.run(measure(size, world, server))))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
