"""What a browser meets when something goes wrong or two things happen at once."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from kb_app.config import Config, load_config
from kb_app.errors import ConfigError
from models import Article, ArticleStatus, SearchLog, SearchSource, User, reading, unit_of_work
from tests.flows.forms import forms_of, submit
from tests.web.cases import build_case
from tests.website import Website, open_site, person
from web import cli

TYPED = "昨天换了路由器，门锁一直离线"


def test_it_gives_a_question_back_when_its_token_is_no_longer_good(site: Website) -> None:
    """C9 Q2: the form comes again as it was filled; sending it again is enough."""
    browser = site.browser()
    category = "2"
    sent = {"text": TYPED, "category_id": category, "email": "a@b.cn", "csrf_token": "old"}
    page = browser.client.post("/ask", data=sent)
    assert page.status_code == 400
    form = next(form for form in forms_of(page) if form.action == "/ask")
    assert (form.fields["text"], form.fields["category_id"]) == (TYPED, category)
    assert browser.client.post("/ask", data=form.fields).status_code == 303


def test_it_gives_a_reply_and_an_article_back_too(site: Website) -> None:
    """C9 K6: on the desk and in the editor."""
    case = build_case(site)
    for name, path in (
        ("阿博", f"/desk/tickets/{case.number}/messages"),
        ("小艾", f"/tickets/{case.number}/reopen"),
        ("小编", f"/manage/articles/{case.article_id}/save"),
        ("小编", "/manage/articles"),
    ):
        form = {"body": TYPED, "title": "标题", "kind": "reply", "reopening": "1"}
        page = site.browser(name).client.post(path, data=form)
        assert page.status_code == 400, path
        assert TYPED in page.text, path


@pytest.mark.parametrize("token", ["", "good"])
def test_it_gives_the_text_back_when_the_session_ended_meanwhile(site: Website, token: str) -> None:
    """K6: the password was changed elsewhere; the article can still be copied from the page."""
    case, browser = build_case(site), site.browser("小编")
    with unit_of_work(site.ports.database) as session:
        session.get_one(User, person(site.ports, "小编").id).session_epoch += 1
    form = {"title": "新标题", "body": TYPED}
    path = f"/manage/articles/{case.article_id}/save"
    post = browser.post if token else browser.client.post
    page = post(path, data=form)
    assert page.status_code in {400, 401}
    assert TYPED in page.text
    assert "新标题" in page.text


def test_it_never_gives_back_a_password(site: Website) -> None:
    """O3: what is given back is what was written, not what is secret."""
    form = {"email": "a@b.cn", "password": "correct horse battery"}
    page = site.browser().client.post("/login", data=form)
    assert page.status_code == 400
    assert "correct horse" not in page.text


def test_it_uploads_without_losing_or_saving_the_text(site: Website) -> None:
    """K6 K7: the text goes along and comes back; the article on the site is as it was."""
    article, browser = site.article("门锁离线怎么办"), site.browser("小编")
    page = browser.get(f"/manage/articles/{article.id}")
    form = next(form for form in forms_of(page) if form.action.endswith("/save"))
    path = f"/manage/articles/{article.id}/files"
    for _ in range(2):
        file = (io.BytesIO(b"%PDF-1.4 x"), "手册.pdf")
        page = browser.client.post(path, data={**form.fields, "body": TYPED, "file": file})
        assert page.status_code == 200
        assert page.text.count('class="file__name">手册.pdf') == 1
        again = next(form for form in forms_of(page) if form.action.endswith("/save"))
        assert again.fields["body"] == TYPED
    assert site.article("门锁离线怎么办").body == article.body
    submit(browser, page, "/save", action="save")
    assert site.article("门锁离线怎么办").body == TYPED


def test_it_publishes_a_new_article_with_one_button(site: Website) -> None:
    """K8: 发布 in an empty editor publishes."""
    browser = site.browser("小编")
    page = browser.get("/manage/articles/new")
    assert 'value="publish"' in page.text
    submit(browser, page, "/articles", title="浇花机漏水怎么办", body="换密封圈", action="publish")
    assert site.article("浇花机漏水怎么办").status is ArticleStatus.PUBLISHED
    submit(browser, page, "/articles", title="还没写完", body="草稿", action="save")
    assert site.article("还没写完").status is ArticleStatus.DRAFT


def test_it_leads_a_writer_from_the_ticket_straight_to_the_draft(site: Website) -> None:
    """K9: two clicks; an agent who may not write goes back to the ticket."""
    case = build_case(site)
    form = {"title": "门锁装反了怎么办", "body": "联系师傅"}
    path = f"/desk/tickets/{case.number}/promote"
    assert site.browser("阿博").post(path, form).location == f"/desk/tickets/{case.number}"
    article_id = site.article("门锁装反了怎么办").id
    assert site.browser("组长").post(path, form).location == f"/manage/articles/{article_id}"


def test_it_says_of_a_ticket_that_it_changed_and_not_that_text_is_below(site: Website) -> None:
    """T8: the sentence fits what was pressed."""
    case = build_case(site)
    path = f"/desk/tickets/{case.number}/status"
    page = site.browser("阿博").post(path, {"status": "open", "version": "1"})
    assert page.status_code == 409
    assert "有了新的变化" in page.text


def test_it_finds_nothing_at_an_address_no_database_can_hold(site: Website) -> None:
    """O1: PostgreSQL refuses NUL in a text; the page is not there, it is not broken."""
    case = build_case(site)
    for path in ("/articles/%00", "/questions/a%00b", "/tickets/%00", "/categories/a%01"):
        assert site.browser("小艾").get(path).status_code == 404, path
    assert site.browser().get(f"/files/{case.file_id}/%E5%9B%BE%20%E4%B8%80.png").status_code == 200


def test_it_shows_times_of_the_sites_own_zone(site_folder: Path, tmp_path: Path) -> None:
    """O4: Asia/Shanghai unless WENDA_TIMEZONE says otherwise."""
    shown = {}
    for zone in ("Asia/Shanghai", "America/New_York"):
        site = open_site(site_folder, tmp_path / zone.replace("/", "-"), timezone=zone)
        with unit_of_work(site.ports.database) as session:
            wanted = select(Article).where(Article.title == "门锁离线怎么办")
            article = session.scalars(wanted).one()
            article.updated_at = article.updated_at.replace(
                year=2026, month=3, day=1, hour=20, minute=0
            )
            slug = article.slug
        page = site.browser().get(f"/articles/{slug}").text
        shown[zone] = re.findall(r"更新于 <time[^>]*>([^<]+)<", page)[0]
    assert shown == {"Asia/Shanghai": "2026-03-02", "America/New_York": "2026-03-01"}


def test_it_refuses_a_time_zone_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """O1: named at the start, not at the first page."""
    monkeypatch.setenv("WENDA_TIMEZONE", "Mars/Olympus")
    with pytest.raises(ConfigError, match="WENDA_TIMEZONE"):
        load_config()


def test_it_puts_the_address_it_listens_at_into_links_unless_told_otherwise() -> None:
    """O1: `make run PORT=9000` sends reset links that lead to port 9000."""
    plain, named = Config(), Config(base_url="https://help.example.com")
    assert cli._at_home(plain, "http://127.0.0.1:9000").base_url == "http://127.0.0.1:9000"
    assert cli._at_home(plain, "http://127.0.0.1:0").base_url == plain.base_url
    assert cli._at_home(named, "http://127.0.0.1:9000").base_url == named.base_url


def test_it_takes_few_votes_for_one_article_from_one_address(
    site_folder: Path, tmp_path: Path
) -> None:
    """K3 K4: throwing the cookie away makes no second voter for long; other articles go on."""
    site = open_site(site_folder, tmp_path / "limited", rate_limits=True)
    stuffed, other = (site.article(title).id for title in ("门锁离线怎么办", "修改登录密码"))
    answers = [
        site.browser().post(f"/articles/{stuffed}/vote", {"value": "1"}).status_code
        for _ in range(21)
    ]
    assert (answers[:20], answers[20]) == ([303] * 20, 429)
    assert site.browser().post(f"/articles/{other}/vote", {"value": "1"}).status_code == 303


def test_it_attributes_a_chosen_suggestion_to_what_was_typed(site: Website) -> None:
    """K1 K4: the link of a suggestion carries the text; typing alone leaves no trace."""
    browser = site.browser()
    page = browser.get("/suggest", query_string={"q": "门锁离"})
    with reading(site.ports.database) as session:
        assert session.scalars(select(SearchLog)).all() == []
    link = re.findall(r'href="(/articles/[^"]+)"', page.text)[0].replace("&amp;", "&")
    assert browser.get(link).status_code == 200
    with reading(site.ports.database) as session:
        [log] = session.scalars(select(SearchLog))
    assert (log.source, log.query) == (SearchSource.SUGGEST, "门锁离")
