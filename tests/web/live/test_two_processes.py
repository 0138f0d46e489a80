"""Two web processes behind nginx, telling each other by Redis (C9): real servers, real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from bench.chat import breaking, paced, settled
from bench.chat_talk import Talk
from bench.chat_world import Server, free_port, make_world
from tests.servers.nginx import running_nginx
from tests.servers.redis import running_redis
from tests.web.live.alone import run_alone

pytestmark = [pytest.mark.server, pytest.mark.slow]
CUSTOMERS, AGENTS, RATE, MESSAGES = 40, 5, 60, 420


@dataclass
class Together:
    """nginx before two processes, and a Redis that can be restarted."""

    port: int
    servers: tuple[Server, Server]
    redis_port: int
    redis: ExitStack

    def restart_redis(self) -> None:
        """As after a power cut: whatever it knew is gone."""
        self.redis.close()
        self.redis.enter_context(running_redis(self.redis_port))


@contextmanager
def _together(folder: Path) -> Iterator[Together]:
    redis_port = free_port()
    url = f"redis://127.0.0.1:{redis_port}/0"
    servers = (Server(folder, free_port(), url), Server(folder, free_port(), url))
    with ExitStack() as stack, ExitStack() as own:
        own.enter_context(running_redis(redis_port))
        for server in servers:
            server.start()
            stack.callback(server.stop)
        port = stack.enter_context(running_nginx([server.port for server in servers]))
        yield Together(port, servers, redis_port, own)


async def _trouble(together: Together) -> None:
    """Redis is restarted, then one of the web processes dies and comes back."""
    await asyncio.sleep(2)
    await asyncio.to_thread(together.restart_redis)
    await asyncio.sleep(1)
    await asyncio.to_thread(together.servers[0].kill)
    await asyncio.to_thread(together.servers[0].start)


async def _talked(talk: Talk, together: Together) -> dict[str, int]:
    tasks = [asyncio.create_task(one.run()) for one in talk.build()]
    everybody = [*talk.customers.values(), *talk.agents.values()]
    await asyncio.wait_for(asyncio.gather(*(one.up.wait() for one in everybody)), 30)
    stop = asyncio.Event()
    breaks, trouble = (
        asyncio.create_task(breaking(talk, stop)),
        asyncio.create_task(_trouble(together)),
    )
    await paced(talk, MESSAGES, RATE, 0)
    await trouble
    stop.set()
    await breaks
    await settled(talk, MESSAGES, 60)
    for task in tasks:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks)
    found = {**talk.faults(MESSAGES), "unacknowledged": talk.waiting()}
    # asked here: the restarted server ends with the thread that started it
    return found | {"listening": await asyncio.to_thread(_listening, together)}


def _listening(together: Together) -> int:
    """How many processes hear what others say."""
    with redis.Redis("127.0.0.1", together.redis_port, socket_timeout=5) as client:
        return int(client.pubsub_numsub("wenda:chat")[0][1])


def test_it_loses_nothing_between_two_processes(tmp_path: Path) -> None:
    """C9: broken lines, a killed process and a Redis that was restarted: all heard, once, in order.

    Each side of a chat may be at the other process; both had sockets all the time.
    """
    world = make_world(tmp_path, CUSTOMERS, AGENTS)
    with _together(tmp_path) as together:
        talk = Talk(world, together.port)
        found = run_alone(_talked(talk, together))
        listening = found.pop("listening")
    assert found == {"lost": 0, "doubled": 0, "out_of_order": 0, "unacknowledged": 0}
    assert listening == len(together.servers)
