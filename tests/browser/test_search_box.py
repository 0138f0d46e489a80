"""The search box in a real browser: input methods, stale replies, keyboard, memory (K1 K2 K13)."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import CDPSession, Error, Page, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SETTLED_MILLISECONDS = 700


def open_box(page: Page, path: str = "/") -> None:
    """A page whose search box has the focus."""
    page.goto(path)
    page.get_by_role("combobox").first.focus()


def asked_for(page: Page) -> list[str]:
    """The addresses of suggestions this page will ask for, as they are asked."""
    seen: list[str] = []
    page.on("request", lambda sent: seen.append(sent.url) if "/suggest?" in sent.url else None)
    return seen


def compose(keys: CDPSession, text: str) -> None:
    """Letters of an input method that are not characters yet."""
    keys.send("Input.imeSetComposition", {"text": text, "selectionStart": 0, "selectionEnd": 0})


def test_it_waits_until_the_input_method_is_done(visitor: Callable[..., Page]) -> None:
    """K1: pinyin on its way to characters asks nothing; the characters do, once."""
    page = visitor()
    open_box(page)
    page.wait_for_timeout(SETTLED_MILLISECONDS)
    asked = asked_for(page)
    keys = page.context.new_cdp_session(page)
    for text in ("m", "men", "men suo"):
        compose(keys, text)
        page.wait_for_timeout(200)
    page.wait_for_timeout(SETTLED_MILLISECONDS)
    assert asked == []
    keys.send("Input.insertText", {"text": "门锁"})
    expect(page.get_by_role("option").first).to_contain_text("门锁")
    assert len(asked) == 1


def test_it_drops_a_reply_that_comes_too_late(visitor: Callable[..., Page]) -> None:
    """K1: only the latest text's suggestions are shown, in whatever order replies arrive."""
    page = visitor()
    late = threading.Event()

    def slow(route: Route) -> None:
        answer = route.fetch()
        late.wait(0.8)
        with suppress(Error):  # the page gave this request up: what we want
            route.fulfill(response=answer)

    page.route(re.compile(r"/suggest\?q=%E5%8F%91%E7%A5%A8&"), slow)
    open_box(page)
    box = page.get_by_role("combobox").first
    box.fill("发票")
    page.wait_for_timeout(250)
    box.fill("门锁没电")
    expect(page.get_by_role("option").first).to_contain_text("门锁")
    page.wait_for_timeout(900)
    expect(page.get_by_role("option").first).to_contain_text("门锁")
    expect(page.get_by_role("option").last).to_contain_text("搜索“门锁没电”")


def test_it_is_a_combobox_for_keyboard_and_screen_reader(visitor: Callable[..., Page]) -> None:
    """K1: ARIA says what is open and chosen; arrows go round, Escape closes, Enter opens."""
    page = visitor()
    open_box(page)
    box = page.get_by_role("combobox").first
    box.press_sequentially("门锁", delay=20)
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("门锁")
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    first = options.first.get_attribute("id") or "-"
    expect(box).to_have_attribute("aria-activedescendant", first)
    expect(options.first).to_have_attribute("aria-selected", "true")
    box.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") is None
    box.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    box.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("门锁")
    expect(page.locator("[aria-live]").first).to_contain_text("条建议")


def test_it_shows_the_answer_under_the_first_suggestion(visitor: Callable[..., Page]) -> None:
    """K1: often nobody needs to open anything."""
    page = visitor()
    open_box(page)
    page.get_by_role("combobox").first.press_sequentially("忘记密码", delay=20)
    expect(page.get_by_role("option").first.locator(".suggest__answer")).to_contain_text("密码")
    assert page.locator(".suggest__answer").count() == 1


def test_it_remembers_and_forgets_the_searches_of_this_browser(
    visitor: Callable[..., Page],
) -> None:
    """K1: recent searches are offered when the box is empty, and gone when told to."""
    page = visitor()
    open_box(page)
    box = page.get_by_role("combobox").first
    box.fill("门锁没电")
    box.press("Enter")
    page.wait_for_url("**/search?**")
    open_box(page, "/search")
    recent = page.get_by_role("group", name="最近搜索")
    expect(recent.get_by_role("option").first).to_have_text("门锁没电")
    recent.get_by_role("option", name="清除最近搜索").click()
    expect(recent).to_have_count(0)
    assert page.evaluate("localStorage.getItem('recent-searches')") is None


def test_it_offers_what_many_people_search_for(visitor: Callable[..., Page]) -> None:
    """K5: an empty box knows what is hot; choosing one searches for it."""
    page = visitor()
    open_box(page, "/search")
    hot = page.get_by_role("group", name="大家在搜").get_by_role("option")
    expect(hot.first).to_be_visible()
    text = hot.first.inner_text().strip()
    page.get_by_role("combobox").first.press("ArrowDown")
    page.get_by_role("combobox").first.press("Enter")
    page.wait_for_url("**/search?q=**")
    expect(page.get_by_role("combobox").first).to_have_value(text)


def test_it_filters_on_a_phone_without_javascript(
    visitor: Callable[..., Page], address: str
) -> None:
    """K2: the facets open, narrow, show as chips, and are taken back; no script needed."""
    browser = visitor().context.browser
    assert browser is not None
    context = browser.new_context(
        base_url=address, java_script_enabled=False, viewport={"width": 390, "height": 800}
    )
    page = context.new_page()
    page.goto("/search?q=门锁")
    side = page.get_by_role("navigation", name="筛选结果")
    expect(side).to_be_hidden()
    page.get_by_text("筛选", exact=True).click()
    expect(side).to_be_visible()
    value = side.locator(".facet__value").first
    count = value.locator(".facet__count").inner_text().split()[0]
    value.click()
    expect(page.locator(".results__count")).to_contain_text(count)
    page.get_by_role("list", name="已选条件").get_by_role("link").first.click()
    expect(page.get_by_role("list", name="已选条件")).to_have_count(0)
    context.close()


def test_it_lets_an_agent_search_and_insert(signed_in: Callable[[str], Page]) -> None:
    """K1 T: an article found beside the ticket goes into the reply by one press."""
    page = signed_in("agent")
    page.goto("/desk?view=all")
    page.locator("main a[href*='/desk/tickets/']").first.click()
    page.get_by_label("要找的文章").press_sequentially("忘记密码", delay=20)
    found = page.locator("[data-found]")
    expect(found.get_by_role("link").first).to_contain_text("密码")
    found.get_by_role("button", name="插入").first.click()
    expect(page.get_by_label("内容", exact=True)).to_have_value(re.compile(r"\[.*密码.*\]\(http"))


def test_it_suggests_while_a_question_is_written(visitor: Callable[..., Page]) -> None:
    """Q2 K13: answers appear under the text before anything is submitted."""
    page = visitor()
    page.goto("/ask")
    page.get_by_label("您遇到了什么问题？").press_sequentially("门锁没电了打不开门", delay=20)
    hints = page.locator("#hints")
    expect(hints.get_by_role("link").first).to_contain_text("门锁")
    expect(hints.locator(".hint__text").first).not_to_be_empty()
