"""How quick and how safe live chat is, over real sockets to a server process.

`python -m bench.chat`: 2,000 customers, 100 agents, 200 messages a second for a minute; then
10,000 messages while lines break and the server is killed. `--quick` does a small part in
less than 45 seconds. Prints one JSON line; the load runs on the same machine as the server, and
says how late its own loop was. `reconnected_to_caught_up` counts from the hello of a line that
came back to having all it missed and every acknowledgement; `lost_to_caught_up` from its loss.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import random
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.chat_talk import CaughtUp, Lag, Talk, share
from bench.chat_world import Server, World, free_port, make_world

SEED = 11
CONNECT_SECONDS = 60.0
SETTLED_SECONDS = 2.0
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
    everybody = talk.everybody()
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
        away.append((began, time.monotonic()))
    return away


async def calm_part(talk: Talk, size: Size, server: Server, began: float) -> dict[str, Any]:
    """Everybody comes in, and talks undisturbed."""
    waits = asyncio.gather(*(one.up.wait() for one in talk.everybody()))
    await asyncio.wait_for(waits, CONNECT_SECONDS)
    connected = time.monotonic() - began
    gc.collect()
    gc.freeze()
    await asyncio.sleep(SETTLED_SECONDS)
    lag, count = Lag(), int(size.rate * size.seconds)
    watching = asyncio.create_task(lag.watch())
    begun, worked, own = time.monotonic(), server.processor_seconds(), time.process_time()
    await paced(talk, count, size.rate, 0)
    lasted = time.monotonic() - begun
    worked, own = server.processor_seconds() - worked, time.process_time() - own
    await settled(talk, count, 10)
    watching.cancel()
    return {
        "customers": size.customers,
        "agents": size.agents,
        "rate": size.rate,
        "connect_all_s": round(connected, 2),
        "delivery_p50_ms": share(talk.delays, 0.5),
        "delivery_p95_ms": share(talk.delays, 0.95),
        "delivery_p99_ms": share(talk.delays, 0.99),
        "delivery_max_ms": share(talk.delays, 1),
        "processor_ms_per_message": round(1000 * worked / count, 2),
        "server_processor": round(worked / lasted, 2),
        "generator_processor": round(own / lasted, 2),
        "generator_lag_p99_ms": share(lag.late, 0.99),
        "generator_lag_max_ms": share(lag.late, 1),
        "load": round(os.getloadavg()[0], 1),
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
    return {
        "storm": size.storm,
        "kills": size.kills,
        "server_away_s": [round(end - begin, 1) for begin, end in away],
        "all_heard_after_s": round(time.monotonic() - ended, 1),
        "unacknowledged": talk.waiting(),
        **talk.faults(calm + size.storm),
        **coming_back(talk, away),
    }


def coming_back(talk: Talk, away: list[tuple[float, float]]) -> dict[str, Any]:
    """How long lines that broke had to wait: after the hello, and since they were lost."""

    def killed(one: CaughtUp) -> bool:
        return any(one.lost_at < end and one.hello_at > begin for begin, end in away)

    broken = [one for one in talk.caught_up if not killed(one)]
    cut = [one for one in talk.caught_up if killed(one)]
    return {
        "came_back": len(talk.caught_up),
        "still_behind": talk.still_behind(),
        "reconnected_to_caught_up_p95_ms": share(since_hello(talk.caught_up), 0.95),
        "reconnected_to_caught_up_max_ms": share(since_hello(talk.caught_up), 1),
        "reconnected_to_caught_up_after_kill_p95_ms": share(since_hello(cut), 0.95),
        "lost_to_caught_up_p95_ms": share(since_lost(broken), 0.95),
        "came_back_after_kill": len(cut),
        "lost_to_caught_up_after_kill_p95_ms": share(since_lost(cut), 0.95),
    }


def since_hello(found: list[CaughtUp]) -> list[float]:
    """Seconds from the line standing again to having everything."""
    return [one.done_at - one.hello_at for one in found]


def since_lost(found: list[CaughtUp]) -> list[float]:
    """Seconds from the line being lost to having everything."""
    return [one.done_at - one.lost_at for one in found]


async def measure(size: Size, world: World, server: Server) -> dict[str, Any]:
    """Both parts."""
    talk, began = Talk(world, server.port), time.monotonic()
    tasks = [asyncio.create_task(one.run()) for one in talk.build()]
    try:
        found = await calm_part(talk, size, server, began)
        return found | (await stormy_part(talk, size, server) if size.storm else {})
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks)


def wanted() -> Size:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seconds", type=float, help="how long the calm part lasts")
    parser.add_argument("--storm", type=int, help="messages of the storm; 0 leaves it out")
    given = parser.parse_args()
    size = QUICK if given.quick else FULL
    size = size if given.seconds is None else replace(size, seconds=given.seconds)
    return size if given.storm is None else replace(size, storm=given.storm)


def main() -> None:
    """Measure and print."""
    size = wanted()
    with tempfile.TemporaryDirectory() as folder:
        world = make_world(Path(folder), size.customers, size.agents)
        server = Server(Path(folder), free_port())
        server.start()
        server.rest()
        try:
            print(json.dumps(asyncio.run(measure(size, world, server))))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
