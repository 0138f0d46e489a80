"""A chat's other ends, in two real browsers: nobody there, refused, handed on, the robot first, a
network that dies without a word (C1 C3 C4 C6 C9)."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.chatting import heard, say
from tests.browser.test_chat import Site, someone

pytestmark = pytest.mark.browser
__all__ = ["someone"]
PHONE = 390


@pytest.fixture(scope="module")
def live(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site with sockets for all of these."""
    folder = tmp_path_factory.mktemp("flows") / "data"
    shutil.copytree(demo_folder, folder)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    site = Site(folder, port)
    site.start()
    yield site
    site.kill()


def _on_duty(someone: Callable[..., Page], person: str) -> Page:
    page = someone(person)
    page.goto("/desk/chats")
    button = page.locator("label.duty__state--online")
    if not button.locator("input").is_checked():
        with page.expect_response("**/desk/chats/state"):
            button.click()
    return page


def _off_duty(*pages: Page) -> None:
    """Whoever has gone gets no chat of the next test."""
    for page in pages:
        with page.expect_response("**/desk/chats/state"):
            page.locator("label.duty__state--offline").click()


def _customer(someone: Callable[..., Page], text: str, button: str = "直接找人工客服") -> Page:
    page = someone(width=PHONE)
    page.goto("/chat")
    page.get_by_label("想咨询什么").fill(text)
    page.get_by_role("button", name=button).click()
    page.wait_for_url("**/chat/*")
    return page


def _fits(page: Page) -> None:
    """Nothing sticks out of a telephone's screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _open(agent: Page, topic: str) -> None:
    agent.locator("[data-open]", has_text=topic).first.click()
    heard(agent, topic)


def test_nobody_is_there_and_word_is_left(someone: Callable[..., Page]) -> None:
    """C1 C2: out of hours what was said becomes a ticket; without a contact nothing is lost."""
    customer = _customer(someone, "半夜门锁报警响个不停")
    expect(customer.get_by_text("现在没有客服在线", exact=True)).to_be_visible()
    _fits(customer)
    customer.get_by_label("还想补充的").fill("已经断电重启过")
    customer.get_by_label("邮箱或电话").fill("不是联系方式")
    customer.get_by_role("button", name="留言").click()
    expect(customer.get_by_label("还想补充的")).to_have_value("已经断电重启过")
    customer.get_by_label("邮箱或电话").fill("night@example.com")
    customer.get_by_role("button", name="留言").click()
    ticket = customer.locator(".chat__after a.num")
    expect(ticket).to_be_visible()
    number = ticket.inner_text()
    desk = someone("service")
    desk.goto(f"/desk/tickets/{number}")
    expect(desk.get_by_text("已经断电重启过").first).to_be_visible()
    expect(desk.get_by_text("半夜门锁报警响个不停").first).to_be_visible()


def test_it_is_refused_with_a_reason(someone: Callable[..., Page]) -> None:
    """C6: without a reason it is not; the customer is told politely, and asked for no rating."""
    agent = _on_duty(someone, "service")
    customer = _customer(someone, "加我微信领红包")
    _open(agent, "加我微信领红包")
    agent.locator("[data-ending] summary").click()
    agent.get_by_text("要写理由，工单进回收站备查").click()
    agent.get_by_role("button", name="结束会话").click()
    expect(agent.locator(".field__error, .form-errors, [role=alert]").first).to_be_visible()
    expect(customer.get_by_text("正在为您服务")).to_be_visible()
    agent.locator("[data-ending] summary").click()
    agent.get_by_text("要写理由，工单进回收站备查").click()
    agent.get_by_label("说明").fill("广告骚扰")
    agent.get_by_role("button", name="结束会话").click()
    expect(customer.get_by_text("没有接待这次会话")).to_be_visible()
    expect(customer.get_by_text("您满意吗")).to_have_count(0)
    assert "广告骚扰" not in customer.content()
    _off_duty(agent)


def test_it_is_handed_on_once_the_colleague_agrees(someone: Callable[..., Page]) -> None:
    """C4: offered, accepted, and the customer sees who serves them now; nothing is said twice."""
    agent = _on_duty(someone, "service")
    customer = _customer(someone, "门锁要换方向")
    colleague = _on_duty(someone, "agent")
    _open(agent, "门锁要换方向")
    agent.get_by_text("转接", exact=True).first.click()
    agent.get_by_label("转给谁").select_option(index=1)
    agent.locator("form[data-deed] button", has_text="转接").click()
    colleague.locator("[data-open]", has_text="门锁要换方向").click()
    colleague.get_by_role("button", name="接受转来的会话").click()
    expect(colleague.get_by_role("button", name="对客户说")).to_have_count(0)
    expect(colleague.locator("[data-speaks='1']")).to_have_count(1)
    say(colleague, "我来接着帮您")
    heard(customer, "我来接着帮您")
    heard(agent, "我来接着帮您")
    expect(agent.locator("[data-speaks='1']:visible")).to_have_count(0)
    _off_duty(agent, colleague)


def test_the_robot_answers_asks_back_and_steps_aside(someone: Callable[..., Page]) -> None:
    """C1: an answer with its source, a question that leans on it, a person on call, and silence of
    the robot from then on; the agent finds the summary."""
    agent = _on_duty(someone, "service")
    customer = _customer(someone, "门锁没电了怎么进门", "开始咨询")
    robot = customer.locator(".said--robot[data-seq]")
    expect(robot).to_have_count(2)
    expect(robot.last.locator(".said__sources a, .said__choices button").first).to_be_visible()
    say(customer, "那电池要用几号的")
    expect(robot).to_have_count(3)
    _fits(customer)
    customer.get_by_role("button", name="转人工").click()
    expect(customer.get_by_text("正在为您服务")).to_be_visible()
    count = robot.count()
    _open(agent, "门锁没电了怎么进门")
    heard(agent, "那电池要用几号的")
    expect(agent.locator(".pane__summary:visible")).to_contain_text("门锁没电了怎么进门")
    say(customer, "还在吗")
    say(agent, "在的，我来说")
    heard(customer, "在的，我来说")
    assert robot.count() == count
    _off_duty(agent)


def test_a_line_that_died_without_a_word_is_noticed(someone: Callable[..., Page]) -> None:
    """C9: the socket stays open and carries nothing any more; what is said arrives all the same."""
    agent = _on_duty(someone, "service")
    customer = someone(width=PHONE)
    dead: list[bool] = []

    def through(line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        first = not dead
        line.on_message(lambda words: None if first and dead else server.send(words))
        server.on_message(lambda words: None if first and dead else line.send(words))

    customer.route_web_socket("**/chat/socket", through)
    customer.goto("/chat")
    customer.get_by_label("想咨询什么").fill("网断了也不知道")
    customer.get_by_role("button", name="直接找人工客服").click()
    _open(agent, "网断了也不知道")
    say(agent, "线还好的时候说的")
    heard(customer, "线还好的时候说的")
    dead.append(True)
    say(customer, "线断了以后写的")
    say(agent, "线断了以后答的")
    heard(agent, "线断了以后写的")
    heard(customer, "线断了以后答的")
    _off_duty(agent)
