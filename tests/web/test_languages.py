"""One article in several languages: found once, in one's own, hidden with its original (K8)."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
import sqlalchemy as sa

from kb_app import editing, site_languages, translating
from models import (
    STAFF_KEY,
    Article,
    ArticleStatus,
    ArticleTranslation,
    reading,
    unit_of_work,
)
from tests.web.cases import viewer_named
from tests.website import Website

TITLE, ENGLISH = "门锁离线怎么办", "Door lock is offline"
IN_ENGLISH = {"Accept-Language": "en-US,en;q=0.9"}


@pytest.fixture
def english(site: Website) -> Article:
    """The article's English version, published."""
    site_languages.add(site.ports, viewer_named(site, "站长"), "en", "English")
    writer = viewer_named(site, "小编")
    made = translating.begin(site.ports, writer, site.article(TITLE).id, "en")
    with reading(site.ports.database) as session:
        version = session.get_one(Article, made).version
    form = editing.ArticleInput(ENGLISH, "Check the router, then pair the lock.", version=version)
    editing.save_and_publish(site.ports, writer, made, form)
    site.work()
    return site.article(ENGLISH)


def titles(site: Website, query: str, headers: dict[str, str] | None = None) -> list[str]:
    """What a search finds."""
    got = site.browser().client.get("/api/v1/search", query_string={"q": query}, headers=headers)
    return [one["title"] for one in (got.json or {})["results"]]


def test_it_begins_a_translation_in_the_editor_and_shows_the_original(site: Website) -> None:
    """K8: a language is set up, a draft begun with one button, the original beside it."""
    admin, writer = site.browser("站长"), site.browser("小编")
    assert admin.post("/manage/languages", {"code": "en", "name": "English"}).status_code == 303
    assert admin.post("/manage/languages", {"code": "en", "name": "又来"}).status_code == 422
    article = site.article(TITLE)
    assert "写译文" in writer.get(f"/manage/articles/{article.id}").text
    begun = writer.post(f"/manage/articles/{article.id}/translations", {"language": "en"})
    page = writer.get(begun.location)
    assert f"原文：{TITLE}" in page.text
    assert "跟着原文走" in page.text
    again = writer.post(f"/manage/articles/{article.id}/translations", {"language": "en"})
    assert again.location == begun.location
    assert admin.post("/manage/languages/en/remove").status_code == 422


def test_it_shows_readers_the_languages_there_are(site: Website, english: Article) -> None:
    """K8: a switch on both, hreflang for machines; a draft is no choice."""
    original = site.article(TITLE)
    for article, other in ((original, english), (english, original)):
        page = site.browser().get(f"/articles/{article.slug}").text
        assert f'href="/articles/{other.slug}' in page or "/articles/%" in page
        assert 'hreflang="en"' in page
        assert 'hreflang="zh-Hans"' in page
    assert 'lang="en"' in site.browser().get(f"/articles/{english.slug}").text
    writer = viewer_named(site, "小编")
    editing.archive(site.ports, writer, english.id, english.version)
    assert "hreflang" not in site.browser().get(f"/articles/{original.slug}").text


def test_it_finds_the_article_once_in_the_readers_language(site: Website, english: Article) -> None:
    """K8 K1: by either language's words, in lists and counts too."""
    for query in ("门锁离线", "door lock offline"):
        assert titles(site, query).count(TITLE) == 1, query
        assert ENGLISH not in titles(site, query)
        assert titles(site, query, IN_ENGLISH).count(ENGLISH) == 1, query
        assert TITLE not in titles(site, query, IN_ENGLISH)
    shelf = "/categories/use"
    browser = site.browser().client
    assert ENGLISH not in browser.get(shelf).text
    told = browser.get(shelf, headers=IN_ENGLISH).text
    assert ENGLISH in told
    assert TITLE not in told
    assert ENGLISH not in browser.get("/feed.atom", headers=IN_ENGLISH).text
    assert english.slug in unquote(browser.get("/sitemap-1.xml").text)


def test_it_remembers_the_language_somebody_chose(site: Website, english: Article) -> None:
    """K8: a click on the article decides for the next search."""
    browser = site.browser().client
    browser.get(f"/articles/{english.slug}?hl=en")
    found = browser.get("/api/v1/search", query_string={"q": "门锁离线"}).text
    assert ENGLISH in found
    browser.get(f"/articles/{english.slug}?hl=<x>")
    assert ENGLISH in browser.get("/api/v1/search", query_string={"q": "门锁离线"}).text
    browser.get(f"/articles/{site.article(TITLE).slug}?hl=zh-Hans")
    assert ENGLISH not in browser.get("/api/v1/search", query_string={"q": "门锁离线"}).text


def test_it_says_when_the_original_has_changed_since(site: Website, english: Article) -> None:
    """K8: outdated until somebody says that it fits again."""
    writer, original = site.browser("小编"), site.article(TITLE)
    address = f"/manage/articles/{english.id}"
    assert "原文在这篇译文核对之后改过" not in writer.get(address).text
    form = editing.ArticleInput(TITLE, "改了正文。", version=original.version)
    editing.save(site.ports, viewer_named(site, "小编"), original.id, form)
    assert "原文在这篇译文核对之后改过" in writer.get(address).text
    assert "原文已改" in writer.get(f"/manage/articles/{original.id}").text
    assert site.browser("阿博").post(f"{address}/translations/checked").status_code == 403
    assert writer.post(f"{address}/translations/checked").status_code == 303
    assert "原文在这篇译文核对之后改过" not in writer.get(address).text


def test_it_reads_and_hides_it_like_its_original(site: Website, english: Article) -> None:
    """K11: stricter readers, archived, out of the bin: never wider than the original."""
    original, writer = site.article(TITLE), viewer_named(site, "小编")
    closed = editing.ArticleInput(TITLE, original.body, access=STAFF_KEY, version=original.version)
    editing.save(site.ports, writer, original.id, closed)
    assert site.browser().get(f"/articles/{english.slug}").status_code == 404
    assert site.browser("阿博").get(f"/articles/{english.slug}").status_code == 200
    wide = editing.ArticleInput(ENGLISH, "x", version=site.article(ENGLISH).version)
    editing.save(site.ports, writer, english.id, wide)
    assert site.browser().get(f"/articles/{english.slug}").status_code == 404
    editing.archive(site.ports, writer, original.id, site.article(TITLE).version)
    found = site.article(ENGLISH)
    assert found.status is ArticleStatus.ARCHIVED
    page = site.browser("小编").post(
        f"/manage/articles/{english.id}/save",
        {"title": ENGLISH, "body": "y", "version": str(found.version), "action": "publish"},
    )
    assert "译文不能先发布" in page.text
    with reading(site.ports.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ArticleTranslation)) == 1
    with unit_of_work(site.ports.database) as session:
        session.delete(session.get_one(Article, original.id))
    with reading(site.ports.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ArticleTranslation)) == 0
