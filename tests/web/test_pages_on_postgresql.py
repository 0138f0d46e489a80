"""Every page and every form of the route table, once, on the database of a large site (O1)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from kb_app import bootstrap
from models import Base, unit_of_work
from tests.web.cases import ROWS, Case, Row, build_case
from tests.web.test_routes import is_sent_to_login, send
from tests.website import Website, build_site, open_site

pytestmark = pytest.mark.server
PAGES = [row for row in ROWS if row.method == "GET"]
FORMS = [row for row in ROWS if row.method == "POST"]


@pytest.fixture(scope="module")
def large_site(
    quick_hashes: None, postgres_module_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Website, Case]]:
    """A site on PostgreSQL in which every route has something to do."""
    folder = tmp_path_factory.mktemp("large-site")
    build_site(folder / "built", database_url=postgres_module_url)
    site = open_site(folder / "built", folder / "data", database_url=postgres_module_url)
    case = build_case(site)
    site.work()
    _count_on(site)
    yield site, case
    bootstrap.close(site.ports)


def _count_on(site: Website) -> None:
    """The case gives ids by hand, which PostgreSQL's counters do not see."""
    tables = [table for table in Base.metadata.sorted_tables if "id" in table.c]
    with unit_of_work(site.ports.database) as session:
        for table in tables:
            counter = sa.func.pg_get_serial_sequence(table.name, "id")
            highest = sa.select(sa.func.max(table.c.id)).scalar_subquery()
            session.execute(sa.select(sa.func.setval(counter, highest)))


@pytest.mark.parametrize("row", PAGES, ids=lambda row: row.endpoint)
def test_it_opens_every_page_on_postgresql(large_site: tuple[Website, Case], row: Row) -> None:
    """O1: nothing a page asks of the database is understood by SQLite alone."""
    served = send(large_site[0], row.may, row, large_site[1])
    assert served.status_code < 400, served.text
    assert not is_sent_to_login(served)


@pytest.mark.parametrize("row", FORMS, ids=lambda row: row.endpoint)
def test_it_takes_every_form_on_postgresql(large_site: tuple[Website, Case], row: Row) -> None:
    """O1: taken or refused with a sentence (others came before it), never a fault."""
    assert send(large_site[0], row.may, row, large_site[1]).status_code < 500
