"""What the results page and the API say about how a text was read (K1 K11)."""

from __future__ import annotations

from indexer.sync import sync_articles
from models import PUBLIC_KEY, STAFF_KEY, unit_of_work
from tests.factories import make_article
from tests.web.test_routes import plain
from tests.website import Website

PATHS = ("/search", "/suggest", "/api/v1/search", "/api/v1/suggest")


def publish(site: Website, title: str, key: str = PUBLIC_KEY) -> None:
    """An article, indexed."""
    with unit_of_work(site.ports.database) as session:
        article_id = make_article(session, title, title, (key,)).id
    sync_articles(site.ports.engine.parts, [article_id])
    site.ports.engine.refresh()


def test_the_page_says_what_it_searched_and_offers_the_way_back(site: Website) -> None:
    """K1: 已按…搜索，仍要搜索…; the link takes the text literally and keeps doing so."""
    publish(site, "怎样重置密码")
    page = site.browser().get("/search", query_string={"q": "chongzhimima"})
    assert "已按“<strong>重置密码</strong>”搜索" in page.text
    assert "exact=1" in page.text
    literal = site.browser().get("/search", query_string={"q": "chongzhimima", "exact": "1"})
    assert "已按" not in literal.text


def test_the_api_tells_the_same(site: Website) -> None:
    """K1: changes with their places, or null."""
    publish(site, "怎样重置密码")
    told = site.browser().get("/api/v1/search", query_string={"q": "重置mima"}).json
    assert told is not None
    assert told["understood"]["searched"] == "重置密码"
    assert told["understood"]["changes"] == [
        {"start": 2, "end": 6, "typed": "mima", "taken": "密码", "kind": "pinyin"}
    ]
    plainly = site.browser().get("/api/v1/search", query_string={"q": "重置密码"}).json
    assert plainly is not None
    assert plainly["understood"] is None


def test_a_hidden_word_is_never_offered(site: Website) -> None:
    """K11: only those who may read an article are offered its words."""
    publish(site, "蓝鲸裁撤审批流程", STAFF_KEY)
    for name, offered in (("", False), ("小艾", False), ("阿博", True)):
        browser = site.browser(name) if name else site.browser()
        for path in PATHS:
            for typed in ("lanjingcaiche", "ljcc", "lan鲸裁撤", "蓝京裁撤"):
                words = plain(browser.get(path, query_string={"q": typed}))
                said = "蓝鲸裁撤" in words.replace("<strong>", "").replace("</strong>", "")
                assert not said or offered, (name, path, typed)
    staff = site.browser("阿博").get("/search", query_string={"q": "lanjingcaiche"})
    assert "蓝鲸裁撤" in staff.text
