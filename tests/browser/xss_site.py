"""The hostile site of tests.xss_world, running; a fixture for the suites that visit it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from waitress.server import create_server

from kb_app import bootstrap
from tests.browser.conftest import _run
from tests.browser.xss_watch import Watch
from tests.website import PASSWORD, PEOPLE, Website, open_site, person
from tests.website_fixtures import *  # noqa: F403  the built site
from tests.xss_world import XssWorld, build


@dataclass(frozen=True)
class Served:
    """A running site full of hostile texts."""

    address: str
    world: XssWorld
    site: Website

    def path(self, pattern: str) -> str:
        """An address with the world's ids in it."""
        world = self.world
        return pattern.format(
            category=world.category, slug=world.slugs[0], article=world.article_ids[0],
            number=world.number, chat=world.chat_id,
        )  # fmt: skip


@pytest.fixture(scope="module")
def served(site_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One site for all of these tests: they only look."""
    website = open_site(site_folder, tmp_path_factory.mktemp("xss"))
    world = build(website.ports, person(website.ports, "小艾"))
    server = create_server(website.app, host="127.0.0.1", port=0, threads=6)
    threading.Thread(target=_run, args=(server.run,), daemon=True).start()
    yield Served(f"http://127.0.0.1:{getattr(server, 'effective_port', 0)}", world, website)
    server.close()
    bootstrap.close(website.ports)


def enter(watch: Watch, name: str) -> None:
    """Sign in as one of the site's people."""
    watch.page.goto("/login")
    watch.page.get_by_label("邮箱").fill(PEOPLE[name][0])
    watch.page.get_by_label("密码", exact=True).fill(PASSWORD)
    watch.page.get_by_role("button", name="登录").click()
    watch.page.wait_for_url("**/")
