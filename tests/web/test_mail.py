"""Mail in the browser: mailboxes, quarantine, rules, second reader, mailed answers (M1, M2)."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from answerer import answer as answering
from models import Mailbox, MailIn, MailInState, MailOut, Question, Ticket, reading
from tests.kb_app.mail.post import deliver, make_box, went
from tests.letters import Letter, letter
from tests.web.cases_mail import BOX, make_mail
from tests.website import Website

ASKED = Letter(text="门锁电池怎么更换", subject="门锁电池怎么更换")


@pytest.fixture
def certain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site whose answerer is sure of the best article it finds."""

    def judge(text: str, found: tuple[object, ...], *_: object, **__: object) -> object:
        if not found:
            return answering.NotSure(answering.Reason.NOTHING_NEAR, 0.0)
        return answering.Answered(found[0], 0.97, tuple(found[1:3]))  # type: ignore[arg-type]

    monkeypatch.setattr(answering, "judge", judge)


def links_of(site: Website) -> tuple[str, str]:
    """The two addresses in the mail that went."""
    with reading(site.ports.database) as session:
        row = session.scalars(sa.select(MailOut).where(MailOut.kind == "answer")).one()
    found = re.findall(r"http://127.0.0.1:8000(/m/\S+)", row.body)
    return found[0], found[1]


def mailed(site: Website, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """小屿 asks by mail and is answered; the body is kept by a server that takes nothing."""
    from kb_app.mail import sending

    monkeypatch.setattr(sending, "_sent", lambda *_: None)
    deliver(site.ports, make_box(site.ports), letter(ASKED))
    return links_of(site)


def test_an_administrator_adds_a_mailbox_and_its_password_is_sealed(site: Website) -> None:
    """M1: never shown, never plain in the database; an empty field keeps it."""
    browser = site.browser("站长")
    assert "还没有邮箱" in browser.get("/manage/mailboxes").text
    done = browser.post("/manage/mailboxes", {**BOX, "secret": "geheim-123", "answers": "1"})
    assert done.status_code == 303
    with reading(site.ports.database) as session:
        box = session.scalars(sa.select(Mailbox)).one()
    assert "geheim" not in box.secret
    page = browser.get(f"/manage/mailboxes/{box.id}").text
    assert "geheim-123" not in page
    browser.post(f"/manage/mailboxes/{box.id}", {**BOX, "name": "改名", "secret": ""})
    with reading(site.ports.database) as session:
        assert session.scalars(sa.select(Mailbox)).one().secret == box.secret


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("address", "不是邮箱", "邮箱地址格式不正确"),
        ("host", "http://x/", "这里只填服务器名"),
        ("port", "70000", "端口要在 1 到 65535 之间"),
        ("secret", "", "请填写密码或授权码"),
        ("oauth_url", "ftp://x", "令牌地址要以 https:// 开头"),
    ],
)
def test_a_wrong_mailbox_is_explained_and_nothing_typed_is_lost(
    site: Website, field: str, value: str, says: str
) -> None:
    """M1: a sentence, and the form as it was."""
    answer = site.browser("站长").post("/manage/mailboxes", {**BOX, field: value})
    assert answer.status_code == 422
    assert says in answer.text
    assert 'value="售后"' in answer.text


def test_trying_a_mailbox_says_what_is_wrong_and_stores_nothing(site: Website) -> None:
    """M1: nobody listens on port 1; without TLS only within this machine."""
    browser = site.browser("站长")
    page = browser.post("/manage/mailboxes", {**BOX, "action": "try"}).text
    assert "服务器没有接受连接" in page
    page = browser.post("/manage/mailboxes", {**BOX, "action": "try", "host": "mail.example"}).text
    assert "没有加密的连接只能用于本机" in page
    with reading(site.ports.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Mailbox)) == 0


def test_a_lead_lets_a_mail_in_that_was_set_apart(site: Website) -> None:
    """M3: quarantine is visible; released mail becomes a ticket."""
    make_mail(site.ports)
    browser = site.browser("组长")
    assert "邮件列表或群发邮件" in browser.get("/manage/mail").text
    browser.post("/manage/mail/1/release")
    site.work()
    with reading(site.ports.database) as session:
        assert session.get_one(MailIn, 1).state is MailInState.DONE
        assert session.scalars(sa.select(Ticket)).one().channel == "mail"


def test_a_second_reader_is_somebody_else(site: Website) -> None:
    """M2: the writer cannot approve; a colleague can."""
    make_mail(site.ports)
    with site.ports.database.engine.begin() as connection:
        abo = connection.scalar(sa.text("select id from user_account where name = '阿博'"))
        connection.execute(sa.update(MailOut).where(MailOut.id == 1).values(author_id=abo))
    assert "这是您写的" in site.browser("阿博").get("/desk/outgoing").text
    assert site.browser("阿博").post("/desk/outgoing/1/approve").status_code == 403
    assert site.browser("组长").post("/desk/outgoing/1/approve").status_code == 303
    site.work()
    assert [row.state.value for row in went(site.ports)] == ["sent", "held"]


def test_a_rule_routes_by_words(site: Website) -> None:
    """M2: first that fits; a standard sentence when the words are missing."""
    browser = site.browser("组长")
    bad = browser.post("/manage/mail/rules", {"name": "x", "place": "subject", "deed": "route"})
    assert "请至少写一个词" in bad.text
    browser.post(
        "/manage/mail/rules",
        {"name": "广告", "place": "any", "mail_words": "开票\n代开发票", "deed": "ignore"},
    )
    deliver(site.ports, make_box(site.ports), letter(Letter(subject="代开发票")))
    with reading(site.ports.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 0
    assert "按规则不收" in browser.get("/manage/mail?view=ignored").text


def test_a_mailed_answer_is_settled_by_its_link_without_signing_in(
    site: Website, certain: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M2: looking changes nothing; the button does; a forged link is told so."""
    solved, _ = mailed(site, monkeypatch)
    browser = site.browser()
    page = browser.get(solved).text
    assert "您的问题解决了吗" in page
    assert "4 节 5 号电池" in page
    token = solved.partition("?")[0]
    assert browser.post(f"{token}/solved").status_code == 303
    assert "问题已经解决" in browser.get(solved).text
    with reading(site.ports.database) as session:
        assert session.scalars(sa.select(Question)).one().status.value == "deflected"
        assert session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 0
    assert browser.get("/m/forged").status_code == 410


def test_not_solved_by_link_brings_a_person(
    site: Website, certain: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M2: with what was added; pressing twice makes one ticket."""
    _, unsolved = mailed(site, monkeypatch)
    browser = site.browser()
    token = unsolved.partition("?")[0]
    for _ in range(2):
        browser.post(f"{token}/unsolved", {"extra": "换了还是不行"})
    with reading(site.ports.database) as session:
        ticket = session.scalars(sa.select(Ticket)).one()
    assert "换了还是不行" in ticket.body
    assert ticket.number in browser.get(unsolved).text
