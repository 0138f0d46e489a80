"""Styles, scripts and pages to read travel packed; forms and files as they are (K12 O3)."""

from __future__ import annotations

import gzip

import pytest

from models import Article, Category, Product, reading, unit_of_work
from tests.factories import make_article, publish_articles
from tests.website import Website
from web.packing import PAGES

STYLES = "/static/css/base.css"
PACKS = {"Accept-Encoding": "gzip, deflate, br"}


def test_it_packs_styles_for_who_can_unpack(site: Website) -> None:
    """K12: the same bytes, fewer of them; a part of one is not packed."""
    browser = site.browser()
    plain, packed = browser.get(STYLES), browser.get(STYLES, headers=PACKS)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]
    part = browser.get(STYLES, headers={**PACKS, "Range": "bytes=0-9"})
    assert (part.status_code, part.data) == (206, plain.data[:10])


def test_it_knows_what_a_browser_has_already(site: Website) -> None:
    """K12: packed or not, what did not change is not sent again."""
    browser = site.browser()
    tag = browser.get(STYLES, headers=PACKS).headers["ETag"]
    assert browser.get(STYLES, headers={**PACKS, "If-None-Match": tag}).status_code == 304


def test_it_packs_no_page_with_a_form(site: Website) -> None:
    """O3: the length of a packed page could tell what stands in it."""
    assert "Content-Encoding" not in site.browser().get("/login", headers=PACKS).headers


def test_it_packs_the_pages_people_read(site: Website) -> None:
    """K12: a long article travels as a third of its size and is the same page."""
    title, body = "门锁怎么换电池", "按住背板，向下推，换四节五号电池。\n\n" * 200
    (article_id,) = publish_articles(site.ports, (title, body))
    with reading(site.ports.database) as session:
        address = f"/articles/{session.get_one(Article, article_id).slug}"
    browser = site.browser()
    packed = browser.get(address, headers=PACKS)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    page = gzip.decompress(packed.data).decode()
    assert page.count("五号电池") > 200
    assert len(packed.data) < len(page.encode()) / 3
    assert "Content-Encoding" not in browser.get(address).headers


PATHS = {
    "browse.category": "/categories/{category}",
    "browse.product": "/products/{product}",
    "articles.show": "/articles/{slug}",
}


@pytest.mark.parametrize("endpoint", sorted(PAGES))
def test_packed_pages_repeat_nothing_of_the_request(site: Website, endpoint: str) -> None:
    """O3: a text of somebody else's choice beside a secret would tell it by the length (BREACH)."""
    with unit_of_work(site.ports.database) as session:
        article = make_article(session, "门锁怎么换电池", "换四节。")
        article.category = Category(slug="locks", name="门锁")
        article.products = [Product(slug="x1", name="X1")]
        address = PATHS[endpoint].format(category="locks", product="x1", slug=article.slug)
    names = (
        "q",
        "hl",
        "s",
        "p",
        "t",
        "from",
        "origin",
        "page",
        "sort",
        "next",
        "range",
        "k",
        "text",
    )
    query = "&".join(f"{name}=vermutlich" for name in names)
    spoken = {**PACKS, "Referer": "http://localhost/vermutlich", "User-Agent": "vermutlich"}
    answer = site.browser().get(f"{address}?{query}", headers=spoken)
    assert answer.status_code == 200
    assert b"vermutlich" not in gzip.decompress(answer.data)
