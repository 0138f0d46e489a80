"""What pages may show, in which order, and at what cost (K4, K5, K8, K11, T2, T4)."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from kb_app.articles import home, read
from kb_app.cards import SUMMARY_SOURCE, cards_by_id
from kb_app.comparing import MOST_SHOWN, compare
from kb_app.desk_queue import queue
from kb_app.editing import ArticleInput, create, create_and_publish, save_and_publish, trash
from kb_app.errors import InvalidInput, NotAllowed, TicketChanged
from kb_app.escalation import Escalation, escalate
from kb_app.importing import import_jsonl
from kb_app.ports import Ports
from kb_app.question_pages import public
from kb_app.questions import submit
from kb_app.search import SearchForm, find
from kb_app.suggesting import Suggested, suggest
from kb_app.ticket_pages import desk_ticket
from kb_app.ticket_rows import ALL, QueueFilter
from kb_app.tickets import Posting, change_status, claim, customer_reply, post_message
from models import (
    STAFF_KEY,
    Article,
    ArticleStatus,
    Database,
    Message,
    MessageKind,
    Question,
    QuestionStatus,
    SearchClick,
    SearchLog,
    SearchSource,
    Ticket,
    TicketStatus,
    Viewer,
    reading,
    unit_of_work,
    visitor,
)
from tests.conftest import People
from tests.factories import make_article, publish_articles, settle_index
from tests.kb_app.test_questions import asking


@pytest.fixture
def number(ports: Ports, people: People) -> str:
    """小艾's new ticket."""
    return new_ticket(ports, people.xiaoai, "门锁打不开了")


def new_ticket(ports: Ports, viewer: Viewer, text: str) -> str:
    """A question carried to the desk."""
    public_id = submit(ports, viewer, asking(text, key=text))
    return escalate(ports, viewer, public_id, Escalation("", ""))


def reply(ports: Ports, people: People, number: str, kind: MessageKind = MessageKind.REPLY) -> None:
    """阿博 writes on the ticket."""
    version = desk_ticket(ports, people.abo, number).version
    post_message(ports, people.abo, number, Posting(kind, "请换电池", f"k{version}", version))


def waiting(ports: Ports, people: People) -> dict[str, bool]:
    """Which tickets of the queue wait for staff, in its order."""
    rows = queue(ports, people.abo, QueueFilter(ALL)).rows
    return {row.number: row.waiting_for_us for row in rows}


def test_it_knows_who_has_to_move_next(ports: Ports, people: People, number: str) -> None:
    """T4: new, or the customer's word was the last; notes count for nothing."""
    assert waiting(ports, people) == {number: True}
    claim(ports, people.abo, number, 1)
    reply(ports, people, number, MessageKind.NOTE)
    assert waiting(ports, people) == {number: True}
    reply(ports, people, number)
    assert waiting(ports, people) == {number: False}
    customer_reply(ports, people.xiaoai, number, "换了还是不行", "c1")
    assert waiting(ports, people) == {number: True}
    version = desk_ticket(ports, people.abo, number).version
    change_status(ports, people.abo, number, TicketStatus.SOLVED, version)
    assert waiting(ports, people) == {number: False}


def test_it_serves_who_has_waited_longest(ports: Ports, people: People) -> None:
    """T4: the queue's head is the oldest that waits; the ended are at its end."""
    first, second, third, fourth = (
        new_ticket(ports, people.xiaoai, f"问题 {place}") for place in range(4)
    )
    reply(ports, people, second)
    change_status(
        ports, people.abo, third, TicketStatus.CLOSED, desk_ticket(ports, people.abo, third).version
    )
    assert list(waiting(ports, people)) == [first, fourth, second, third]


def test_it_lets_an_agent_claim_what_its_customer_has_just_added_to(
    ports: Ports, people: People, number: str
) -> None:
    """Q5 T8: only a faster colleague stands in the way of a claim."""
    seen = desk_ticket(ports, people.abo, number).version
    customer_reply(ports, people.xiaoai, number, "补充一下", "c1")
    claim(ports, people.abo, number, seen)
    other = replace(people.abo, user_id=people.linzhixia.user_id)
    with pytest.raises(TicketChanged):
        claim(ports, other, number, seen)


def test_it_forgets_when_it_ended_once_it_is_reopened(
    ports: Ports, people: People, number: str
) -> None:
    """T1: an open ticket has no end yet."""
    version = desk_ticket(ports, people.abo, number).version
    change_status(ports, people.abo, number, TicketStatus.SOLVED, version)
    assert desk_ticket(ports, people.abo, number).solved_at is not None
    customer_reply(ports, people.xiaoai, number, "又坏了", "c1")
    assert desk_ticket(ports, people.abo, number).solved_at is None


def test_it_offers_for_insertion_only_what_customers_may_read(
    ports: Ports, people: People, number: str
) -> None:
    """T2 K11: the title of an internal article does not slip into a reply."""
    with unit_of_work(ports.database) as session:
        inside = make_article(session, "门锁打不开了 内部流程", keys=(STAFF_KEY,)).id
        outside = make_article(session, "门锁打不开了怎么办").id
    settle_index(ports)
    page = desk_ticket(ports, people.abo, number)
    assert {card.article_id for card in page.suggested} == {inside, outside}
    assert page.insertable == {outside}


def test_it_compares_the_longest_texts_in_bounded_time_and_space() -> None:
    """K8: 200,000 characters a side, nothing in common; repeated lines; few changes."""
    began = time.thread_time()
    apart = compare("x\n" * 90_000, "y\n" * 90_000)
    assert len(apart) == MOST_SHOWN + 1
    compare(
        "\n".join("ab"[n % 2] for n in range(3000)),
        "\n".join("ba"[n % 3 == 0] for n in range(3000)),
    )
    assert time.thread_time() - began < 5
    lines = [f"第 {n} 行" for n in range(2000)]
    near = compare("\n".join(lines), "\n".join([*lines[:1000], "新的", *lines[1001:]]))
    assert [line.kind for line in near if line.kind != "same"] == ["gap", "del", "add", "gap"]
    assert sum(int(line.text) for line in near if line.kind == "gap") == 2000 - 7


def log_searches(ports: Ports, query: str, *searchers: str) -> None:
    """Several people search for it and find something."""
    with unit_of_work(ports.database) as session:
        for key in searchers:
            session.add(
                SearchLog(
                    query=query,
                    source=SearchSource.PAGE,
                    searcher_key=key,
                    total=3,
                    shown=[],
                    took_ms=1.0,
                )
            )


def test_it_shows_no_private_and_no_internal_search_to_everybody(
    ports: Ports, people: People
) -> None:
    """K5 K11 O3: a phone number, an order's number or staff's own words are nobody's business."""
    everybody = ("v:1", "v:2", "v:3", "v:4")
    log_searches(ports, "忘记密码", *everybody)
    log_searches(ports, "13800138000", *everybody)
    log_searches(ports, "订单 20261122", *everybody)
    log_searches(ports, "退款审批", people.abo.voter_key, people.linzhixia.voter_key, "v:1", "v:2")
    log_searches(ports, "某某是骗子", "v:1", "v:2")
    assert home(ports, visitor("v")).popular_queries == ("忘记密码",)


def logged(ports: Ports) -> list[SearchLog]:
    """Every search that was written down."""
    with reading(ports.database) as session:
        return list(session.scalars(sa.select(SearchLog)))


def test_it_writes_down_a_suggestion_when_it_is_chosen_not_while_typing(
    ports: Ports, people: People
) -> None:
    """K1 K4: one row and one click for a choice, however often it is opened; none a keystroke."""
    [article_id, other] = publish_articles(
        ports, ("忘记密码怎么重设", "点忘记密码"), ("门锁没电", "换电池")
    )
    for text in ("忘", "忘记", "忘记密"):
        assert suggest(ports, people.xiaoai, text).rows
    assert logged(ports) == []
    with reading(ports.database) as session:
        slug, other_slug = (session.get_one(Article, i).slug for i in (article_id, other))
    for _ in range(2):
        read(ports, people.xiaoai, slug, Suggested("忘记密"))
    read(ports, people.xiaoai, other_slug, Suggested("忘记密"))
    [log] = logged(ports)
    assert (log.source, log.query, log.shown) == (SearchSource.SUGGEST, "忘记密", [article_id])
    with reading(ports.database) as session:
        [click] = session.scalars(sa.select(SearchClick))
    assert (click.article_id, click.position) == (article_id, 1)


def test_it_serves_readers_while_nothing_can_be_written(ports: Ports) -> None:
    """O1: a full disk costs the statistics, not the page."""
    [article_id] = publish_articles(ports, ("忘记密码怎么重设", "点忘记密码"))
    broken = sa.create_engine("sqlite:////nowhere/at/all.db")
    blind = replace(ports, database=Database(ports.database.engine, broken))
    assert find(blind, visitor("v"), SearchForm("忘记密码")).rows[0].article_id == article_id
    with reading(ports.database) as session:
        slug = session.get_one(Article, article_id).slug
    assert read(blind, visitor("v"), slug, Suggested("忘记密码")).slug == slug
    broken.dispose()


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The SQL that is sent meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_it_lists_public_questions_without_a_query_for_each(ports: Ports) -> None:
    """Q8: one page, a handful of queries, every answer its own and the last."""
    with unit_of_work(ports.database) as session:
        for place in range(15):
            question = Question(
                public_id=f"q{place}",
                text=f"问题 {place}",
                asker_key="v:1",
                is_public=True,
                status=QuestionStatus.ESCALATED,
                submission_key=f"q{place}",
            )
            session.add(question)
            session.flush()
            ticket = Ticket(
                number=f"N-{place}",
                question_id=question.id,
                requester_key="v:1",
                subject="s",
                body="b",
                status=TicketStatus.SOLVED,
            )
            session.add(ticket)
            session.flush()
            for said in ("先等等", f"答案 {place}"):
                session.add(
                    Message(
                        ticket_id=ticket.id,
                        from_staff=True,
                        kind=MessageKind.REPLY,
                        body=said,
                        client_key=f"{place}{said}",
                    )
                )
                session.flush()
    with statements(ports.database) as sent:
        rows = public(ports, visitor("v"), 1).rows
    assert [(row.text, row.answer) for row in rows[:2]] == [
        ("问题 14", "答案 14"),
        ("问题 13", "答案 13"),
    ]
    assert len([statement for statement in sent if statement.startswith("SELECT")]) <= 4


def test_it_summarises_a_huge_article_by_its_beginning(ports: Ports) -> None:
    """O1: a list never strips 200,000 characters of Markdown for ninety of them."""
    with unit_of_work(ports.database) as session:
        body = "开头说明。" + "**长** " * 40_000
        article_id = make_article(session, "很长", body).id
    with reading(ports.database) as session:
        began = time.thread_time()
        [card] = cards_by_id(session, visitor("v"), [article_id])
    assert card.summary.startswith("开头说明。")
    assert time.thread_time() - began < 0.5
    assert len(body) > SUMMARY_SOURCE


def test_it_publishes_a_new_article_in_one_step(ports: Ports, people: People) -> None:
    """K8: for those who may, and it is found."""
    form = ArticleInput("忘记密码怎么重设", "点忘记密码")
    article_id = create_and_publish(ports, people.linzhixia, form)
    settle_index(ports)
    assert find(ports, visitor("v"), SearchForm("忘记密码")).rows[0].article_id == article_id
    with pytest.raises(NotAllowed):
        create_and_publish(ports, people.abo, form)


def test_it_publishes_nothing_from_the_recycle_bin(ports: Ports, people: People) -> None:
    """K8: 已发布 is never said of what nobody can see."""
    form = ArticleInput("忘记密码", "点忘记密码", version=1)
    article_id = create(ports, people.linzhixia, form)
    version = trash(ports, people.linzhixia, article_id, 1)
    with pytest.raises(InvalidInput):
        save_and_publish(ports, people.linzhixia, article_id, replace(form, version=version))
    with reading(ports.database) as session:
        assert session.get_one(Article, article_id).status is ArticleStatus.DRAFT


def test_it_names_a_gzip_file_that_was_cut_off(ports: Ports, tmp_path: Path) -> None:
    """K14: a clear error instead of a traceback."""
    path = tmp_path / "docs.jsonl.gz"
    lines = "".join(f'{{"id": "{n}", "title": "标题 {n}", "body": "正文"}}\n' for n in range(900))
    path.write_bytes(gzip.compress(lines.encode())[:-40])
    with pytest.raises(OSError, match="damaged gzip file"):
        import_jsonl(ports, path)
