"""A whole chat in two real browsers: network cut, server killed, two tabs (C1 C3 C6 C9)."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kb_app import demo
from tests.browser.chatting import heard, say

pytestmark = pytest.mark.browser
START_SECONDS = 60


@dataclass
class Site:
    """`wenda run` in a process of its own, which can be killed."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Until it answers."""
        kept = {
            "WENDA_DATA_DIR": str(self.folder),
            "WENDA_SECRET_KEY": "a secret that only browser tests know",
            "WENDA_MAIL_URL": f"file://{self.folder}/mail",
            "WENDA_RATE_LIMITS": "false",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from web.cli import main; main()", "run", "--port",
             str(self.port)],
            env={**os.environ, **kept},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.1)
        raise TimeoutError

    def kill(self) -> None:
        """No goodbye."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(30)


@pytest.fixture
def live(demo_folder: Path, tmp_path: Path) -> Iterator[Site]:
    """A site with sockets."""
    folder = tmp_path / "data"
    shutil.copytree(demo_folder, folder)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    site = Site(folder, port)
    site.start()
    yield site
    site.kill()


@pytest.fixture
def someone(chromium: Browser, live: Site) -> Iterator[Callable[..., Page]]:
    """A new browser, signed in as one of the demo's people when named."""
    contexts = []

    def open_page(person: str = "", width: int = 1280) -> Page:
        context = chromium.new_context(
            base_url=f"http://127.0.0.1:{live.port}",
            locale="zh-CN",
            viewport={"width": width, "height": 844},
        )
        context.set_default_timeout(45_000)
        contexts.append(context)
        page = context.new_page()
        if person:
            page.goto("/login")
            page.get_by_label("邮箱").fill(f"{person}@yujian.example")
            page.get_by_label("密码", exact=True).fill(demo.DEMO_PASSWORD)
            page.get_by_role("button", name="登录").click()
            page.wait_for_url("**/")
        return page

    yield open_page
    for context in contexts:
        context.close()


def _agent(someone: Callable[..., Page]) -> Page:
    page = someone("service")
    page.goto("/desk/chats")
    page.locator("label.duty__state--online").click()
    page.wait_for_timeout(500)
    return page


def _customer(someone: Callable[..., Page], text: str) -> Page:
    page = someone(width=390)
    page.goto("/chat")
    page.get_by_label("想咨询什么").fill(text)
    page.get_by_role("button", name="直接找人工客服").click()
    page.wait_for_url("**/chat/*")
    return page


def test_it_goes_through_a_whole_chat(someone: Callable[..., Page]) -> None:
    """C1 C3 C6: asked on a telephone, served at the desk, ended, rated."""
    agent = _agent(someone)
    customer = _customer(someone, "门锁装反了能换方向吗")
    agent.locator("[data-open]").first.click()
    say(agent, "您好，请发一张照片")
    heard(customer, "请发一张照片")
    say(customer, "好的，马上")
    heard(agent, "好的，马上")
    agent.locator("[data-ending] summary").click()
    agent.get_by_role("button", name="结束会话").click()
    customer.locator("label[for=star-5]").click()
    customer.get_by_role("button", name="提交评价").click()
    expect(customer.get_by_text("感谢您的评价")).to_be_visible()


def test_it_loses_nothing_when_the_network_is_cut(someone: Callable[..., Page]) -> None:
    """C9: typed without a network, delivered once with it; the other side's words as well."""
    agent = _agent(someone)
    customer = _customer(someone, "门锁装反了")
    agent.locator("[data-open]").first.click()
    heard(agent, "门锁装反了")
    customer.context.set_offline(True)
    say(customer, "断网时写的")
    say(agent, "断网时答的")
    heard(agent, "断网时答的")
    customer.context.set_offline(False)
    heard(customer, "断网时写的")
    heard(customer, "断网时答的")
    heard(agent, "断网时写的")


def test_it_goes_on_after_the_server_was_killed(someone: Callable[..., Page], live: Site) -> None:
    """C9: killed in the middle, the same chat goes on in both browsers without a reload."""
    agent = _agent(someone)
    customer = _customer(someone, "门锁装反了")
    agent.locator("[data-open]").first.click()
    say(agent, "一")
    heard(customer, "一")
    live.kill()
    say(customer, "服务器不在时写的")
    say(agent, "服务器不在时答的")
    live.start()
    for page in (agent, customer):
        heard(page, "服务器不在时写的")
        heard(page, "服务器不在时答的")


def test_it_keeps_an_agents_two_tabs_alike(someone: Callable[..., Page]) -> None:
    """C3: said in one tab, seen in the other."""
    agent = _agent(someone)
    customer = _customer(someone, "门锁装反了")
    agent.locator("[data-open]").first.click()
    other = agent.context.new_page()
    other.goto(agent.url)
    say(agent, "第一个标签页说的")
    heard(other, "第一个标签页说的")
    say(other, "第二个标签页说的")
    heard(agent, "第二个标签页说的")
    heard(customer, "第二个标签页说的")
