"""Fixtures over tests.website, imported by the suites that visit the site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from kb_app import accounts, bootstrap
from tests.website import Website, build_site, open_site


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Hashes that cost next to nothing: passwords of tests need no protection."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(accounts, "_hasher", lambda: quick)
        accounts._nobody.cache_clear()
        yield
        accounts._nobody.cache_clear()


@pytest.fixture(scope="session")
def site_folder(quick_hashes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site, to be copied."""
    folder = tmp_path_factory.mktemp("site")
    build_site(folder)
    return folder


@pytest.fixture
def site(site_folder: Path, tmp_path: Path) -> Iterator[Website]:
    """This test's own site."""
    website = open_site(site_folder, tmp_path / "data")
    yield website
    bootstrap.close(website.ports)
