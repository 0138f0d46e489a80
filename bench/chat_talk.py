"""Everybody of bench/chat.py and what each has heard, and when."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bench.chat_socket import Socket
from bench.chat_world import World

LAG_STEP = 0.01


@dataclass(frozen=True)
class CaughtUp:
    """A line that came back (`hello_at`) and had missed something, or had something to say again.

    `done_at` is when it had all that was stored before it came back, and every acknowledgement.
    """

    lost_at: float
    hello_at: float
    done_at: float


@dataclass
class _Owed:
    """What a line that came back has still to get."""

    lost_at: float
    upto: dict[int, int]
    unsaid: set[str]


@dataclass
class Talk:
    """Everybody's sockets, and what each has heard."""

    world: World
    port: int
    sent_at: dict[str, float] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    caught_up: list[CaughtUp] = field(default_factory=list)
    heard: dict[tuple[str, int], list[tuple[int, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    customers: dict[int, Socket] = field(default_factory=dict)
    agents: dict[int, Socket] = field(default_factory=dict)
    _latest: dict[int, int] = field(default_factory=dict)
    _owed: dict[Socket, _Owed] = field(default_factory=dict)

    def build(self) -> list[Socket]:
        """One socket a person."""
        for chat, key in self.world.keys.items():
            self.customers[chat] = self._socket(key, "c", chat, {chat: 1})
        for agent, key in self.world.agent_keys.items():
            mine = {chat: 1 for chat, one in self.world.agent_of.items() if one == agent}
            self.agents[agent] = self._socket(key, "a", agent, mine)
        return self.everybody()

    def everybody(self) -> list[Socket]:
        """All of them."""
        return [*self.customers.values(), *self.agents.values()]

    def _socket(self, key: str, who: str, number: int, cursors: dict[int, int]) -> Socket:
        return Socket(self.port, key, self._ear(who, number), self._changed, cursors)

    def _ear(self, who: str, number: int) -> Any:
        def hear(chat: int, row: dict[str, Any]) -> None:
            self.heard[who, chat].append((row["seq"], row["cid"]))
            self._latest[chat] = max(self._latest.get(chat, 0), row["seq"])
            one = self.customers[number] if who == "c" else self.agents[number]
            other = row["cid"].startswith("a") == (who == "c")
            began = self.sent_at.get(row["cid"])
            if other and began is not None and began > one.hello_at:
                self.delays.append(time.monotonic() - began)

        return hear

    def _changed(self, one: Socket, came_back: bool) -> None:
        """A line stands again, or has got something; called before it asks for what it missed."""
        if came_back and one.lost_at:
            before = self._owed.pop(one, None)
            upto = {
                chat: self._latest[chat]
                for chat, seen in one.cursors.items()
                if self._latest.get(chat, 0) > seen
            }
            if upto or one.outbox:
                lost_at = before.lost_at if before else one.lost_at
                self._owed[one] = _Owed(lost_at, upto, set(one.outbox))
            return
        owed = self._owed.get(one)
        if owed is None or not one.up.is_set():
            return
        owed.upto = {chat: seq for chat, seq in owed.upto.items() if one.cursors[chat] < seq}
        if not owed.upto and owed.unsaid.isdisjoint(one.outbox):
            del self._owed[one]
            self.caught_up.append(CaughtUp(owed.lost_at, one.hello_at, time.monotonic()))

    def still_behind(self) -> int:
        """Lines that came back and have not everything yet."""
        return len(self._owed)

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
        return sum(len(one.outbox) for one in self.everybody())

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


@dataclass
class Lag:
    """How late the load's own loop is: what it measures cannot be better than this."""

    late: list[float] = field(default_factory=list)

    async def watch(self) -> None:
        """For ever."""
        while True:
            due = time.monotonic() + LAG_STEP
            await asyncio.sleep(LAG_STEP)
            self.late.append(time.monotonic() - due)


def share(values: Iterable[float], part: float) -> float | None:
    """A quantile in milliseconds; None of nothing."""
    found = sorted(values)
    return round(1000 * found[int(part * (len(found) - 1))], 1) if found else None
