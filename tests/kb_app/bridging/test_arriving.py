"""What another system says comes back (X5): to the ticket and its customer, once, in no circle."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from kb_app.bridging.arriving import Outcome, apply
from kb_app.bridging.delivering import deliver
from kb_app.bridging.polling import poll, schedule
from kb_app.ports import Ports
from kb_app.tickets import customer_reply
from models import (
    BridgeEvent,
    FormFile,
    HandoverState,
    Job,
    JobKind,
    Message,
    TicketStatus,
    reading,
)
from tests.conftest import People
from tests.kb_app.bridging.conftest import PlayedDesk, handover, jobs
from tests.kb_app.desk import bodies, log_of, ticket
from ticket_bridge.handover import FaultCode, FileRef, NewsItem, NewsKind


@pytest.fixture
def there(ports: Ports, handed: str) -> str:
    """The ticket, delivered."""
    deliver(ports, handover(ports).id)
    return handed


def test_an_answer_reaches_ticket_and_customer(
    ports: Ports, desk: PlayedDesk, there: str, bridge_id: int
) -> None:
    """X5: public words with their author, the ticket in work, a mail to the customer."""
    desk.happens(NewsKind.ANSWER, there, "请重启网关。")
    poll(ports, bridge_id)
    with reading(ports.database) as session:
        message = session.scalars(sa.select(Message)).one()
        mail = session.scalars(sa.select(Job).filter_by(kind=JobKind.SEND_MAIL)).all()[-1]
    assert (message.body, message.author_name) == ("请重启网关。", "林工（外部工单）")
    assert message.from_staff
    assert ticket(ports, there).status is TicketStatus.OPEN
    assert ticket(ports, there).first_reply_at is not None
    assert "请重启网关。" in mail.payload["body"]


def test_what_came_is_never_sent_back(
    ports: Ports, people: People, desk: PlayedDesk, there: str, bridge_id: int
) -> None:
    """X5: no loop: the other side's words are not told to it, the customer's next ones are."""
    desk.happens(NewsKind.ANSWER, there, "请重启网关。", FileRef("7", "图.png", "image/png"))
    poll(ports, bridge_id)
    assert handover(ports).state is HandoverState.SENT
    customer_reply(ports, people.xiaoai, there, "好了，谢谢", "k1")
    deliver(ports, handover(ports).id)
    assert [(word.text, word.files) for word in desk.said] == [("好了，谢谢", ())]


def test_the_same_event_counts_once(
    ports: Ports, desk: PlayedDesk, there: str, bridge_id: int
) -> None:
    """X5: idempotent inward, whatever the cursor says."""
    item = NewsItem("77", f"A-{there}", NewsKind.ANSWER, "一次", "林工")
    assert apply(ports, bridge_id, item, desk.fetch) is Outcome.ANSWERED
    assert apply(ports, bridge_id, item, desk.fetch) is Outcome.KNOWN
    assert bodies(ports) == ["一次"]


def test_files_come_along(ports: Ports, desk: PlayedDesk, there: str, bridge_id: int) -> None:
    """X5: attachments lie beside the question, and the message names them."""
    desk.happens(NewsKind.ANSWER, there, "见图", FileRef("7", "../接线图.png", "image/png"))
    poll(ports, bridge_id)
    with reading(ports.database) as session:
        file = session.scalars(sa.select(FormFile)).one()
    assert file.filename == "接线图.png"
    path = Path(ports.config.files_dir, file.sha256[:2], file.sha256)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert bodies(ports) == ["见图\n\n附件：接线图.png"]


def test_states_come_back_by_their_map(
    ports: Ports, desk: PlayedDesk, there: str, bridge_id: int
) -> None:
    """X5: stalled is 暂停, resolved 处理完毕; the history names who and where."""
    for status, ours in (
        ("stalled", TicketStatus.PAUSED),
        ("resolved", TicketStatus.SOLVED),
        ("open", TicketStatus.OPEN),
        ("rejected", TicketStatus.CLOSED),
    ):
        desk.happens(NewsKind.STATUS, there, status)
        poll(ports, bridge_id)
        assert ticket(ports, there).status is ours, status
        assert handover(ports).external_status == status
    assert ("status", "solved", "open") in log_of(ports, there)


def test_what_means_nothing_here_changes_nothing(
    ports: Ports, desk: PlayedDesk, there: str, bridge_id: int
) -> None:
    """X5: unknown states, strange cases, empty words."""
    before = ticket(ports, there).version
    odd = (
        (NewsItem("1", f"A-{there}", NewsKind.STATUS, status="夢"), Outcome.NO_STATE),
        (NewsItem("2", "A-other", NewsKind.ANSWER, "给别人的"), Outcome.NO_CASE),
        (NewsItem("3", "", NewsKind.STATUS, status="resolved"), Outcome.NO_CASE),
        (NewsItem("4", f"A-{there}", NewsKind.ANSWER, " \x00 "), Outcome.NO_WORDS),
    )
    for item, outcome in odd:
        assert apply(ports, bridge_id, item, desk.fetch) is outcome
    assert bodies(ports) == []
    assert ticket(ports, there).version == before


def test_an_outage_while_asking_loses_no_news(
    ports: Ports, desk: PlayedDesk, there: str, bridge_id: int
) -> None:
    """X5: the cursor moves only with what was applied."""
    desk.happens(NewsKind.ANSWER, there, "第一句")
    desk.fault = FaultCode.TIMEOUT
    poll(ports, bridge_id)
    assert bodies(ports) == []
    desk.fault = None
    desk.happens(NewsKind.ANSWER, there, "第二句")
    poll(ports, bridge_id)
    assert bodies(ports) == ["第一句", "第二句"]


def test_each_system_is_asked_by_one_job_at_a_time(ports: Ports, there: str) -> None:
    """X5: two workers make one job, and none again before its time."""
    before = jobs(ports)
    schedule(ports)
    schedule(ports)
    assert jobs(ports) == before + 1
    with reading(ports.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(BridgeEvent))
