"""The life of a ticket with its people: nobody overwrites anybody, all of it logged (T1, T8)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import jobs
from kb_app.errors import (
    EditConflict,
    IllegalMove,
    InvalidInput,
    NotAllowed,
    NotFound,
    SignInNeeded,
)
from kb_app.escalation import Escalation, escalate
from kb_app.ports import Ports
from kb_app.questions import submit
from kb_app.ticket_pages import customer_ticket, desk_ticket
from kb_app.ticket_rows import ALL, MINE, UNASSIGNED, QueueFilter, queue
from kb_app.tickets import (
    Posting,
    change_status,
    claim,
    close_if_quiet,
    customer_reply,
    post_message,
    rate,
)
from models import (
    STAFF_KEY,
    Article,
    Job,
    JobKind,
    Message,
    MessageKind,
    Role,
    Ticket,
    TicketEvent,
    TicketStatus,
    Viewer,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import People
from tests.factories import make_article, make_user
from tests.kb_app.test_questions import asking

REPLY, NOTE = MessageKind.REPLY, MessageKind.NOTE
NEW, OPEN, PAUSED = TicketStatus.NEW, TicketStatus.OPEN, TicketStatus.PAUSED
SOLVED, CLOSED = TicketStatus.SOLVED, TicketStatus.CLOSED


@pytest.fixture
def number(ports: Ports, people: People) -> str:
    """小艾's new ticket."""
    public_id = submit(ports, people.xiaoai, asking("门锁打不开了"))
    return escalate(ports, people.xiaoai, public_id, Escalation("", ""))


@pytest.fixture
def ana(ports: Ports) -> Viewer:
    """A second agent, 安娜."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "安娜", Role.AGENT).as_viewer()


def ticket(ports: Ports, number: str) -> Ticket:
    """The ticket as it is now."""
    with reading(ports.database) as session:
        return session.scalars(sa.select(Ticket).where(Ticket.number == number)).one()


def say(
    ports: Ports, viewer: Viewer, number: str, body: str, status: TicketStatus | None = None
) -> None:
    """An agent's reply to the ticket as it stands now."""
    version = ticket(ports, number).version
    post_message(ports, viewer, number, Posting(REPLY, body, body[:20], version, status))


def move(ports: Ports, viewer: Viewer, number: str, *statuses: TicketStatus) -> None:
    """Through these states, one after the other."""
    for status in statuses:
        change_status(ports, viewer, number, status, ticket(ports, number).version)


def log_of(ports: Ports, number: str) -> list[tuple[str, str, str]]:
    """The ticket's history."""
    found = ticket(ports, number)
    with reading(ports.database) as session:
        events = session.scalars(
            sa.select(TicketEvent).where(TicketEvent.ticket_id == found.id).order_by(TicketEvent.id)
        )
        return [(event.action, event.before, event.after) for event in events]


def bodies(ports: Ports) -> list[str]:
    """Every message there is."""
    with reading(ports.database) as session:
        return list(session.scalars(sa.select(Message.body).order_by(Message.id)))


def test_it_takes_a_new_ticket_into_work_with_the_first_reply(
    ports: Ports, people: People, number: str
) -> None:
    """T1 T2: assigned, opened, timed, mailed and logged in one step."""
    say(ports, people.abo, number, "请先换电池")
    found = ticket(ports, number)
    assert (found.status, found.assignee_id) == (OPEN, people.abo.user_id)
    assert found.first_reply_at is not None
    assert log_of(ports, number) == [
        ("created", "", "new"),
        ("assigned", "", "阿博"),
        ("status", "new", "open"),
    ]
    with reading(ports.database) as session:
        mails = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL)).all()
    assert any("请先换电池" in job.payload["body"] for job in mails)
    page = customer_ticket(ports, people.xiaoai, number)
    assert [(m.author_name, m.from_staff) for m in page.messages] == [("阿博", True)]


def test_it_hides_notes_from_the_customer(ports: Ports, people: People, number: str) -> None:
    """T2: a private note is for staff: not shown, not mailed, and it opens nothing."""
    post_message(ports, people.abo, number, Posting(NOTE, "这位客户是老客户", "n", 1))
    assert customer_ticket(ports, people.xiaoai, number).messages == ()
    assert [m.kind for m in desk_ticket(ports, people.abo, number).messages] == [NOTE]
    assert ticket(ports, number).status is NEW
    with reading(ports.database) as session:
        mails = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL)).all()
    assert all("老客户" not in job.payload["body"] for job in mails)


def test_it_keeps_both_replies_of_two_agents(
    ports: Ports, people: People, ana: Viewer, number: str
) -> None:
    """T8: who replies second saw an older version; both replies are kept."""
    version = ticket(ports, number).version
    for agent, body in ((people.abo, "阿博的回复"), (ana, "安娜的回复")):
        post_message(ports, agent, number, Posting(REPLY, body, body, version))
    assert bodies(ports) == ["阿博的回复", "安娜的回复"]
    assert ticket(ports, number).assignee_id == people.abo.user_id


def test_it_keeps_every_reply_of_eight_at_once(ports: Ports, people: People, number: str) -> None:
    """T8 C9: in parallel too."""

    def reply(place: int) -> None:
        post_message(ports, people.abo, number, Posting(REPLY, f"回复 {place}", f"k{place}", 1))
        customer_reply(ports, people.xiaoai, number, f"补充 {place}", f"c{place}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(reply, range(8)))
    wanted = {f"{kind} {place}" for kind in ("回复", "补充") for place in range(8)}
    assert set(bodies(ports)) == wanted
    assert [event for event in log_of(ports, number) if event[0] == "assigned"] == [
        ("assigned", "", "阿博")
    ]


def test_it_keeps_a_repeated_sending_once(ports: Ports, people: People, number: str) -> None:
    """T1 C9: the same form sent twice is one message, from either side."""
    for _ in range(3):
        post_message(ports, people.abo, number, Posting(REPLY, "换电池", "same", 1))
        customer_reply(ports, people.xiaoai, number, "换过了", "mine")
    assert bodies(ports) == ["换电池", "换过了"]


def test_it_fits_any_key_into_its_column(ports: Ports, people: People, number: str) -> None:
    """O1: PostgreSQL counts the characters."""
    customer_reply(ports, people.xiaoai, number, "换过了", "k" * 500)
    with reading(ports.database) as session:
        assert len(session.scalars(sa.select(Message.client_key)).one()) <= 60


def test_it_refuses_a_status_change_on_an_old_version(
    ports: Ports, people: People, ana: Viewer, number: str
) -> None:
    """T8: closing over a colleague's unread work is refused; the text was not half sent."""
    seen = ticket(ports, number).version
    say(ports, people.abo, number, "我来处理")
    with pytest.raises(EditConflict):
        post_message(ports, ana, number, Posting(REPLY, "解决了", "x", seen, SOLVED))
    with pytest.raises(EditConflict):
        change_status(ports, ana, number, SOLVED, seen)
    assert bodies(ports) == ["我来处理"]
    assert ticket(ports, number).status is OPEN


def test_it_gives_a_ticket_to_the_faster_of_two(
    ports: Ports, people: People, ana: Viewer, number: str
) -> None:
    """Q5 T8: two agents claim; one has it, the other is told."""
    seen = ticket(ports, number).version
    claim(ports, people.abo, number, seen)
    with pytest.raises(EditConflict):
        claim(ports, ana, number, seen)
    claim(ports, people.abo, number, seen)
    assert ticket(ports, number).assignee_id == people.abo.user_id
    assert log_of(ports, number)[1:] == [("assigned", "", "阿博")]


def test_it_gives_a_ticket_to_exactly_one_of_eight(ports: Ports, number: str) -> None:
    """Q5: in a real race too."""
    with unit_of_work(ports.database) as session:
        agents = [make_user(session, f"客服{i}", Role.AGENT).as_viewer() for i in range(8)]
    seen = ticket(ports, number).version

    def try_to(agent: Viewer) -> bool:
        try:
            claim(ports, agent, number, seen)
        except EditConflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(try_to, agents))
    assert won.count(True) == 1
    assert ticket(ports, number).assignee_id == agents[won.index(True)].user_id


def test_it_refuses_a_move_the_life_does_not_have(
    ports: Ports, people: People, number: str
) -> None:
    """T1: 新建 does not become 暂停, and nothing is half done."""
    with pytest.raises(IllegalMove):
        move(ports, people.abo, number, PAUSED)
    move(ports, people.abo, number, OPEN, PAUSED)
    with pytest.raises(IllegalMove):
        say(ports, people.abo, number, "关掉", CLOSED)
    assert bodies(ports) == []
    assert ticket(ports, number).status is PAUSED


@pytest.mark.parametrize("status", [OPEN, SOLVED, CLOSED])
def test_it_offers_no_state_that_a_reply_could_not_reach(
    ports: Ports, people: People, number: str, status: TicketStatus
) -> None:
    """T1: what the composer offers for a new ticket works together with a reply."""
    assert status in desk_ticket(ports, people.abo, number).allowed
    say(ports, people.abo, number, "答复", status)
    assert ticket(ports, number).status is status


def test_it_goes_the_whole_way_and_tells_the_customer(
    ports: Ports, people: People, number: str
) -> None:
    """T1 Q7: every stage is done, current or to come, with its time."""
    say(ports, people.abo, number, "请换电池")
    move(ports, people.abo, number, PAUSED)
    steps = customer_ticket(ports, people.xiaoai, number).steps
    assert [(step.done, step.current) for step in steps] == [
        (True, False),
        (False, True),
        (False, False),
        (False, False),
    ]
    move(ports, people.abo, number, SOLVED, CLOSED)
    steps = customer_ticket(ports, people.xiaoai, number).steps
    assert all(step.at is not None for step in steps)
    assert steps[-1].current


def _three_days_later(ports: Ports) -> Ports:
    return replace(ports, clock=lambda: utcnow() + timedelta(days=3, minutes=1))


def _run_closing_jobs(ports: Ports) -> None:
    """As the worker will once the jobs are due."""
    with unit_of_work(ports.database) as session:
        for job in session.scalars(sa.select(Job).where(Job.kind == JobKind.CLOSE_TICKET)):
            assert job.run_after > utcnow() + timedelta(days=2)
            job.run_after = utcnow() - timedelta(seconds=1)
    jobs.drain(_three_days_later(ports))


def test_it_closes_by_itself_after_three_days(ports: Ports, people: People, number: str) -> None:
    """T1: solved and quiet for three days is closed, by a job written with the solution."""
    say(ports, people.abo, number, "好了吗", SOLVED)
    close_if_quiet(ports, ticket(ports, number).id, utcnow())
    assert ticket(ports, number).status is SOLVED
    _run_closing_jobs(ports)
    assert ticket(ports, number).status is CLOSED
    assert log_of(ports, number)[-1] == ("status", "solved", "closed")


def test_it_does_not_close_what_was_reopened(ports: Ports, people: People, number: str) -> None:
    """T1 Q7: an answer from the customer stops the clock."""
    say(ports, people.abo, number, "好了吗", SOLVED)
    customer_reply(ports, people.xiaoai, number, "还是打不开", "c")
    assert ticket(ports, number).status is OPEN
    _run_closing_jobs(ports)
    assert ticket(ports, number).status is OPEN


@pytest.mark.parametrize("way", [(OPEN, PAUSED), (SOLVED,), (SOLVED, CLOSED)])
def test_it_wakes_up_when_the_customer_writes(
    ports: Ports, people: People, number: str, way: tuple[TicketStatus, ...]
) -> None:
    """T1 Q7: paused, solved or closed, the customer's word opens it again."""
    move(ports, people.abo, number, *way)
    customer_reply(ports, people.xiaoai, number, "还有问题", "c")
    assert ticket(ports, number).status is OPEN
    assert log_of(ports, number)[-1] == ("status", way[-1].value, "open")


def test_it_is_rated_only_when_it_ended(ports: Ports, people: People, number: str) -> None:
    """Q7: satisfaction, 1 to 5, changeable, logged."""
    with pytest.raises(IllegalMove):
        rate(ports, people.xiaoai, number, 5, "")
    move(ports, people.abo, number, SOLVED)
    for bad in (0, 6, -1):
        with pytest.raises(InvalidInput):
            rate(ports, people.xiaoai, number, bad, "")
    rate(ports, people.xiaoai, number, 3, "慢")
    rate(ports, people.xiaoai, number, 5, "后来很好")
    found = ticket(ports, number)
    assert (found.rating, found.rating_comment) == (5, "后来很好")
    assert log_of(ports, number)[-2:] == [("rated", "", "3"), ("rated", "3", "5")]
    assert customer_ticket(ports, people.xiaoai, number).can_rate


def test_it_is_unknown_to_strangers(ports: Ports, people: People, number: str) -> None:
    """T1 K11: another customer cannot see, answer or rate it, nor tell that it exists."""
    move(ports, people.abo, number, SOLVED)
    for stranger in (people.laochen, people.passer_by):
        with pytest.raises(NotFound):
            customer_ticket(ports, stranger, number)
        with pytest.raises(NotFound):
            customer_reply(ports, stranger, number, "我也是", "c")
        with pytest.raises(NotFound):
            rate(ports, stranger, number, 1, "")


def test_it_is_worked_on_by_the_desk_alone(ports: Ports, people: People, number: str) -> None:
    """T3: customers and writers do not act as agents."""
    posting = Posting(REPLY, "我是客服", "k", 1)
    for viewer, error in (
        (people.xiaoai, NotAllowed),
        (people.linzhixia, NotAllowed),
        (people.passer_by, SignInNeeded),
    ):
        with pytest.raises(error):
            post_message(ports, viewer, number, posting)
        with pytest.raises(error):
            claim(ports, viewer, number, 1)
        with pytest.raises(error):
            change_status(ports, viewer, number, SOLVED, 1)
        with pytest.raises(error):
            desk_ticket(ports, viewer, number)


def test_it_inserts_an_article_customers_may_read(
    ports: Ports, people: People, number: str
) -> None:
    """T2 K11: a public article as a link; a staff article is refused, nothing is sent."""
    with unit_of_work(ports.database) as session:
        shared = make_article(session, "换[电池]的办法")
        secret = make_article(session, "内部流程", keys=(STAFF_KEY,))
        slug, ids = shared.slug, (shared.id, secret.id)
    with pytest.raises(InvalidInput):
        post_message(
            ports, people.abo, number, Posting(REPLY, "见", "a", 1, insert_article_id=ids[1])
        )
    post_message(ports, people.abo, number, Posting(REPLY, "见", "b", 1, insert_article_id=ids[0]))
    [message] = customer_ticket(ports, people.xiaoai, number).messages
    assert f'/articles/{slug}"' in message.html
    assert "换[电池]的办法</a>" in message.html
    with reading(ports.database) as session:
        assert session.get_one(Article, ids[1]).slug not in "".join(bodies(ports))


@pytest.mark.parametrize("body", ["", "  \x00 ", "？！", "长" * 20_001])
def test_it_refuses_a_message_that_says_nothing(
    ports: Ports, people: People, number: str, body: str
) -> None:
    """T1: empty, meaningless or endless: told, nothing sent."""
    with pytest.raises(InvalidInput):
        post_message(ports, people.abo, number, Posting(REPLY, body, "k", 1))
    with pytest.raises(InvalidInput):
        customer_reply(ports, people.xiaoai, number, body, "k")
    assert bodies(ports) == []


def test_it_knows_no_ticket_of_that_number(ports: Ports, people: People) -> None:
    """T1: a wrong number is a clear answer."""
    with pytest.raises(NotFound):
        desk_ticket(ports, people.abo, "WD-404")
    with pytest.raises(NotFound):
        claim(ports, people.abo, "WD-404", 1)


def _numbers(session: Session) -> Iterator[str]:
    yield from session.scalars(sa.select(Ticket.number).order_by(Ticket.id))


def test_it_counts_every_view_of_the_queue(ports: Ports, people: People, number: str) -> None:
    """T4: counts and rows agree in every view; what waits for us comes first."""
    for place in range(3):
        public_id = submit(ports, people.laochen, asking(f"问题 {place}", key=f"q{place}"))
        escalate(ports, people.laochen, public_id, Escalation("", ""))
    with reading(ports.database) as session:
        mine, _second, solved, fourth = _numbers(session)
    say(ports, people.abo, mine, "我来")
    move(ports, people.abo, solved, SOLVED)
    seen = queue(ports, people.abo, QueueFilter(ALL))
    assert seen.counts[ALL] == seen.total == len(seen.rows) == 4
    assert (seen.counts[MINE], seen.counts[UNASSIGNED], seen.counts["solved"]) == (1, 2, 1)
    assert [row.number for row in seen.rows][-1] == solved
    for view, count in seen.counts.items():
        assert queue(ports, people.abo, QueueFilter(view, page=99)).total == count
    assert queue(ports, people.abo, QueueFilter("no such view")).selected == UNASSIGNED
    history = desk_ticket(ports, people.abo, fourth).requester_history
    assert fourth not in {row.number for row in history}
    assert len(history) == 2
