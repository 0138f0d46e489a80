"""Every route has a guard; at its door: one who may, one who may not, a stranger."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from kb_app.permissions import TABLE, Permission
from models import Article, ArticleAccess, Role, unit_of_work
from tests.flows.forms import submit
from tests.web.cases import ELSEWHERE, LOGIN, ROWS, Case, Row, build_case
from tests.website import VISITOR, Website, open_site

UNGUARDED = {"static"}


def unguarded(app: Flask) -> set[str]:
    """Endpoints that nobody checks."""
    return {
        endpoint
        for endpoint, view in app.view_functions.items()
        if not isinstance(getattr(view, "permission", None), Permission)
    }


def send(site: Website, name: str, row: Row, case: Case) -> TestResponse:
    browser = site.browser(name)
    if row.method == "POST":
        return browser.post(row.path(case), row.form(case))
    return browser.get(row.path(case))


def is_sent_to_login(response: TestResponse) -> bool:
    return response.status_code == 303 and response.location.startswith(LOGIN + "?next=")


def test_it_has_a_guard_on_every_route(site: Website) -> None:
    """O3: no page is open by accident."""
    assert unguarded(site.app) == UNGUARDED


def test_it_finds_a_route_whose_guard_was_forgotten(site: Website) -> None:
    site.app.view_functions["planted"] = lambda: "open to all"
    assert "planted" in unguarded(site.app)


def test_it_tests_every_route_there_is(site: Website) -> None:
    tested = {row.endpoint for row in ROWS} | ELSEWHERE | UNGUARDED
    assert set(site.app.view_functions) == tested


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.endpoint)
def test_it_serves_who_may_and_nobody_else(site: Website, row: Row) -> None:
    """O3, K11: stranger, then the one who may not, then the one who may."""
    case = build_case(site)
    stranger = send(site, VISITOR, row, case)
    if row.stranger_may:
        assert stranger.status_code < 400, stranger.text
        return
    if row.refused == 404:
        assert stranger.status_code == 404
    else:
        assert is_sent_to_login(stranger)
    if row.may_not is not None:
        assert send(site, row.may_not, row, case).status_code == row.refused
    served = send(site, row.may, row, case)
    assert served.status_code < 400, served.text
    assert not is_sent_to_login(served)


def test_it_lets_only_writers_upload(site: Website) -> None:
    case = build_case(site)
    path = f"/manage/articles/{case.article_id}/files"

    def sent(name: str) -> TestResponse:
        return site.browser(name).post(path, {"file": (io.BytesIO(b"%PDF-1.4 x"), "手册.pdf")})

    assert is_sent_to_login(sent(VISITOR))
    assert sent("小艾").status_code == 403
    assert sent("阿博").status_code == 404
    assert sent("小编").status_code == 303
    assert "手册.pdf" in site.browser("小编").get(f"/manage/articles/{case.article_id}").text


def test_it_refuses_a_file_beyond_the_limit_and_keeps_the_editor(
    site_folder: Path, tmp_path: Path
) -> None:
    site = open_site(site_folder, tmp_path / "small", max_upload_mb=1)
    path = f"/manage/articles/{site.article('门锁离线怎么办').id}/files"
    for size, status in ((2_000_000, 413), (9_000_000, 413), (900_000, 303)):
        browser = site.browser("小编")
        file = FileStorage(io.BytesIO(b"%PDF-" + b"x" * size), "手册.pdf")
        boundary, body = encode_multipart({"file": file, "csrf_token": browser.token()})
        kind = f'multipart/form-data; boundary="{boundary}"'
        answer = browser.client.post(path, data=body, content_type=kind, buffered=True)
        assert answer.status_code == status
        assert ("太大" in answer.text) is (status == 413)


def test_it_never_opens_an_article_wider_by_saving_it(site: Website) -> None:
    """K11: a rule the editor has no name for survives a saving."""
    article = site.article("门锁离线怎么办")
    with unit_of_work(site.ports.database) as session:
        session.get_one(Article, article.id).access = [ArticleAccess(key="level:7")]
    browser, address = site.browser("小编"), f"/manage/articles/{article.id}"
    page = submit(browser, browser.get(address), "/save", action="publish")
    assert page.status_code == 200
    assert site.browser().get(f"/articles/{article.slug}").status_code == 404


def test_it_keeps_desk_and_writing_apart_as_the_table_says() -> None:
    assert Permission.DESK not in TABLE[Role.CONTENT_MANAGER]
    assert Permission.WRITE not in TABLE[Role.AGENT]


@pytest.mark.parametrize("path", ["/articles/99999999999999999999/vote", "/articles/0/vote"])
def test_it_does_not_find_what_no_database_could_hold(site: Website, path: str) -> None:
    assert site.browser().post(path, {"value": "1"}).status_code == 404


def test_it_hides_articles_from_those_who_may_not_read_them(site: Website) -> None:
    """K11: page, search, suggestions and API alike."""
    secret = site.article("客服退款审批流程")
    for name, status in ((VISITOR, 404), ("小艾", 404), ("阿博", 200)):
        browser = site.browser(name)
        assert browser.get(f"/articles/{secret.slug}").status_code == status
        for path in ("/search", "/suggest", "/api/v1/search", "/api/v1/suggest"):
            page = browser.get(path, query_string={"q": "退款审批"})
            assert ("客服退款审批流程" in plain(page)) is (status == 200), path


def plain(response: TestResponse) -> str:
    """The words of an answer, without marks inside them."""
    if response.is_json:
        return str(response.json)
    return response.text.replace("<mark>", "").replace("</mark>", "")
