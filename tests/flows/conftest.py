"""The site the flows visit: like that of the route tests, but searching by meaning too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb_app import bootstrap
from tests.website import Website, build_site, open_site
from tests.website_fixtures import quick_hashes, site_folder

__all__ = ["quick_hashes", "site_folder"]


@pytest.fixture(scope="session")
def whole_site_folder(quick_hashes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site with the shipped encoder, to be copied."""
    folder = tmp_path_factory.mktemp("whole-site")
    build_site(folder, encoder="bundled")
    return folder


@pytest.fixture
def site(whole_site_folder: Path, tmp_path: Path) -> Iterator[Website]:
    """This test's own site; it answers boldly, so that what follows an answer can be tested."""
    settings = {"encoder": "bundled", "answer_precision": 0.5}
    website = open_site(whole_site_folder, tmp_path / "data", **settings)
    yield website
    bootstrap.close(website.ports)
