"""Fixtures over tests.website, imported by the suites that visit the site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb_app import bootstrap
from tests.website import Website, build_site, open_site


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
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
