"""What every ticket system behind the bridge must do (X5): our own, RT 5, webhook, mail."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from models import Database
from tests.contracts.desk_worlds import (
    BuiltinWorld,
    MailWorld,
    TrackerWorld,
    World,
    webhook_world,
)
from tests.servers.request_tracker import OURS, QUEUE, TrackerServer
from ticket_bridge.desks.request_tracker import RequestTracker
from ticket_bridge.desks.webhook import WebhookDesk
from ticket_bridge.handover import (
    Case,
    DeskAccess,
    DeskFault,
    DeskFile,
    DeskKind,
    FaultCode,
    Moved,
    NewsItem,
    NewsKind,
    Word,
)
from ticket_bridge.webhook_signing import new_secret

KINDS = (
    "builtin",
    "mail",
    "webhook",
    pytest.param("request_tracker", marks=pytest.mark.server),
)


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Each of the four."""
    if request.param == "builtin":
        yield BuiltinWorld(request.getfixturevalue("database"))
    elif request.param == "mail":
        yield MailWorld()
    elif request.param == "webhook":
        with webhook_world() as found:
            yield found
    else:
        yield TrackerWorld(request.getfixturevalue("request_tracker"))


def case(key: str) -> Case:
    """A case with a Chinese file."""
    picture = DeskFile("门锁照片.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"x" * 400)
    return Case(
        key,
        "门锁打不开",
        "客户：小艾\n\n门锁一直闪红灯，“重启”也不行 <b>",
        f"http://help.test/desk/tickets/{key}",
        "小艾",
        "xiaoai@example.com",
        files=(picture,),
    )


def news(world: World, cursor: str, external_id: str) -> list[NewsItem]:
    """What came about one case."""
    return [one for one in world.desk.news(cursor).items if one.external_id == external_id]


def test_it_can_be_tried(world: World) -> None:
    """X5: the test button asks this."""
    world.desk.check()


def test_it_takes_a_case_once(world: World) -> None:
    """X5: handed over twice (the answer was lost) it lies there once, under one name."""
    key = world.key()
    first, second = world.desk.open(case(key)), world.desk.open(case(key))
    assert first.external_id
    if world.names_once:
        assert first.external_id == second.external_id
    assert world.cases(key) == 1


def test_it_is_told_each_word_once(world: World) -> None:
    """X5: what the customer adds goes after the case, once however often it is sent."""
    key = world.key()
    opened = world.desk.open(case(key))
    word = Word(f"{key}/7", "小艾", "还是不行，换过电池了", files=(case(key).files))
    world.desk.say(opened.external_id, word)
    world.desk.say(opened.external_id, word)
    assert world.told(opened.external_id) == [f"{key}/7"]


def test_it_reports_answers_and_states_but_not_what_came_from_here(world: World) -> None:
    """X5: answer and status come back; our own words do not, so nothing goes round."""
    key = world.key()
    opened = world.desk.open(case(key))
    start = world.desk.news("").cursor
    world.desk.say(opened.external_id, Word(f"{key}/8", "小艾", "在吗"))
    world.answer(opened.external_id, "请重启网关，再试一次。")
    status = world.close(opened.external_id)
    found = news(world, start, opened.external_id)
    if not world.pulls:
        assert found == []
        return
    assert [one.kind for one in found] == [NewsKind.ANSWER, NewsKind.STATUS]
    assert (found[0].text, found[0].author) == ("请重启网关，再试一次。", "alice")
    assert found[1].status == status
    again = [one.event_id for one in news(world, start, opened.external_id)]
    assert again == [one.event_id for one in found]


def test_it_takes_our_state_once_and_does_not_report_it(world: World) -> None:
    """X5: solved here is resolved there, said twice it is said once, and it is no news."""
    key = world.key()
    opened = world.desk.open(case(key))
    start = world.desk.news("").cursor
    moved = Moved(f"{key}/status-9", "solved", "resolved", "阿博", "状态改为“处理完毕”（阿博）")
    world.desk.move(opened.external_id, moved)
    world.desk.move(opened.external_id, moved)
    assert world.states(opened.external_id) == world.after_solved
    assert news(world, start, opened.external_id) == []


def test_it_reads_nothing_of_cases_that_are_not_ours(world: World) -> None:
    """X5: words and files of strangers stay where they are."""
    key = world.key()
    opened = world.desk.open(case(key))
    start = world.desk.news("").cursor
    world.answer(opened.external_id, "与你们无关。")
    assert world.desk.news(start, lambda _name: False).items == ()


@pytest.mark.server
def test_request_tracker_refuses_a_state_it_does_not_have(request_tracker: TrackerServer) -> None:
    """X5: for good, so that nobody tries for ever."""
    there = TrackerWorld(request_tracker)
    opened = there.desk.open(case(there.key()))
    with pytest.raises(DeskFault) as fault:
        there.desk.move(opened.external_id, Moved("k", "paused", "on the moon"))
    assert fault.value.lasting


@pytest.mark.server
def test_request_tracker_gives_files_back_whole_and_keeps_comments(
    request_tracker: TrackerServer,
) -> None:
    """X5: Chinese file names both ways; what is a comment there is nobody's answer here."""
    there = TrackerWorld(request_tracker)
    opened = there.desk.open(case(there.key()))
    start = there.desk.news("").cursor
    file = DeskFile("说明书 第一页.txt", "text/plain", "一二三".encode())
    there.comment(opened.external_id, "内部：这是老型号")
    there.answer(opened.external_id, "见附件", (file,))
    (found,) = news(there, start, opened.external_id)
    assert [one.filename for one in found.files] == ["说明书 第一页.txt"]
    assert there.desk.fetch(found.files[0]).strip() == file.content
    lying = there.ask(f"/ticket/{opened.external_id}/attachments?fields=Filename")
    assert "门锁照片.png" in {one.get("Filename") for one in lying["items"]}


@pytest.mark.server
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"secret": "wrong"}, FaultCode.LOGIN),
        ({"queue": "没有这个"}, FaultCode.QUEUE),
        ({"url": "http://127.0.0.1:9"}, FaultCode.REFUSED),
        ({"url": "http://93.184.216.34"}, FaultCode.PLAIN),
    ],
)
def test_request_tracker_says_what_is_wrong(
    request_tracker: TrackerServer, changed: dict[str, str], code: FaultCode
) -> None:
    """X5: the test button names the fault."""
    there = TrackerWorld(request_tracker)
    known = {"url": request_tracker.url, "username": OURS, "secret": "x", "queue": QUEUE}
    if "queue" in changed:
        known["secret"] = there.desk.access.secret
    access = DeskAccess(DeskKind.REQUEST_TRACKER, **{**known, **changed})
    with pytest.raises(DeskFault) as caught:
        RequestTracker(access).check()
    assert caught.value.code is code


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (0, FaultCode.PROTOCOL),
        (500, FaultCode.BUSY),
        (429, FaultCode.BUSY),
        (422, FaultCode.INVALID),
    ],
)
def test_webhook_tells_an_outage_from_a_refusal(status: int, code: FaultCode) -> None:
    """X5: an outage is tried again; what is refused waits for a person."""
    with webhook_world() as there:
        there.server.statuses.append(status)
        with pytest.raises(DeskFault) as caught:
            there.desk.open(case("WD-1"))
        assert caught.value.code is code
        assert caught.value.lasting == (status == 422)


def test_webhook_is_signed() -> None:
    """X5: whoever does not know the secret is not believed."""
    with webhook_world() as there:
        access = DeskAccess(DeskKind.WEBHOOK, there.url, secret=new_secret())
        with pytest.raises(DeskFault) as caught:
            WebhookDesk(access, time.time).check()
        assert caught.value.code is FaultCode.LOGIN


def test_builtin_does_not_know_a_strange_case(database: Database) -> None:
    """X5: a case of this house is one of its tickets."""
    with pytest.raises(DeskFault):
        BuiltinWorld(database).desk.open(case("WD-0"))
