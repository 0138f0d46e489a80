"""O3: headers, tokens, limits, and redirects that stay at home."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.web.cases import ROWS, build_case
from tests.website import PASSWORD, PEOPLE, Website, open_site
from web.security import LIMITS, NAMELESS, Limit, same_site

# application/ld+json is a block of data that nothing executes
DATA = r"type=.application/ld\+json.>"
INLINE = re.compile(rf"\sstyle=|\son[a-z]+=|^<style|^<script(?! src=| {DATA})|href=.javascript:")
PAGES = ("/", "/hot", "/search?q=密码", "/ask", "/login", "/register", "/questions", "/nowhere")


def test_it_forbids_inline_script_and_style_everywhere(site: Website) -> None:
    browser = site.browser()
    for path in PAGES:
        policy = browser.get(path).headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "style-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert "unsafe-eval" not in policy


def test_it_writes_no_inline_script_or_style_into_any_page(site: Website) -> None:
    case = build_case(site)
    for row in ROWS:
        if row.method == "GET" and row.endpoint != "files.show":
            answer = site.browser(row.may).get(row.path(case))
            page = answer.text if answer.mimetype == "text/html" else ""
            tags = re.findall(r"<[a-z][^>]*>", page)
            assert [tag for tag in tags if INLINE.search(tag)] == [], row.endpoint


def test_it_sends_the_other_headers_too(site: Website) -> None:
    headers = site.browser().get("/").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "Strict-Transport-Security" not in headers


def test_it_insists_on_https_once_it_is_used(site: Website) -> None:
    headers = site.browser().get("/", base_url="https://help.example.com").headers
    assert headers["Strict-Transport-Security"].startswith("max-age=")


def test_it_keeps_static_files_for_ever_under_their_content_hash(site: Website) -> None:
    page = site.browser().get("/").text
    start = page.index("/static/css/base.css?v=")
    address = page[start : page.index('"', start)]
    assert "immutable" in site.browser().get(address).headers["Cache-Control"]


def test_it_serves_files_so_that_they_cannot_act(site: Website) -> None:
    """osTicket #3764: script inside an uploaded picture."""
    case = build_case(site)
    response = site.browser().get(f"/files/{case.file_id}/x")
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_it_refuses_every_post_without_a_token(site: Website) -> None:
    case = build_case(site)
    posts = [row for row in ROWS if row.method == "POST" and row.endpoint not in NAMELESS]
    statuses = {
        row.endpoint: site.browser(row.may)
        .client.post(row.path(case), data=row.form(case))
        .status_code
        for row in posts
    }
    assert statuses == {row.endpoint: 400 for row in posts}


def test_it_refuses_a_token_of_somebody_elses_session(site: Website) -> None:
    mine, theirs = site.browser(), site.browser()
    mine.token()
    sent = {"text": "怎么修改密码", "csrf_token": theirs.token()}
    assert mine.client.post("/ask", data=sent).status_code == 400


@pytest.fixture
def limited(site_folder: Path, tmp_path: Path) -> Website:
    """A site that counts."""
    return open_site(site_folder, tmp_path / "limited", rate_limits=True)


def test_it_stops_guessing_of_passwords_with_a_sentence(limited: Website) -> None:
    browser = limited.browser()
    guess = {"email": PEOPLE["小艾"][0], "password": "wrong"}
    answers = [browser.post("/login", guess) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert "太频繁" in answers[-1].text
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_it_still_shows_the_form_to_somebody_who_tried_too_often(limited: Website) -> None:
    browser = limited.browser()
    for _ in range(11):
        browser.post("/login", {"email": "a@b.cn", "password": "wrong"})
    assert browser.get("/login").status_code == 200


def test_it_counts_reset_mails_by_address_whoever_asks(limited: Website) -> None:
    sent = {"email": PEOPLE["小艾"][0].upper()}
    answers = [
        limited.browser().post("/forgot", sent, environ_base={"REMOTE_ADDR": f"10.0.0.{n}"})
        for n in range(5)
    ]
    assert [answer.status_code for answer in answers] == [303] * 4 + [429]


def test_it_answers_a_program_that_asks_too_often_in_json(
    site_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "api.suggest", (Limit("2/minute"),))
    browser = open_site(site_folder, tmp_path / "strict", rate_limits=True).browser()
    answers = [browser.get("/api/v1/suggest?q=密码") for _ in range(3)]
    assert answers[-1].status_code == 429
    assert answers[-1].json is not None
    assert answers[-1].json["error"]["status"] == 429


def test_it_limits_routes_that_exist(site: Website) -> None:
    assert set(LIMITS) <= set(site.app.view_functions)


def test_it_refuses_a_body_beyond_all_measure(site: Website) -> None:
    response = site.browser().post("/ask", {"text": "长" * 3_000_000})
    assert response.status_code == 413
    assert "太大" in response.text


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil",
        "",
        "/a b",
        "/\nx",
    ],
)
def test_it_never_follows_next_off_the_site(target: str) -> None:
    assert same_site(target) == "/"


@pytest.mark.parametrize("target", ["/", "/desk?view=mine", "/articles/密码-1?s=3&p=1"])
def test_it_follows_next_on_the_site(target: str) -> None:
    assert same_site(target) == target


def test_it_goes_home_after_a_login_with_a_foreign_next(site: Website) -> None:
    sent = {"email": PEOPLE["小艾"][0], "password": PASSWORD, "next": "https://evil.example/"}
    assert site.browser().post("/login", sent).location == "/"


def test_it_returns_to_the_page_that_asked_for_a_login(site: Website) -> None:
    browser = site.browser()
    door = browser.get("/desk?view=mine").location
    assert door == "/login?next=/desk?view%3Dmine"
    sent = {"email": PEOPLE["阿博"][0], "password": PASSWORD, "next": "/desk?view=mine"}
    assert browser.post("/login", sent).location == "/desk?view=mine"


@pytest.mark.parametrize(
    ("referrer", "target"),
    [
        ("http://localhost/search?q=a", "/search?q=a"),
        ("https://evil.example/x", "/"),
        ("http://localhost//evil.example", "/"),
        ("http://[bad", "/"),
        ("", "/"),
    ],
)
def test_it_goes_back_after_a_vote_only_within_the_site(
    site: Website, referrer: str, target: str
) -> None:
    path = f"/articles/{site.article('门锁离线怎么办').id}/vote"
    response = site.browser().post(path, {"value": "1"}, headers={"Referer": referrer})
    assert (response.status_code, response.location) == (303, target)


def test_it_believes_forwarded_addresses_only_from_configured_proxies(
    site_folder: Path, tmp_path: Path
) -> None:
    guess = {"email": "a@b.cn", "password": "wrong"}
    for proxies, last in ((0, 429), (1, 422)):
        folder = tmp_path / f"behind-{proxies}"
        website = open_site(site_folder, folder, rate_limits=True, trusted_proxies=proxies)
        statuses = [
            website.browser()
            .post(
                "/login", guess | {"email": f"{n}@b.cn"}, headers={"X-Forwarded-For": f"9.9.9.{n}"}
            )
            .status_code
            for n in range(11)
        ]
        assert statuses[-1] == last
