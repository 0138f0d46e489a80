"""Whatever is typed or sent: an answer or a clear message, never a 500, nothing stored twice."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from kb_app import accounts
from models import Base, reading
from tests.web.cases import Case, build_case
from tests.website import VISITOR, Website

BAD = {
    "empty": "",
    "blanks": " \t\n　 ",
    "long": "很长的问题" * 2_000,
    "emoji": "😀🎉👨‍👩‍👧‍👦🔥",
    "control": "\x00\x01\x07\x1b\x7f\x85",
    "sql": "' OR 1=1; DROP TABLE article; --%_\\",
    "html": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "template": "{{ 7*7 }}{% raw %}${7*7}",
    "mixed script": "門鎖打不開 怎么办 mima ｗｉｆｉ ｸﾞ",
    "surrogate": "密码\ud800\udfff",
    "bidi": "密码\u202egnp.exe\u200b\ufeff",
    "combining": "e" + "\u0301" * 2_000,
    "separators": "a\u2028b\u2029c\x0bd",
    "regex": "(((((a+)+)+$[[[*?\\",
    "number": "9" * 4_000,
}
# Where text comes in: (who, path, field, the other fields).
FORMS = {
    "ask.text": (VISITOR, "/ask", "text", {"submission_key": "same"}),
    "ask.email": (VISITOR, "/ask", "email", {"text": "门锁问题", "submission_key": "same"}),
    "ask.category": (VISITOR, "/ask", "category_id", {"text": "门锁", "submission_key": "same"}),
    "ask.key": (VISITOR, "/ask", "submission_key", {"text": "门锁问题"}),
    "login.email": (VISITOR, "/login", "email", {"password": "x"}),
    "login.password": (VISITOR, "/login", "password", {"email": "xiaoai@example.com"}),
    "register.name": (VISITOR, "/register", "name", {"email": "n@e.com", "password": "12345678"}),
    "register.email": (VISITOR, "/register", "email", {"name": "n", "password": "12345678"}),
    "register.password": (VISITOR, "/register", "password", {"name": "n", "email": "n@e.com"}),
    "forgot.email": (VISITOR, "/forgot", "email", {}),
    "unsolved.extra": ("小艾", "/questions/{open}/unsolved", "extra", {}),
    "unsolved.email": ("小艾", "/questions/{open}/unsolved", "email", {}),
    "reply.body": ("小艾", "/tickets/{number}/reply", "body", {"client_key": "same"}),
    "reply.key": ("小艾", "/tickets/{number}/reply", "client_key", {"body": "好的"}),
    "rate.rating": ("小艾", "/tickets/{number}/rate", "rating", {}),
    "rate.comment": ("小艾", "/tickets/{number}/rate", "comment", {"rating": "4"}),
    "vote.value": ("小艾", "/articles/{article}/vote", "value", {}),
    "message.body": (
        "阿博",
        "/desk/tickets/{number}/messages",
        "body",
        {"kind": "reply", "client_key": "same", "version": "{ticket_version}"},
    ),
    "message.kind": ("阿博", "/desk/tickets/{number}/messages", "kind", {"body": "好"}),
    "status.status": ("阿博", "/desk/tickets/{number}/status", "status", {"version": "1"}),
    "status.version": ("阿博", "/desk/tickets/{number}/status", "version", {"status": "open"}),
    "promote.title": ("阿博", "/desk/tickets/{number}/promote", "title", {"body": "好"}),
    "promote.body": ("阿博", "/desk/tickets/{number}/promote", "body", {"title": "标题"}),
    "article.title": ("小编", "/manage/articles", "title", {"body": "b", "access": "public"}),
    "article.body": ("小编", "/manage/articles", "body", {"title": "t", "access": "public"}),
    "article.access": ("小编", "/manage/articles", "access", {"title": "t", "body": "b"}),
    "article.products": ("小编", "/manage/articles", "product_ids", {"title": "t"}),
    "article.phrasings": (
        "小编",
        "/manage/articles",
        "phrasings",
        {"title": "t", "access": "public"},
    ),
    "save.action": ("小编", "/manage/articles/{article}/save", "action", {"title": "t"}),
    "preview.body": ("小编", "/manage/preview", "body", {}),
}
ADDRESSES = (
    "/search?q={}",
    "/search?q=密码&category={}",
    "/search?q=密码&page={}",
    "/suggest?q={}",
    "/suggest?q=密码&for={}",
    "/api/v1/search?q={}",
    "/api/v1/suggest?q={}",
    "/ask?q={}",
    "/hot?category={}",
    "/articles/{}",
    "/articles/x?s={}&p={}",
    "/categories/{}",
    "/products/{}?page=2",
    "/questions/{}",
    "/tickets/{}",
    "/login?next={}",
    "/reset/{}",
    "/files/1/{}",
)
STAFF_ADDRESSES = (
    "/desk?view={}&page={}",
    "/desk/tickets/{}",
    "/desk/tickets/{}/promote",
    "/manage/articles?view={}&query={}&q={}",
)


def fill(template: str, case: Case) -> str:
    return template.format(
        open=case.open_question,
        number=case.number,
        article=case.article_id,
        ticket_version=case.ticket_version,
    )


def send_bytes(site: Website, case: Case, form: str, text: str) -> TestResponse:
    """Send the form as bytes, so that even what UTF-8 forbids gets there."""
    name, path, field, others = FORMS[form]
    browser = site.browser(name)
    fields = {key: fill(value, case) for key, value in others.items()}
    body = urlencode({**fields, field: text, "csrf_token": browser.token()}, errors="surrogatepass")
    return browser.client.post(
        fill(path, case), data=body, content_type="application/x-www-form-urlencoded"
    )


def rows(site: Website) -> dict[str, int]:
    """How many rows every table of customers' words has."""
    tables = ("question", "message", "ticket", "article", "vote", "user_account")
    with reading(site.ports.database) as session:
        return {
            name: session.scalar(sa.select(sa.func.count()).select_from(Base.metadata.tables[name]))
            or 0
            for name in tables
        }


@pytest.mark.parametrize("form", FORMS)
def test_it_takes_anything_in_every_field(site: Website, form: str) -> None:
    case = build_case(site)
    for name, text in BAD.items():
        response = send_bytes(site, case, form, text)
        assert response.status_code in {200, 303, 400, 409, 422}, (name, response.status_code)


@pytest.mark.parametrize("form", sorted({"ask.text", "reply.body", "message.body", "vote.value"}))
def test_it_stores_nothing_twice(site: Website, form: str) -> None:
    """The same browser sends the same form again, as after a double click."""
    case = build_case(site)
    name, path, field, others = FORMS[form]
    browser = site.browser(name)
    fields = {key: fill(value, case) for key, value in others.items()}
    counts = []
    for _ in range(3):
        browser.post(fill(path, case), {**fields, field: "1"})
        counts.append(rows(site))
    assert counts[0] == counts[1] == counts[2]


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_takes_anything_in_every_address(site: Website, address: str) -> None:
    browser = site.browser()
    for name, text in BAD.items():
        value = quote(text.encode("utf-8", "surrogatepass"), safe="")
        response = browser.get(address.replace("{}", value))
        assert response.status_code in {200, 303, 308, 404}, (name, response.status_code)


@pytest.mark.parametrize("address", STAFF_ADDRESSES)
def test_it_takes_anything_in_every_address_of_the_staff(site: Website, address: str) -> None:
    browser = site.browser("组长")
    for name, text in BAD.items():
        value = quote(text.encode("utf-8", "surrogatepass"), safe="")
        response = browser.get(address.replace("{}", value))
        assert response.status_code in {200, 308, 404}, (name, response.status_code)


def test_it_shows_typed_html_as_text(site: Website) -> None:
    browser = site.browser()
    assert "<script>alert(1)" not in browser.get("/search", query_string={"q": BAD["html"]}).text
    shown = browser.post("/ask", {"text": BAD["html"]}, follow_redirects=True).text
    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;" in shown


def test_it_says_what_is_wrong_with_a_question_and_keeps_it(site: Website) -> None:
    response = site.browser().post("/ask", {"text": "我的门锁坏了", "email": "not an address"})
    assert response.status_code == 422
    assert "邮箱格式不正确" in response.text
    assert "我的门锁坏了" in response.text


def test_it_names_the_limit_of_a_question_that_is_too_long(site: Website) -> None:
    response = site.browser().post("/ask", {"text": BAD["long"]})
    assert response.status_code == 422
    assert "5000" in response.text
    assert rows(site)["question"] == 0


@pytest.mark.parametrize("name", ["empty", "blanks", "emoji", "control"])
def test_it_asks_for_words_when_there_are_none(site: Website, name: str) -> None:
    assert site.browser().post("/ask", {"text": BAD[name]}).status_code == 422
    assert rows(site)["question"] == 0


def test_it_answers_a_broken_request_with_a_page(site: Website) -> None:
    browser = site.browser()
    assert browser.get("/logout").status_code == 405
    assert "Allow" in browser.get("/logout").headers
    missing = browser.get("/no/such/page")
    assert missing.status_code == 404
    assert "没有找到" in missing.text


def test_it_answers_programs_in_json_even_when_it_fails(site: Website) -> None:
    missing = site.browser().get("/api/v1/nothing")
    assert missing.status_code == 404
    assert missing.json is not None
    assert missing.json["error"]["status"] == 404


def test_it_shows_a_friendly_page_when_something_breaks(
    site: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even the database being gone ends in a page that needs no database."""
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    browser = site.browser("小艾")
    site.ports.database.engine.dispose()

    def broken(*arguments: object) -> None:
        raise sa.exc.OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(accounts, "viewer_for", broken)
    response = browser.get("/")
    assert response.status_code == 500
    assert "我们这边出了点问题" in response.text
