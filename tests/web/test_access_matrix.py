"""Role × state of an article × every page there is: nothing is shown to whom it is hidden from.

The pages come from the route map: one that is in neither table fails (K11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from kb_app import bootstrap, editing
from kb_app.permissions import Permission, may
from models import Article, SearchLog, unit_of_work
from tests.web.cases import ROWS, build_case, viewer_named
from tests.web.hidden_languages import translated_words
from tests.web.hidden_world import (
    AIMED,
    ANYBODY,
    COMMON,
    GOLD,
    NOT_OF_ARTICLES,
    STAFF,
    WORLD,
    Hidden,
    build_world,
)
from tests.website import VISITOR, Website, open_site

# Who holds one of these looks after all articles and reads every one of them in its pages.
MANAGING = frozenset({Permission.WRITE, Permission.PUBLISH, Permission.INSIGHT, Permission.ARRANGE})
# Who holds only these meets no more than is written for them; all other pages are visited by
# their row, and shown to those whose work they are.
READING = frozenset(
    {
        Permission.READ,
        Permission.VOTE,
        Permission.ASK,
        Permission.TRACK,
        Permission.ENTER,
        Permission.ACCOUNT,
        Permission.DESK,
        Permission.PROMOTE,
        Permission.DRAFT,
    }
)
# Writers open every file: they see to the texts it stands in.
FILES = frozenset({"files.show", "files.view", "files.drawn", "files.small"})
_TAGS = re.compile(r"</?mark>|<wbr>")


@pytest.fixture(scope="module")
def site(site_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    """One site for all roles: looking changes nothing that counts here."""
    website = open_site(site_folder, tmp_path_factory.mktemp("world") / "data")
    yield website
    bootstrap.close(website.ports)


@pytest.fixture(scope="module")
def world(site: Website) -> Hidden:
    """Everything hidden, built once."""
    return build_world(site, build_case(site))


def permission_of(site: Website, endpoint: str) -> Permission:
    found: Permission = site.app.view_functions[endpoint].__dict__["permission"]
    return found


def manages(site: Website, reader: str, endpoint: str) -> bool:
    """Whether this person reads everything on this page by right."""
    needed = permission_of(site, endpoint)
    needed = Permission.PUBLISH if endpoint in FILES else needed
    # Who only drafts meets nothing there but what is their own; writers see to everything.
    needed = Permission.WRITE if needed is Permission.DRAFT else needed
    return reader != VISITOR and needed in MANAGING and may(viewer_named(site, reader), needed)


def addresses(world: Hidden) -> Iterator[tuple[str, str]]:
    """Every GET route with every address to try."""
    for row in ROWS:
        if row.method == "GET":
            yield row.endpoint, row.path(world.case)
    for endpoint, made in AIMED.items():
        for path in made(world):
            yield endpoint, path


def said(response: TestResponse, asked: str) -> str:
    """The words of an answer without what was only repeated from the question."""
    text = _TAGS.sub("", unquote(response.get_data().decode("utf-8", "replace")))
    query = unquote(asked).partition("?q=")[2].partition("&")[0]
    return text.replace(query, "") if query else text


def test_it_knows_every_page_with_an_address_of_its_own(site: Website) -> None:
    """K11: a new page comes into the matrix, or says why it needs none."""
    with_arguments = {
        rule.endpoint
        for rule in site.app.url_map.iter_rules()
        if rule.arguments and rule.methods and "GET" in rule.methods
        if rule.endpoint == "static" or permission_of(site, rule.endpoint) in READING
    }
    assert with_arguments <= AIMED.keys() | NOT_OF_ARTICLES.keys()


@pytest.mark.parametrize("reader", sorted(ANYBODY), ids=lambda name: name or "visitor")
def test_it_shows_nobody_what_is_hidden_from_them(
    site: Website, world: Hidden, reader: str
) -> None:
    """K11: on no page, in no list, count, feed, suggestion or file."""
    # what several people search for becomes popular; here only the searches of one count
    with unit_of_work(site.ports.database) as session:
        session.execute(sa.delete(SearchLog))
    browser = site.browser(reader)
    hidden = {word for kept in WORLD for word in kept.hidden_words(reader)}
    if reader not in STAFF:
        hidden |= {"zxshelfsecret", "zxbelowsecret"}
    # Half of them read Japanese; what is theirs and what is not is the same in every language.
    language = {"Accept-Language": "ja" if reader in {"老陈", GOLD, "阿博", VISITOR} else "zh"}
    told: list[tuple[str, str]] = []
    for endpoint, path in addresses(world):
        if manages(site, reader, endpoint):
            continue
        text = said(browser.get(path, headers=language), path)
        told.extend((path, word) for word in hidden if word in text)
    assert told == []


@pytest.mark.parametrize("reader", sorted(ANYBODY), ids=lambda name: name or "visitor")
def test_it_shows_everybody_what_is_theirs(site: Website, world: Hidden, reader: str) -> None:
    """K11: the matrix would be easy to pass by showing nothing at all."""
    browser = site.browser(reader)
    for kept in WORLD:
        page = browser.get(f"/articles/{world.slugs[kept.name]}")
        assert page.status_code == (200 if reader in kept.readers else 404), kept.name
        assert (kept.secret in page.text) is (reader in kept.readers)
        found = browser.get("/api/v1/search", query_string={"q": kept.secret})
        assert (kept.word in found.text) is (reader in kept.readers), kept.name
        in_file = kept.readers if kept.file_readers is None else kept.file_readers
        file = browser.get(f"/files/{world.files[kept.name]}/a.txt")
        reads = reader in in_file or manages(site, reader, "files.show")
        assert file.status_code == (200 if reads else 404), kept.name


@pytest.mark.parametrize("reader", sorted(ANYBODY), ids=lambda name: name or "visitor")
def test_it_counts_for_everybody_only_what_they_may_read(
    site: Website, world: Hidden, reader: str
) -> None:
    """K11 K2: totals and facets are those of the reader."""
    found = site.browser(reader).get("/api/v1/search", query_string={"q": COMMON}).json or {}
    readable = sum(reader in kept.readers for kept in WORLD)
    assert found["total"] <= readable + 5
    shelf = site.browser(reader).get("/categories/open-shelf").text
    on_shelf = sum(reader in kept.readers for kept in WORLD if kept.category == "open")
    assert f'<span class="num">{on_shelf}</span> 篇' in shelf


def test_it_takes_an_article_off_every_page_at_once(site_folder: Path, tmp_path: Path) -> None:
    """K11 K8: what was taken back is gone before any background work has run."""
    site = open_site(site_folder, tmp_path / "data")
    world = build_world(site, build_case(site))
    lead, article_id = viewer_named(site, "组长"), world.articles["open"]
    with unit_of_work(site.ports.database) as session:
        version = session.scalar(sa.select(Article.version).where(Article.id == article_id))
    editing.archive(site.ports, lead, article_id, version or 0)
    kept = WORLD[0]
    for reader in (VISITOR, "老陈", "阿博"):
        browser = site.browser(reader)
        for endpoint, path in addresses(world):
            if not manages(site, reader, endpoint):
                text = said(browser.get(path), path)
                gone = (kept.word, kept.secret, kept.file_secret, *translated_words("open"))
                assert not {w for w in gone if w in text}, path
    bootstrap.close(site.ports)
