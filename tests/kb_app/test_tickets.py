"""The life of a ticket with its people: nobody overwrites anybody, all of it logged (T1, T8)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from kb_app.errors import (
    EditConflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    SignInNeeded,
)
from kb_app.ports import Ports
from kb_app.ticket_pages import customer_ticket, desk_ticket
from kb_app.tickets import (
    Posting,
    change_status,
    claim,
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
    TicketStatus,
    Viewer,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import make_article, make_user
from tests.kb_app.desk import bodies, log_of, move, say, ticket

REPLY, NOTE = MessageKind.REPLY, MessageKind.NOTE
NEW, OPEN, PAUSED = TicketStatus.NEW, TicketStatus.OPEN, TicketStatus.PAUSED
SOLVED, CLOSED = TicketStatus.SOLVED, TicketStatus.CLOSED


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
