"""What one socket may do to the others: nothing (C9 O3)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from wsproto import ConnectionType, WSConnection
from wsproto.events import Ping, Request, TextMessage

from kb_app.chat.saying import Refused, Said
from kb_app.chat.talk import Say
from kb_app.ports import Ports
from models import User, reading, unit_of_work
from tests.conftest import People
from tests.kb_app.chat.chats import begin, bodies, chat
from tests.web.live.alone import run_alone
from web.live import link as lines
from web.live import looking, writing
from web.live.commands import command, picked
from web.live.keys import Who
from web.live.link import MOST_AT_ONCE, Link
from web.live.writing import Writer


class Keeper:
    """Lets everybody in at once, and remembers."""

    def __init__(self, who: Who) -> None:
        self.who = who
        self.words: list[dict[str, Any]] = []
        self.left = 0

    def arrived(self, link: Link, key: str) -> None:
        """Whoever has a key."""
        if key:
            link.welcome(self.who)

    def told(self, link: Link, words: dict[str, Any]) -> None:
        """Kept."""
        del link
        self.words.append(words)

    def gone(self, link: Link) -> None:
        """Counted."""
        del link
        self.left += 1


class Page:
    """A client's end over a pair of sockets, and the link at the other end."""

    def __init__(self, keeper: Keeper) -> None:
        self.ours, self.theirs = socket.socketpair()
        for each in (self.ours, self.theirs):
            each.setblocking(False)
        self.ws = WSConnection(ConnectionType.CLIENT)
        self.link = Link(keeper)

    async def open(self, key: str = "k") -> None:
        """Ask to come in."""
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(lambda: self.link, self.theirs)
        wanted = ["wenda.chat", key] if key else []
        await self.send(self.ws.send(Request("h", "/chat/socket", subprotocols=wanted)))
        if key:
            self.ws.receive_data(await loop.sock_recv(self.ours, 65536))
            list(self.ws.events())

    async def send(self, data: bytes) -> None:
        """Bytes to the server, which may have cut the line."""
        with suppress(OSError):
            await asyncio.get_running_loop().sock_sendall(self.ours, data)


@asynccontextmanager
async def _page(keeper: Keeper, key: str = "k") -> AsyncIterator[Page]:
    page = Page(keeper)
    await page.open(key)
    try:
        yield page
    finally:
        page.link.close()
        page.ours.close()
        await asyncio.sleep(0)


async def _until(true: Any) -> None:
    for _ in range(400):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("never came true")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short patience."""
    monkeypatch.setattr(lines, "FLUSH_SECONDS", 0.1)
    monkeypatch.setattr(lines, "GREETING_SECONDS", 0.1)


def test_it_cuts_off_who_never_says_what_they_want() -> None:
    """O3: half a request holds a line for seconds, not for days."""

    async def run() -> None:
        keeper = Keeper(Who(chat_id=1))
        async with _page(keeper, key=""):
            await _until(lambda: keeper.left == 1)

    run_alone(run())


def test_it_sends_away_a_page_that_says_too_much() -> None:
    """O3: a customer's flood is not passed on; an agent's page follows as many as it likes."""

    async def run(who: Who) -> tuple[int, int]:
        keeper = Keeper(who)
        async with _page(keeper) as page:
            for _ in range(MOST_AT_ONCE + 100):
                await page.send(page.ws.send(TextMessage('{"t":"typing"}')))
            await _until(lambda: keeper.left or len(keeper.words) == MOST_AT_ONCE + 100)
            return len(keeper.words), keeper.left

    heard, left = run_alone(run(Who(chat_id=1)))
    assert MOST_AT_ONCE <= heard < MOST_AT_ONCE + 50
    assert left == 1
    assert run_alone(run(Who(user_id=1))) == (MOST_AT_ONCE + 100, 0)


def test_it_answers_nobody_who_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """O3: pongs wait in memory like everything else; past the limit the line is gone, not closing
    for ever."""
    monkeypatch.setattr(lines, "MOST_WAITING", 100_000)

    async def run() -> None:
        keeper = Keeper(Who(user_id=1))
        async with _page(keeper) as page:
            ping = page.ws.send(Ping(b"x" * 120))
            sending = asyncio.ensure_future(page.send(ping * 40_000))
            await _until(lambda: keeper.left == 1)
            sending.cancel()

    run_alone(run())


def test_it_ends_a_goodbye_that_nobody_takes() -> None:
    """O3: a line whose other end is dead does not stay among the living."""

    async def run() -> None:
        keeper = Keeper(Who(user_id=1))
        async with _page(keeper) as page:
            page.link.say({"t": "rows", "rows": "x" * 900_000})
            page.link.close()
            await _until(lambda: keeper.left == 1)

    run_alone(run())


def test_it_survives_words_that_no_page_would_send() -> None:
    """O3: too deep, or made of pieces without an end."""

    async def run() -> None:
        keeper = Keeper(Who(chat_id=1))
        async with _page(keeper) as page:
            await page.send(page.ws.send(TextMessage("[" * 30_000)))
            await page.send(page.ws.send(TextMessage('{"t":"typing"}')))
            await _until(lambda: len(keeper.words) == 1)
            await page.send(page.ws.send(TextMessage("", message_finished=False)) * 40_000)
            await _until(lambda: keeper.left == 1)

    run_alone(run())


@pytest.mark.parametrize("client_id", ["\ud800", "a\x00b", "", "x" * 65, "那"])
def test_it_takes_no_id_that_a_database_cannot_keep(client_id: str) -> None:
    """C9: one such message must not end the writing of all others."""
    assert command(Who(chat_id=1), {"t": "say", "body": "在吗", "cid": client_id}) is None


def test_it_takes_no_choice_that_is_no_number() -> None:
    """C9: ² is a digit, and yet no number."""
    assert picked("article:²") == {}
    assert picked("article:12") != {}


def _writer(ports: Ports) -> tuple[Writer, list[Any], list[Any]]:
    told: list[Any] = []
    failed: list[Any] = []
    return Writer(ports, told.extend, failed.extend), told, failed


def test_it_goes_on_writing_after_text_that_cannot_be_stored(ports: Ports, people: People) -> None:
    """C9: the thread lives, the others' words are stored, the one page is told to come back."""
    public_id = begin(ports, people.xiaoai)
    chat_id = chat(ports, public_id).id
    writer, told, failed = _writer(ports)
    writer.start()
    bad, good = Link(Keeper(Who(chat_id=1))), Link(Keeper(Who(chat_id=1)))
    writer.take(bad, Say(chat_id, "坏", "\ud800"))
    writer.take(good, Say(chat_id, "好", "c2"))
    writer.stop()
    assert failed == [bad]
    assert [link for link, _ in told] == [good]
    assert "好" in bodies(ports, public_id)


def test_it_sends_pages_back_when_the_database_is_away(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C9: without an answer a page would wait for ever; nobody waits once for each message."""
    tries = 0

    def away(_ports: Ports, _words: Any) -> list[Said | Refused]:
        nonlocal tries
        tries += 1
        raise OperationalError("insert", {}, ConnectionError("away"))

    monkeypatch.setattr(writing, "say_all", away)
    writer, _, failed = _writer(ports)
    links = [Link(Keeper(Who(chat_id=1))) for _ in range(3)]
    writer._write([(link, Say(1, "在吗", "c")) for link in links])
    assert failed == links
    assert tries == 1


def test_it_tells_an_old_session_from_a_new_one(ports: Ports, people: People) -> None:
    """O3: the same person signed in anew does not keep the line of the session that ended."""
    user_id = people.abo.user_id or 0
    with reading(ports.database) as session:
        epoch = session.get_one(User, user_id).session_epoch
    old, new = Who(user_id=user_id, epoch=epoch - 1), Who(user_id=user_id, epoch=epoch)
    for staff in ([old, new], [new, old]):
        assert looking.may_stay(ports, staff) == {new}
    customer = people.xiaoai.user_id or 0
    with unit_of_work(ports.database) as session:
        epoch = session.get_one(User, customer).session_epoch
    assert looking.may_stay(ports, [Who(user_id=customer, epoch=epoch)]) == frozenset()


def test_it_waits_for_whom_it_keeps_waiting() -> None:
    """C9: after a restart thousands ask at once; whoever has asked is not sent to the end again."""

    class Slow(Keeper):
        def arrived(self, link: Link, key: str) -> None:
            """Later."""
            del key
            asyncio.get_running_loop().call_later(0.3, link.welcome, self.who)

    async def run() -> None:
        keeper = Slow(Who(chat_id=1))
        async with _page(keeper) as page:
            assert page.link.is_open
            assert keeper.left == 0

    run_alone(run())
