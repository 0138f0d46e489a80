"""Looking with somebody else's eyes: their rights, nobody's deeds (K11, O3)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from models import ArticleStats, CustomerLevel, SearchLog, reading, unit_of_work
from tests.website import Browser, Website

MEMBERS, STAFF_ONLY = "银屿会员专享折扣", "客服退款审批流程"


def borrow(site: Website, key: str) -> Browser:
    """小编, from now on with these eyes."""
    browser = site.browser("小编")
    assert browser.post("/manage/view-as", {"as": key, "next": "/"}).status_code == 303
    return browser


@pytest.mark.parametrize(
    ("key", "members", "staff"),
    [("public", 404, 404), ("customer", 200, 404), ("staff", 200, 200)],
)
def test_it_shows_what_others_see(site: Website, key: str, members: int, staff: int) -> None:
    """K11: on the page, in the search, and said on every page."""
    browser = borrow(site, key)
    for title, status in ((MEMBERS, members), (STAFF_ONLY, staff)):
        page = browser.get(f"/articles/{site.article(title).slug}")
        assert page.status_code == status
        assert "结束预览" in page.text
        found = browser.get("/api/v1/search", query_string={"q": title}).json or {}
        assert (title in [row["title"] for row in found["results"]]) is (status == 200)


def test_it_gives_no_right_one_does_not_have(site: Website) -> None:
    """O3: a content manager who looks as staff still enters no desk, and writes nothing."""
    browser = borrow(site, "staff")
    for path in ("/desk", "/manage/articles", "/insights"):
        assert browser.get(path).status_code == 403
    refused = browser.post("/ask", {"text": "怎么改密码", "submission_key": "x"})
    assert refused.status_code == 409
    assert "结束预览" in refused.text
    article = site.article("忘记密码怎么重设")
    assert browser.post(f"/articles/{article.id}/vote", {"value": "1"}).status_code == 409


def test_it_counts_nothing_meanwhile(site: Website) -> None:
    """K4 K10: neither views nor searches of a preview are use."""
    browser, article = borrow(site, "customer"), site.article("忘记密码怎么重设")
    browser.get(f"/articles/{article.slug}")
    browser.get("/search?q=密码")
    with reading(site.ports.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SearchLog)) == 0
        stats = session.get(ArticleStats, article.id)
    assert stats is None or stats.views == 0


def test_it_ends_when_told(site: Website) -> None:
    """K11: back to oneself, where one was."""
    browser = borrow(site, "public")
    ended = browser.post("/view-as/end", {"next": "/hot"})
    assert ended.location == "/hot"
    assert browser.get("/manage/articles").status_code == 200
    assert "结束预览" not in browser.get("/").text


def test_it_lends_eyes_to_content_managers_only(site: Website) -> None:
    """O3: and only those there are; a level is one of them."""
    with unit_of_work(site.ports.database) as session:
        session.add(CustomerLevel(name="金", rank=2))
    page = site.browser("小编").get("/manage/view-as")
    assert "客户等级" in page.text
    assert site.browser("小编").post("/manage/view-as", {"as": "level:99"}).status_code == 422
    assert site.browser("阿博").post("/manage/view-as", {"as": "public"}).status_code == 403
    planted = site.browser("小艾")
    with planted.client.session_transaction() as kept:
        kept["view_as"] = "staff"
    assert planted.get(f"/articles/{site.article(STAFF_ONLY).slug}").status_code == 404


def test_it_never_leaves_the_site(site: Website) -> None:
    """O3: neither going in nor coming out."""
    browser = site.browser("小编")
    began = browser.post("/manage/view-as", {"as": "public", "next": "//evil.example"})
    assert began.location == "/"
    assert browser.post("/view-as/end", {"next": "https://evil.example"}).location == "/"
