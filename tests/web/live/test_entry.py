"""Letting sockets in: many at once, staff asked for together, nobody sent away for an outage."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any

from kb_app.ports import Ports
from tests.conftest import People
from tests.web.live.alone import run_alone
from web.live.entry import TOGETHER, Entry
from web.live.keys import Who, make_key
from web.live.link import NOT_YOU, TRY_LATER, Link


class Door(Link):
    """A link that remembers how it was sent away."""

    def __init__(self, *, gone: bool = False) -> None:
        super().__init__(None)  # type: ignore[arg-type]  # nobody is told
        self.gone, self.refused = gone, 0

    @property
    def is_open(self) -> bool:
        """Unless its line broke."""
        return not self.gone

    def refuse(self, code: int = NOT_YOU) -> None:
        """Kept."""
        self.refused = code


class Desk:
    """The database's side: counts questions, lets in those it knows; None when it is away."""

    def __init__(self, known: Collection[Who] | None) -> None:
        self.known, self.questions = known, 0
        self.came: list[tuple[Link, Who]] = []

    async def asked(self, _ask: Callable[..., Any], who: Collection[Who]) -> Any:
        """One question."""
        self.questions += 1
        await asyncio.sleep(0)
        return None if self.known is None else frozenset(who) & frozenset(self.known)

    def admit(self, link: Link, who: Who) -> None:
        """In."""
        self.came.append((link, who))


def _let_in(ports: Ports, desk: Desk, those: list[tuple[Link, Who]]) -> None:
    async def run() -> None:
        entry = Entry(ports, desk.asked, desk.admit, lambda: False)
        for link, who in those:
            entry.arrived(link, make_key(ports.config.secret_key, who))
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(entry.serve(group.create_task))
            while entry._waiting or entry._someone.is_set():
                await asyncio.sleep(0.01)
            serving.cancel()

    run_alone(run())


def test_it_lets_everybody_in_and_asks_once_for_those_who_come_together(
    ports: Ports, people: People
) -> None:
    """C9: a hundred agents after a restart are a few questions, not a hundred."""
    agents = [Who(user_id=number) for number in range(1, 101)]
    customers = [Who(chat_id=number) for number in range(1, 101)]
    those: list[tuple[Link, Who]] = [(Door(), who) for who in [*agents, *customers]]
    desk = Desk(agents)
    _let_in(ports, desk, those)
    assert {who for _, who in desk.came} == {*agents, *customers}
    assert desk.questions <= -(-len(agents) // TOGETHER)


def test_it_lets_customers_in_and_puts_staff_off_while_the_database_is_away(
    ports: Ports, people: People
) -> None:
    """C9 O3: nobody is told that they are somebody else because a question had no answer."""
    customer, agent = Door(), Door()
    desk = Desk(None)
    _let_in(ports, desk, [(agent, Who(user_id=1)), (customer, Who(chat_id=1))])
    assert [link for link, _ in desk.came] == [customer]
    assert agent.refused == TRY_LATER


def test_it_refuses_strangers_and_whoever_may_no_longer_come(ports: Ports, people: People) -> None:
    """O3: a key of another site, and staff whose session ended."""
    old, forged = Door(), Door()
    desk = Desk([])
    foreign = Who(chat_id=1)

    async def run() -> None:
        entry = Entry(ports, desk.asked, desk.admit, lambda: False)
        entry.arrived(forged, make_key("another " * 8, foreign))
        entry.arrived(old, make_key(ports.config.secret_key, Who(user_id=7)))
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(entry.serve(group.create_task))
            await asyncio.sleep(0.05)
            serving.cancel()

    run_alone(run())
    assert not desk.came
    assert (old.refused, forged.refused) == (NOT_YOU, NOT_YOU)


def test_it_does_not_let_in_who_has_left(ports: Ports, people: People) -> None:
    """C6: an agent whose line broke at the door would count as there for ever."""
    desk = Desk([Who(user_id=1)])
    _let_in(ports, desk, [(Door(gone=True), Who(chat_id=1)), (Door(gone=True), Who(user_id=1))])
    assert not desk.came
