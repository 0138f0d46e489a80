"""A call back from the request to its result, with its ticket and reminder (C7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from kb_app.calling import booking, desk
from kb_app.calling.booking import CallForm
from kb_app.calling.desk import MOST_TRIES, Outcome
from kb_app.calling.reminding import remind
from kb_app.chat.rules import ChatRules, save_rules
from kb_app.errors import EditConflict, IllegalMove, InvalidInput, NotFound
from kb_app.ports import Ports
from models import (
    CallBack,
    CallResult,
    CallState,
    ChatOutcome,
    ChatState,
    DeskNotice,
    Message,
    Role,
    Ticket,
    TicketStatus,
    Viewer,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import make_user
from tests.kb_app.chat.chats import begin, bodies, chat


def _slot(ports: Ports, viewer: Viewer, place: int = 0) -> datetime:
    return booking.call_page(ports, viewer, "").slots[place]


def _book(ports: Ports, viewer: Viewer, **more: object) -> str:
    form = CallForm("小艾", "138 0000 0000", "门锁装反了", _slot(ports, viewer), "key")
    return booking.book(ports, viewer, replace(form, **more))  # type: ignore[arg-type]  # by name


def _call(ports: Ports, public_id: str) -> CallBack:
    with reading(ports.database) as session:
        return session.scalars(sa.select(CallBack).where(CallBack.public_id == public_id)).one()


def _ticket(ports: Ports, call: CallBack) -> Ticket:
    with reading(ports.database) as session:
        return session.get_one(Ticket, call.ticket_id)


def _notes(ports: Ports, call: CallBack) -> list[str]:
    with reading(ports.database) as session:
        query = sa.select(Message.body).where(Message.ticket_id == call.ticket_id)
        return list(session.scalars(query.order_by(Message.id)))


def _outcome(result: CallResult, version: int = 1, **more: object) -> Outcome:
    plain = Outcome(result, "", None, solved=False, version=version)
    return replace(plain, **more)  # type: ignore[arg-type]  # by name


def test_it_becomes_a_ticket_at_once(ports: Ports, people: People) -> None:
    """C7: nothing depends on the call being made; asked twice it is promised once."""
    public_id = _book(ports, people.xiaoai)
    assert _book(ports, people.xiaoai) == public_id
    call = _call(ports, public_id)
    ticket = _ticket(ports, call)
    assert (ticket.channel, ticket.status) == ("phone", TicketStatus.NEW)
    assert "138 0000 0000" in ticket.body
    assert len(_notes(ports, call)) == 1


def test_it_ends_the_chat_it_grew_out_of(ports: Ports, people: People) -> None:
    """C7 C2: off-hours the chat's words go with it, into one ticket and not two."""
    talk = begin(ports, people.xiaoai, "门锁装反了", person=True)
    call = _call(ports, _book(ports, people.xiaoai, chat=talk))
    found = chat(ports, talk)
    assert (found.state, found.outcome) == (ChatState.ENDED, ChatOutcome.LEFT_WORD)
    assert call.ticket_id == found.ticket_id
    assert "已约好电话回访" in bodies(ports, talk)[-1]


def test_it_promises_no_time_twice(ports: Ports, people: People) -> None:
    """C7: one fits; the second is told, and nobody else's chat can be named."""
    with unit_of_work(ports.database) as session:
        lead = make_user(session, "组长", Role.LEAD).as_viewer()
    save_rules(ports, lead, ChatRules(calls_per_slot=1))
    slot = _slot(ports, people.xiaoai)
    _book(ports, people.xiaoai, slot=slot)
    with pytest.raises(InvalidInput) as refused:
        _book(ports, people.laochen, slot=slot, opening_key="other")
    assert (refused.value.field, refused.value.code) == ("slot", "taken")
    talk = begin(ports, people.xiaoai, "门锁")
    with pytest.raises(NotFound):
        _book(ports, people.laochen, chat=talk, opening_key="third")


@pytest.mark.parametrize("phone", ["", "你好", "12", "1" * 41, "138\u0660000"])
def test_it_wants_a_number_that_can_be_called(ports: Ports, people: People, phone: str) -> None:
    """C7: refused with the field's name."""
    with pytest.raises(InvalidInput) as refused:
        _book(ports, people.xiaoai, phone=phone)
    assert refused.value.field == "phone"


def test_it_reminds_its_agent_once(ports: Ports, people: People) -> None:
    """C7: shortly before; again only when the time was changed."""
    public_id = _book(ports, people.xiaoai)
    desk.claim(ports, people.abo, public_id, 1)
    assert remind(ports) == 0
    soon = replace(ports, clock=lambda: _call(ports, public_id).slot_at - timedelta(minutes=5))
    assert (remind(soon), remind(soon)) == (1, 0)
    with reading(ports.database) as session:
        kinds = session.execute(sa.select(DeskNotice.user_id, DeskNotice.kind)).all()
    assert (people.abo.user_id, "call_due") in [tuple(row) for row in kinds]


def test_it_records_that_the_customer_was_reached(ports: Ports, people: People) -> None:
    """C7: noted in the ticket, solved with it when the agent says so."""
    public_id = _book(ports, people.xiaoai)
    reached = _outcome(CallResult.REACHED, note="换了方向", solved=True)
    assert desk.conclude(ports, people.abo, public_id, reached) is CallState.REACHED
    call = _call(ports, public_id)
    assert "换了方向" in _notes(ports, call)[-1]
    assert _ticket(ports, call).status is TicketStatus.SOLVED
    with pytest.raises(IllegalMove):
        desk.conclude(ports, people.abo, public_id, replace(reached, version=call.version))


def test_it_gives_up_after_some_tries(ports: Ports, people: People) -> None:
    """C7: each time it is put off to a later slot; the ticket stays open."""
    public_id = _book(ports, people.xiaoai)
    for number in range(1, MOST_TRIES):
        before = _call(ports, public_id)
        desk.conclude(ports, people.abo, public_id, _outcome(CallResult.MISSED, number))
        assert _call(ports, public_id).state is CallState.DUE
        assert _call(ports, public_id).tries == before.tries + 1
    last = desk.conclude(ports, people.abo, public_id, _outcome(CallResult.MISSED, MOST_TRIES))
    assert last is CallState.GIVEN_UP
    assert _ticket(ports, _call(ports, public_id)).status is not TicketStatus.SOLVED


def test_it_moves_to_another_time(ports: Ports, people: People) -> None:
    """C7: 改约 needs a time, and is told to two editors apart."""
    public_id = _book(ports, people.xiaoai)
    with pytest.raises(InvalidInput):
        desk.conclude(ports, people.abo, public_id, _outcome(CallResult.MOVED))
    later = _slot(ports, people.xiaoai, 3)
    desk.conclude(ports, people.abo, public_id, _outcome(CallResult.MOVED, slot=later))
    assert _call(ports, public_id).slot_at == later
    with pytest.raises(EditConflict):
        desk.claim(ports, people.abo, public_id, 1)


def test_it_can_be_called_off(ports: Ports, people: People) -> None:
    """C7: by its customer alone, and then for good."""
    public_id = _book(ports, people.xiaoai)
    with pytest.raises(NotFound):
        booking.change(ports, people.laochen, public_id, None)
    booking.change(ports, people.xiaoai, public_id, None)
    assert _call(ports, public_id).state is CallState.CALLED_OFF
    with pytest.raises(IllegalMove):
        booking.change(ports, people.xiaoai, public_id, _slot(ports, people.xiaoai))
