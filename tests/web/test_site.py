"""The look on every page, the help inside other sites, and what machines may read (K12)."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET

import pytest

from kb_app import editing
from kb_app.accounts import viewer_for
from models import Article, Ticket, choose_access, reading, unit_of_work
from tests.website import Website, person
from web import site as web_site

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 30
LOOK = {
    "version": "1",
    "name": "云鲸客服",
    "slogan": "我们在",
    "accent": "#1f5fbf",
    "font": "serif",
    "block_hero": "1",
    "block_newest": "1",
    "order_newest": "2",
    "links": "官网 | https://www.example.com",
    "footer": "备案号 123",
    "footer_links": "条款 | /articles/terms",
    "banner": "今晚维护",
    "banner_level": "warn",
    "css": ".hero { border-radius: 0 }",
}


def save(site: Website, **changed: str) -> str:
    """Save the look as the form does; what the page says then."""
    return site.browser("站长").post("/manage/look", {**LOOK, **changed}).text


def test_it_changes_every_page(site: Website) -> None:
    """K12: name, colours, blocks, links, footer, banner, own styles."""
    save(site, logo=(io.BytesIO(PNG), "logo.png"))  # type: ignore[arg-type]
    page = site.browser().get("/").text
    for part in (
        "云鲸客服",
        "我们在",
        "官网",
        "备案号 123",
        "今晚维护",
        "最新文章",
        "/look/pictures/",
    ):
        assert part in page
    assert "按类别查找" not in page
    assert "style=" not in page
    address = re.search(r'href="(/look/site.css\?v=[0-9a-f]{12})"', page)
    assert address is not None
    sheet = site.browser().get(address.group(1))
    assert "--accent:#1f5fbf" in sheet.text
    assert "immutable" in sheet.headers["Cache-Control"]
    for path in ("/search?q=密码", "/login", "/ask"):
        assert address.group(1) in site.browser().get(path).text


def test_it_says_which_line_of_the_css_is_wrong(site: Website) -> None:
    """K12: nothing is saved, everything typed is still there."""
    page = save(site, css=".a { color: red }\n.b { background: url(https://evil.example) }")
    assert "第 2 行：不能引用别的网站上的文件" in page
    assert "云鲸客服" in page
    assert "云鲸客服" not in site.browser().get("/").text


def test_it_keeps_the_form_when_a_colour_is_wrong(site: Website) -> None:
    """K12: the fault stands beside its field."""
    page = save(site, accent="蓝色")
    assert "颜色要写成" in page
    assert 'value="我们在"' in page


def test_it_previews_without_saving(site: Website) -> None:
    """K12: only the admin sees it; its styles are allowed by their hash alone."""
    answer = site.browser("站长").post("/manage/look/preview", LOOK)
    assert "--accent:#1f5fbf" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "'sha256-" in policy
    assert "unsafe-inline" not in policy
    assert "云鲸客服" not in site.browser().get("/").text


def test_it_goes_back_to_the_default(site: Website) -> None:
    """K12: one button."""
    save(site)
    site.browser("站长").post("/manage/look/reset")
    page = site.browser().get("/").text
    assert "云鲸客服" not in page
    assert "/look/site.css" not in page


def allow(site: Website, hosts: str) -> None:
    """Let these sites embed the help."""
    form = {"version": "1", "hosts": hosts, "label": "找帮助", "side": "left", "colour": "#1f5fbf"}
    answer = site.browser("站长").post("/manage/embed", form)
    assert answer.status_code == 303, answer.text


def test_it_lets_only_chosen_sites_frame_it(site: Website) -> None:
    """K12: frame-ancestors of the panel, and of nothing else."""
    allow(site, "https://shop.example.com")
    answer = site.browser().get("/embed")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://shop.example.com;" in policy
    assert "X-Frame-Options" not in answer.headers
    other = site.browser().get("/login")
    assert "shop.example.com" not in other.headers["Content-Security-Policy"]
    assert other.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_it_serves_one_small_script_with_the_chosen_words(site: Website) -> None:
    """K12: what was chosen is in it; any site may load it; no cookie."""
    allow(site, "shop.example.com")
    answer = site.browser().get("/embed.js")
    assert '"side": "left"' in answer.text
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers
    assert "__CHOSEN__" not in answer.text
    assert len(answer.data) < 30_000


def test_it_goes_from_search_to_a_ticket_without_a_cookie(site: Website) -> None:
    """K12 K13: search, article, question, person – and only the asker sees the question."""
    browser = site.browser()
    panel = browser.get("/embed?q=门锁电池怎么更换")
    assert "门锁电池怎么更换" in panel.text
    assert "客服退款审批流程" not in site.browser("阿博").get("/embed?q=退款审批").text
    word = re.search(r'name="k" value="([^"]+)"', panel.text)
    assert word is not None
    assert "准备 4 节" in browser.get(f"/embed/articles/门锁电池怎么更换?k={word.group(1)}").text
    form = {"k": word.group(1), "text": "阳台门锁能装反吗", "submission_key": "e"}
    answer = browser.client.post("/embed/ask", data=form)
    assert answer.status_code == 303
    address = answer.location
    assert "阳台门锁能装反吗" in browser.get(address).text
    path = address.split("?")[0]
    assert site.browser().get(path).status_code == 404
    refused = browser.client.post(f"{path}/unsolved", data={"k": word.group(1), "email": "x"})
    assert refused.status_code == 422
    browser.client.post(f"{path}/unsolved", data={"k": word.group(1), "email": "a@example.com"})
    assert "已转给客服" in browser.get(address).text
    with reading(site.ports.database) as session:
        assert session.query(Ticket).count() == 1
    assert not browser.client._cookies


def test_it_believes_no_forged_word(site: Website) -> None:
    """K12 O3: a word that was not signed here names nobody."""
    assert site.browser().get("/embed?k=forged").status_code == 200
    assert "forged" not in site.browser().get("/embed?k=forged").text


def public_texts(site: Website) -> dict[str, str]:
    """Everything machines read."""
    paths = ("/sitemap.xml", "/sitemap-1.xml", "/llms.txt", "/embed")
    return {path: site.browser("阿博").get(path).text for path in paths}


def test_it_maps_public_articles_only(site: Website) -> None:
    """K11 K12: not the customers', not the staff's, whoever asks."""
    for path, text in public_texts(site).items():
        assert "客服退款审批流程" not in text, path
        assert "银屿会员专享折扣" not in text, path
    tree = ET.fromstring(site.browser().get("/sitemap.xml").data)
    assert len(tree) == 1 + 5
    assert "门锁离线怎么办" in site.browser().get("/llms.txt").text


@pytest.mark.parametrize("deed", ["archive", "close"])
def test_it_forgets_an_article_at_once(site: Website, deed: str) -> None:
    """K11: unpublished or closed, it is gone from the next answer."""
    article = site.article("门锁离线怎么办")
    if deed == "archive":
        user = person(site.ports, "组长")
        lead = viewer_for(site.ports, user.id, user.session_epoch, "")
        editing.archive(site.ports, lead, article.id, article.version)
    else:
        with unit_of_work(site.ports.database) as session:
            choose_access(session, session.get_one(Article, article.id), {"staff"})
    for path, text in public_texts(site).items():
        if path != "/embed":
            assert "门锁离线怎么办" not in text, path


def test_it_describes_a_public_article_to_machines(site: Website) -> None:
    """K12: canonical address, a card for sharing, question and answer as data."""
    page = site.browser().get("/articles/门锁离线怎么办").text
    assert '<link rel="canonical" href="http' in page
    assert '<meta property="og:title" content="门锁离线怎么办">' in page
    found = re.search(r'<script type="application/ld\+json">(.+?)</script>', page)
    assert found is not None
    data = json.loads(found.group(1))
    assert data["mainEntity"][0]["name"] == "门锁离线怎么办"
    closed = site.browser("阿博").get("/articles/客服退款审批流程").text
    assert "canonical" not in closed
    assert "ld+json" not in closed


def test_it_shows_the_new_look_in_another_process_soon(site: Website) -> None:
    """K12 O1: a process that did not save it notices by itself."""
    with site.app.app_context():
        current = web_site.current()
    save(site)
    current.forget()
    assert current.get().name == "云鲸客服"
