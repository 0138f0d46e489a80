"""Sessions: started from nothing, ended everywhere by a new password, and the visitor's cookie."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from kb_app import accounts
from kb_app.ports import Ports
from models import Job, JobKind, User, Viewer, reading, unit_of_work
from tests.website import PASSWORD, PEOPLE, Browser, Website, open_site, person
from web.auth import VISITOR_COOKIE

NEW_PASSWORD = "a wholly new one"


def sign_in(site: Website, name: str = "小艾", password: str = PASSWORD) -> Browser:
    browser = site.browser()
    browser.post("/login", {"email": PEOPLE[name][0], "password": password})
    return browser


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/account").status_code == 200


def test_it_signs_in_and_out(site: Website) -> None:
    browser = sign_in(site)
    assert is_signed_in(browser)
    browser.post("/logout")
    assert not is_signed_in(browser)


def test_it_signs_in_whatever_the_case_of_the_address(site: Website) -> None:
    browser = site.browser()
    browser.post("/login", {"email": f" {PEOPLE['小艾'][0].upper()} ", "password": PASSWORD})
    assert is_signed_in(browser)


@pytest.mark.parametrize("email", [PEOPLE["小艾"][0], "nobody@example.com", "", "\x00"])
def test_it_says_the_same_about_every_failed_login_and_keeps_the_address(
    site: Website, email: str
) -> None:
    response = site.browser().post("/login", {"email": email, "password": "wrong"})
    assert response.status_code == 422
    assert "邮箱或密码不正确" in response.text
    assert "wrong" not in response.text


def test_it_starts_a_session_from_nothing(site: Website) -> None:
    """Session fixation: nothing planted before signing in survives it."""
    browser = site.browser()
    with browser.client.session_transaction() as kept:
        kept["planted"], kept["csrf_token"] = "by somebody", "known to somebody"
    browser.post("/login", {"email": PEOPLE["小艾"][0], "password": PASSWORD})
    with browser.client.session_transaction() as kept:
        assert "planted" not in kept
        assert kept.get("csrf_token") != "known to somebody"
        assert kept["user_id"] == person(site.ports, "小艾").id


def test_it_ends_every_other_session_when_the_password_changes(site: Website) -> None:
    here, there = sign_in(site), sign_in(site)
    here.post("/account", {"old": PASSWORD, "new": NEW_PASSWORD})
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert is_signed_in(sign_in(site, password=NEW_PASSWORD))


def test_it_does_not_change_the_password_without_the_old_one(site: Website) -> None:
    browser = sign_in(site)
    response = browser.post("/account", {"old": "wrong", "new": NEW_PASSWORD})
    assert response.status_code == 422
    assert is_signed_in(sign_in(site))


def test_it_ends_sessions_of_an_account_that_was_switched_off(site: Website) -> None:
    browser = sign_in(site)
    with unit_of_work(site.ports.database) as session:
        session.get_one(User, person(site.ports, "小艾").id).is_active = False
    assert not is_signed_in(browser)


def test_it_believes_no_session_it_did_not_sign(site: Website) -> None:
    browser = site.browser()
    browser.client.set_cookie("wenda_session", "eyJ1c2VyX2lkIjoxfQ.aaaa.bbbb")
    assert not is_signed_in(browser)


def test_it_asks_the_database_for_the_viewer_once_a_request(
    site: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, real = [], accounts.viewer_for

    def counted(ports: Ports, user_id: int | None, epoch: int | None, wid: str) -> Viewer:
        calls.append(user_id)
        return real(ports, user_id, epoch, wid)

    browser = site.browser("小艾")
    monkeypatch.setattr(accounts, "viewer_for", counted)
    browser.get("/")
    assert len(calls) == 1


def test_it_remembers_a_visitor_only_once_there_is_something_to_remember(site: Website) -> None:
    browser = site.browser()
    browser.get("/")
    assert browser.client.get_cookie(VISITOR_COOKIE) is None
    browser.post(f"/articles/{site.article('门锁离线怎么办').id}/vote", {"value": "1"})
    cookie = browser.client.get_cookie(VISITOR_COOKIE)
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert not cookie.secure


def test_it_sends_cookies_over_https_alone_where_the_site_has_it(
    site_folder: Path, tmp_path: Path
) -> None:
    site = open_site(site_folder, tmp_path / "https", base_url="https://help.example.com")
    answer = site.browser().get("/search?q=密码", base_url="https://help.example.com")
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    assert all("Secure" in cookie and "HttpOnly" in cookie for cookie in cookies)


def test_it_gives_a_forged_visitor_cookie_a_new_identity(site: Website) -> None:
    browser = site.browser()
    browser.client.set_cookie(VISITOR_COOKIE, "somebody-else")
    browser.post(f"/articles/{site.article('门锁离线怎么办').id}/vote", {"value": "1"})
    cookie = browser.client.get_cookie(VISITOR_COOKIE)
    assert cookie is not None
    assert cookie.value != "somebody-else"


def test_it_takes_a_visitors_questions_along_into_the_account(site: Website) -> None:
    """Q7: what I asked before signing in stays mine."""
    browser = site.browser()
    browser.post("/ask", {"text": "阳台的门锁装反了怎么办", "submission_key": "k"})
    browser.post("/login", {"email": PEOPLE["小艾"][0], "password": PASSWORD})
    assert "阳台的门锁装反了怎么办" in browser.get("/my").text


def test_it_registers_and_signs_in(site: Website) -> None:
    browser = site.browser()
    sent = {"name": "新人", "email": "New@Example.com", "password": "long enough"}
    assert browser.post("/register", sent).status_code == 303
    assert "新人" in browser.get("/account").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "\x01"),
        ("name", "长" * 500),
        ("email", "no address"),
        ("email", "a@b"),
        ("email", PEOPLE["小艾"][0]),
        ("password", "short"),
        ("password", "长" * 5000),
    ],
)
def test_it_says_what_is_wrong_with_a_registration_and_keeps_the_rest(
    site: Website, field: str, value: str
) -> None:
    sent = {"name": "新来的人", "email": "new@example.com", "password": "long enough"}
    response = site.browser().post("/register", {**sent, field: value})
    assert response.status_code == 422
    kept = "new@example.com" if field != "email" else "新来的人"
    assert kept in response.text
    assert "long enough" not in response.text


def test_it_says_the_same_whether_or_not_an_address_is_known(site: Website) -> None:
    known, unknown = (
        site.browser().post("/forgot", {"email": email})
        for email in (PEOPLE["小艾"][0], "nobody@example.com")
    )
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)


def test_it_sets_a_new_password_by_the_mailed_link_once(
    site: Website, capsys: pytest.CaptureFixture[str]
) -> None:
    other = sign_in(site)
    site.browser().post("/forgot", {"email": PEOPLE["小艾"][0]})
    link = mailed_path(site)
    browser = site.browser()
    assert browser.get(link).status_code == 200
    assert browser.post(link, {"password": NEW_PASSWORD}).status_code == 303
    assert is_signed_in(browser)
    assert not is_signed_in(other)
    assert site.browser().post(link, {"password": "yet another one"}).status_code == 410


def test_it_refuses_a_reset_link_that_was_made_up(site: Website) -> None:
    assert site.browser().post("/reset/made-up", {"password": NEW_PASSWORD}).status_code == 410


def mailed_path(site: Website) -> str:
    """The path of the link in the last mail waiting to be sent."""
    with reading(site.ports.database) as session:
        query = select(Job).where(Job.kind == JobKind.SEND_MAIL).order_by(Job.id.desc())
        job = session.scalars(query).first()
        assert job is not None
        body = str(job.payload["body"])
    start = body.index("/reset/")
    return body[start:].split(maxsplit=1)[0]
