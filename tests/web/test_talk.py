"""Asking several things at once, asking on, and being handed to a person, in a browser (Q2 C1)."""

from __future__ import annotations

from tests.website import Website

TWO = "忘记密码怎么重设，另外申请退款多久到账"


def asked(site: Website, text: str) -> str:
    """The address of 小艾's new question."""
    answer = site.browser("小艾").post("/ask", data={"text": text, "submission_key": text[:10]})
    assert answer.status_code == 303
    return str(answer.location)


def test_it_shows_both_questions_of_a_message(site: Website) -> None:
    """Q2: each under its own heading, one decision about all."""
    page = site.browser("小艾").get(asked(site, TWO)).text
    assert "第 1 问" in page
    assert "第 2 问" in page
    assert "申请退款多久到账" in page
    assert "都解决了" in page


def test_it_lets_the_asker_ask_on_without_javascript(site: Website) -> None:
    """C1: a plain form; what was asked on stands on the page, and only its asker may."""
    address = asked(site, "忘记密码怎么重设")
    browser = site.browser("小艾")
    answer = browser.post(f"{address}/more", data={"more": "那申请退款多久到账呢"})
    assert answer.location.endswith("#latest")
    page = browser.get(address).text
    assert "追问" in page
    assert "那申请退款多久到账呢" in page
    assert site.browser("老陈").post(f"{address}/more", data={"more": "x"}).status_code == 404


def test_it_gives_back_what_was_typed_when_it_cannot_be_asked(site: Website) -> None:
    """Q1: the fault beside the field, the text still there, the way to a person shut."""
    address = asked(site, "忘记密码怎么重设")
    page = site.browser("小艾").post(f"{address}/more", data={"more": "长" * 501})
    assert page.status_code == 422
    assert "精简到 500 字以内" in page.text
    assert "长" * 501 in page.text


def test_it_says_what_to_do_in_danger_before_anything_else(site: Website) -> None:
    """C1: numbers to call, then the ticket."""
    address = asked(site, "充电器冒烟了，屋里都是焦味")
    page = site.browser("小艾").get(address).text
    assert 'href="tel:119"' in page
    assert page.index("tel:119") < page.index("工单号")
    assert "继续问" not in page
    queue = site.browser("阿博").get("/desk").text
    assert "涉及安全" in queue


def test_it_is_calm_with_whoever_wants_a_person(site: Website) -> None:
    """C1: no argument, no article, the number of the ticket."""
    page = site.browser("小艾").get(asked(site, "转人工")).text
    assert "好的，这就请客服来" in page
    assert "WD-" in page
    assert "问题解决了吗" not in page
