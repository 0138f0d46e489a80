"""Turning a ticket into knowledge in the browser: choices, masks, near articles (K9)."""

from __future__ import annotations

from tests.web.cases import build_case
from tests.website import Website


def test_it_changes_the_text_by_chosen_messages_and_keeps_what_was_typed(site: Website) -> None:
    """K9: without JavaScript; nothing typed is lost."""
    case = build_case(site)
    path = f"/desk/tickets/{case.number}/promote"
    browser = site.browser("阿博")
    first = browser.get(path).text
    assert "请师傅上门检查" in first
    form = {"title": "我起的标题", "body": "我写的开头", "drafted": "q", "parts": "q"}
    page = browser.post(f"{path}/messages", form)
    assert page.status_code == 200
    assert "我起的标题" in page.text
    assert "我写的开头" in page.text


def test_it_says_beside_the_field_what_a_wording_must_not_hold(site: Website) -> None:
    """K9 O3: the sentence names the private data; the text typed below is still there."""
    case = build_case(site)
    path = f"/desk/tickets/{case.number}/promote/phrasing"
    form = {
        "article_id": case.article_id,
        "phrasing": "打 13800138000 没人接",
        "body": "我写的正文",
    }
    page = site.browser("阿博").post(path, form)
    assert page.status_code == 422
    assert "问法里有个人信息" in page.text
    assert "我写的正文" in page.text


def test_it_opens_the_editor_with_the_text_behind_the_article(site: Website) -> None:
    """K6 K9: as an unsaved draft, for who may write."""
    case = build_case(site)
    path = f"/desk/tickets/{case.number}/promote/update"
    form = {"article_id": case.article_id, "body": "补充：先换电池"}
    lead = site.browser("组长")
    sent = lead.post(path, form)
    assert sent.location == f"/manage/articles/{case.article_id}?draft=1"
    page = lead.get(sent.location)
    assert "补充：先换电池" in page.text
    assert case.number in page.text
    agent = site.browser("阿博").post(path, form)
    assert agent.location == f"/desk/tickets/{case.number}"
