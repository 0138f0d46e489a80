"""A whole running site – demo base, pages, worker – for a real browser to visit."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from waitress.server import create_server

from kb_app import bootstrap, demo, jobs
from kb_app.config import Config
from web.app import create_app

PAGE_MILLISECONDS = 45_000  # a busy machine is no fault of a page
expect.set_options(timeout=30_000)
# Chromium calls every refused form an error; that two people saved at once is none.
EXPECTED = "status of 409 (CONFLICT)"


def _config(folder: Path) -> Config:
    return Config(
        data_dir=folder,
        secret_key="a secret that only browser tests know",
        mail_url=f"file://{folder}/mail",
        site_name="屿见帮助中心",
    )


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a freshly loaded and indexed demo, to be copied."""
    folder = tmp_path_factory.mktemp("demo")
    config = _config(folder)
    bootstrap.migrate(config)
    ports = bootstrap.build(config)
    demo.load(ports)
    jobs.drain(ports)
    bootstrap.close(ports)
    return folder


def _run(serve: Callable[[], None]) -> None:
    """Closing a server from outside its loop may pull a socket from under its select."""
    with contextlib.suppress(OSError):
        serve()


@pytest.fixture
def address(demo_folder: Path, tmp_path: Path) -> Iterator[str]:
    """The address of this test's own running site."""
    folder = tmp_path / "data"
    shutil.copytree(demo_folder, folder)
    ports = bootstrap.build(_config(folder))
    server = create_server(create_app(ports), host="127.0.0.1", port=0, threads=8)
    stop = threading.Event()
    threads = [
        threading.Thread(target=_run, args=(server.run,), daemon=True),
        threading.Thread(target=jobs.Worker(ports).run, args=(stop,), daemon=True),
    ]
    for thread in threads:
        thread.start()
    yield f"http://127.0.0.1:{getattr(server, 'effective_port', 0)}"
    stop.set()
    server.close()
    threads[1].join(10)
    bootstrap.close(ports)


@pytest.fixture
def visitor(chromium: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens a page of a new person: no cookies, and no complaint in the console allowed."""
    contexts = []
    complaints: list[str] = []

    def open_page(width: int = 1440, height: int = 900) -> Page:
        context = chromium.new_context(
            base_url=address,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": height},
        )
        context.set_default_timeout(PAGE_MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if message.type == "error" and EXPECTED not in message.text
                else None
            ),
        )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def signed_in(visitor: Callable[..., Page]) -> Callable[[str], Page]:
    """Opens a page signed in as one of the demo's people, by the name before the @."""

    def open_page(person: str) -> Page:
        page = visitor()
        page.goto("/login")
        page.get_by_label("邮箱").fill(f"{person}@yujian.example")
        page.get_by_label("密码", exact=True).fill(demo.DEMO_PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/")
        return page

    return open_page
