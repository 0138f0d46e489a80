"""What must not stop a bridge or lose a word of it (X5): files that cannot be had, long names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import sqlalchemy as sa

from kb_app.bridging.arriving import Outcome, apply
from kb_app.bridging.delivering import deliver
from kb_app.bridging.handing import hand_over
from kb_app.bridging.inputs import BridgeInput
from kb_app.bridging.polling import poll
from kb_app.bridging.setup import bridge_page, save_bridge
from kb_app.errors import InvalidInput
from kb_app.ports import Ports
from models import Bridge, Handover, Job, JobKind, Role, Viewer, reading
from tests.conftest import People
from tests.contracts.desk_worlds import webhook_world
from tests.kb_app.bridging.conftest import PlayedDesk, handover
from tests.kb_app.desk import bodies
from ticket_bridge import outside_call
from ticket_bridge.desks.mail import MailDesk
from ticket_bridge.desks.request_tracker import RequestTracker
from ticket_bridge.handover import (
    DeskAccess,
    DeskFault,
    DeskKind,
    FaultCode,
    FileRef,
    NewsItem,
    NewsKind,
)

OWNER = Viewer(Role.OWNER, None, "owner", frozenset(), "站长")


@pytest.fixture
def there(ports: Ports, handed: str) -> str:
    """The ticket, delivered."""
    deliver(ports, handover(ports).id)
    return handed


def _away(code: FaultCode) -> Any:
    def fetch(file: FileRef) -> bytes:
        raise DeskFault(code, file.filename)

    return fetch


@pytest.mark.parametrize("code", [FaultCode.INVALID, FaultCode.QUEUE])
def test_a_file_that_cannot_be_had_holds_up_nobody(
    ports: Ports, there: str, bridge_id: int, code: FaultCode
) -> None:
    """X5: too large or deleted there: its name is told, and the words come all the same."""
    file = FileRef("7", "录像.mp4", "video/mp4")
    item = NewsItem("1", f"A-{there}", NewsKind.ANSWER, "见录像", "林工", files=(file,))
    assert apply(ports, bridge_id, item, _away(code)) is Outcome.ANSWERED
    assert bodies(ports) == ["见录像\n\n没有收下的附件：录像.mp4"]


def test_an_outage_while_fetching_loses_no_file(ports: Ports, there: str, bridge_id: int) -> None:
    """X5: what may be had later is asked for again."""
    file = FileRef("7", "录像.mp4", "video/mp4")
    item = NewsItem("1", f"A-{there}", NewsKind.ANSWER, "见录像", "林工", files=(file,))
    for code in (FaultCode.BUSY, FaultCode.PROTOCOL):
        with pytest.raises(DeskFault):
            apply(ports, bridge_id, item, _away(code))
    assert bodies(ports) == []


def test_long_names_of_events_do_not_run_together(
    ports: Ports, desk: PlayedDesk, there: str, bridge_id: int
) -> None:
    """X5: addresses that differ at their end are two answers, each taken in once."""
    start = "https://desk.example.com/api/v2/organisations/headquarters/events/"
    for name in ("100001", "100002", "100001"):
        item = NewsItem(start + name, f"A-{there}", NewsKind.ANSWER, name, "林工")
        apply(ports, bridge_id, item, desk.fetch)
    assert bodies(ports) == ["100001", "100002"]


@dataclass(frozen=True)
class PlayedTracker(RequestTracker):
    """RT's answers by the beginning of their path."""

    answers: dict[str, Any] = field(default_factory=dict)

    def _ask(self, path: str, body: dict[str, Any] | None = None, method: str = "") -> Any:
        found = next(kept for start, kept in self.answers.items() if path.startswith(start))
        if isinstance(found, DeskFault):
            raise found
        return found


def _tracker(creator: str, attachment: Any) -> PlayedTracker:
    said = {"id": "12", "Type": "Correspond", "ObjectId": "3", "Creator": {"id": creator}}
    link = {"ref": "attachment", "_url": "http://rt.test/REST/2.0/attachment/9"}
    access = DeskAccess(DeskKind.REQUEST_TRACKER, "http://rt.test", "Wenda", "x", "总部")
    answers = {
        "/transactions": {"items": [said]},
        "/transaction/12": {"_hyperlinks": [link]},
        "/attachment/9": attachment,
    }
    return PlayedTracker(access, answers)


def test_one_huge_attachment_does_not_stop_all_news() -> None:
    """X5: not even one of a case that was never ours; the answer comes, the file is named."""
    huge = DeskFault(FaultCode.INVALID, "the answer is too long")
    (item,) = _tracker("alice", huge).news("11").items
    assert [file.filename for file in item.files] == ["#9"]
    for torn in (FaultCode.TIMEOUT, FaultCode.PROTOCOL):
        with pytest.raises(DeskFault):
            _tracker("alice", DeskFault(torn)).news("11")


def test_our_own_words_are_known_in_any_case() -> None:
    """X5: the account typed as Wenda is wenda there; its words are no news."""
    text = {"ContentType": "text/plain", "Content": "5LiA"}
    assert _tracker("wenda", text).news("11").items == ()
    assert len(_tracker("alice", text).news("11").items) == 1


def _move(ports: Ports, bridge_id: int, url: str, moved: str = "") -> str:
    """The bridge is given another address; returns how far its news count as read."""
    version = bridge_page(ports, OWNER, bridge_id).form.version
    form = BridgeInput(name="新的", url=url, username="wenda", secret="s" * 9, queue="总部")
    save_bridge(ports, OWNER, bridge_id, replace(form, version=version, moved=moved))
    with reading(ports.database) as session:
        return session.get_one(Bridge, bridge_id).cursor


def test_a_system_that_moved_goes_on_and_another_one_begins_anew(
    ports: Ports, desk: PlayedDesk, there: str, bridge_id: int
) -> None:
    """X5: the old one's numbers mean nothing in another; nobody guesses which it is."""
    desk.happens(NewsKind.ANSWER, there, "好")
    poll(ports, bridge_id)
    assert _move(ports, bridge_id, "http://127.0.0.1:9/rt") == "1", "only another path"
    with pytest.raises(InvalidInput) as fault:
        _move(ports, bridge_id, "http://10.0.0.9/rt")
    assert fault.value.field == "moved"
    assert _move(ports, bridge_id, "http://10.0.0.9/rt", "same") == "1"
    assert handover(ports).external_id == f"A-{there}"
    assert _move(ports, bridge_id, "http://10.0.0.8/rt", "other") == ""
    with reading(ports.database) as session:
        assert session.scalars(sa.select(Handover)).all() == []
    assert bodies(ports) == ["好"]


def test_another_kind_of_system_is_not_the_same_one(
    ports: Ports, there: str, bridge_id: int
) -> None:
    """X5: who says so is told, and no hand-over is let go."""
    form = BridgeInput(name="新的", kind=DeskKind.WEBHOOK, url="http://10.0.0.9/x", moved="same")
    version = bridge_page(ports, OWNER, bridge_id).form.version
    with pytest.raises(InvalidInput) as fault:
        save_bridge(ports, OWNER, bridge_id, replace(form, version=version))
    assert (fault.value.field, fault.value.code) == ("moved", "kind")
    assert handover(ports).external_id == f"A-{there}"


def test_another_mail_address_is_written_to_anew(ports: Ports, people: People, number: str) -> None:
    """X5: handed over again after the move, the case goes to the new address, not nowhere."""
    ports = replace(ports, desks=MailDesk)
    form = BridgeInput(name="总部", kind=DeskKind.MAIL, username="old@example.com")
    bridge_id, _ = save_bridge(ports, OWNER, None, form)
    for address in ("old@example.com", "new@example.com"):
        version = bridge_page(ports, OWNER, bridge_id).form.version
        moved = replace(form, username=address, version=version, moved="other")
        save_bridge(ports, OWNER, bridge_id, moved)
        hand_over(ports, people.abo, number, bridge_id)
        deliver(ports, handover(ports).id)
    with reading(ports.database) as session:
        mails = session.scalars(sa.select(Job.payload).filter_by(kind=JobKind.SEND_MAIL)).all()
    written = [mail["to"] for mail in mails if mail.get("mail_kind") == "handover"]
    assert written == ["old@example.com", "new@example.com"]


def test_what_is_too_long_now_is_too_long_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """X5: so it is not waited for; a line that tears is."""
    monkeypatch.setattr(outside_call, "MOST_BYTES", 4)
    with webhook_world() as there, pytest.raises(DeskFault) as caught:
        there.desk.check()
    assert caught.value.lasting
