"""A bridge to a desk that the test plays itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
import sqlalchemy as sa

from kb_app.bridging.handing import hand_over
from kb_app.ports import Ports
from models import Bridge, Handover, Job, JobKind, JobStatus, reading, unit_of_work
from tests.conftest import People
from ticket_bridge.handover import (
    Case,
    DeskFault,
    FaultCode,
    FileRef,
    Moved,
    News,
    NewsItem,
    NewsKind,
    Opened,
    Ours,
    Word,
    everything,
)


@dataclass
class PlayedDesk:
    """Keeps what it is given; `fault` is raised by every call, `lost` after the next deed."""

    opened: list[Case] = field(default_factory=list)
    said: list[Word] = field(default_factory=list)
    happened: list[NewsItem] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    asked: list[tuple[str, bool]] = field(default_factory=list)
    refuses_states: bool = False
    fault: FaultCode | None = None
    lost: bool = False

    def check(self) -> None:
        """See TicketDesk."""
        self._perhaps()

    def open(self, case: Case) -> Opened:
        """See TicketDesk."""
        self._perhaps()
        if case.key not in [known.key for known in self.opened]:
            self.opened.append(case)
        self._perhaps_lost()
        return Opened(f"A-{case.key}", "https://other.test/1")

    def say(self, external_id: str, word: Word) -> None:
        """See TicketDesk."""
        self._perhaps()
        if word.key not in [known.key for known in self.said]:
            self.said.append(word)
            self.order.append(word.text)
        self._perhaps_lost()

    def move(self, external_id: str, moved: Moved) -> None:
        """See TicketDesk."""
        self._perhaps()
        if self.refuses_states:
            raise DeskFault(FaultCode.INVALID, "no such way")
        if moved.key not in [known.key for known in self.moved]:
            self.moved.append(moved)
            self.order.append(moved.theirs)
        self._perhaps_lost()

    def news(self, cursor: str, ours: Ours = everything) -> News:
        """See TicketDesk."""
        self._perhaps()
        found = self.happened[int(cursor or 0) :]
        self.asked += [(each.external_id, ours(each.external_id)) for each in found]
        items = tuple(each for each in found if ours(each.external_id))
        return News(items, str(len(self.happened)))

    def fetch(self, file: FileRef) -> bytes:
        """See TicketDesk."""
        return b"\x89PNG\r\n\x1a\n" + file.ref.encode()

    def happens(self, kind: NewsKind, number: str, said: str, *files: FileRef) -> None:
        """Somebody there answers, or moves it."""
        place, there = len(self.happened) + 1, f"A-{number}"
        word = {"text": said} if kind is NewsKind.ANSWER else {"status": said}
        self.happened.append(NewsItem(str(place), there, kind, author="林工", files=files, **word))

    def _perhaps(self) -> None:
        if self.fault is not None:
            raise DeskFault(self.fault, "played")

    def _perhaps_lost(self) -> None:
        if self.lost:
            self.lost = False
            raise DeskFault(FaultCode.TIMEOUT)


@pytest.fixture
def desk() -> PlayedDesk:
    """The other side."""
    return PlayedDesk()


@pytest.fixture
def ports(ports: Ports, desk: PlayedDesk) -> Ports:
    """The product whose every bridge leads to that desk."""
    return replace(ports, desks=lambda _access, _outbox: desk)


@pytest.fixture
def bridge_id(ports: Ports) -> int:
    """A bridge to it."""
    with unit_of_work(ports.database) as session:
        bridge = Bridge(name="外部工单", kind="request_tracker", url="http://127.0.0.1:9")
        session.add(bridge)
        session.flush()
        return bridge.id


@pytest.fixture
def handed(ports: Ports, people: People, number: str, bridge_id: int) -> str:
    """小艾's ticket, handed over by 阿博; not delivered yet."""
    hand_over(ports, people.abo, number, bridge_id)
    return number


def handover(ports: Ports) -> Handover:
    """The one there is, as it is now."""
    with reading(ports.database) as session:
        return session.scalars(sa.select(Handover)).one()


def jobs(ports: Ports) -> int:
    """How many deliveries wait."""
    with reading(ports.database) as session:
        query = sa.select(sa.func.count()).select_from(Job)
        waiting = query.filter_by(kind=JobKind.HAND_OVER, status=JobStatus.WAITING)
        return session.scalar(waiting) or 0
