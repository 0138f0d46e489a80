"""Readiness says what works, and never raises (O2)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kb_app.health import ready
from kb_app.ports import Ports
from models import JobKind, connect, enqueue, unit_of_work
from tests.factories import publish_articles
from tests.kb_app.test_search import without_backend


def test_it_is_ready_when_everything_is(ports: Ports) -> None:
    """O2: database, schema and search."""
    publish_articles(ports, ("忘记密码", "点忘记密码"))
    assert ready(ports).as_words() == {
        "status": "ok",
        "database": True,
        "schema": True,
        "search": True,
        "waiting_jobs": 0,
    }


def test_it_counts_what_is_still_to_be_indexed(ports: Ports) -> None:
    """O2: how far search is behind; mails do not count."""
    with unit_of_work(ports.database) as session:
        enqueue(session, JobKind.REINDEX)
        enqueue(session, JobKind.SEND_MAIL)
    assert ready(ports).waiting_jobs == 1


def test_it_serves_without_search(ports: Ports) -> None:
    """O2: search being down limits the site, it does not stop it."""
    found = ready(without_backend(ports))
    assert (found.ok, found.search) == (True, False)


def test_it_is_not_ready_before_the_schema_is(ports: Ports, tmp_path: Path) -> None:
    """O2: an empty file, and a folder that is not there."""
    for url in (f"sqlite:///{tmp_path}/empty.db", f"sqlite:///{tmp_path}/no/such/folder.db"):
        database = connect(url)
        found = ready(replace(ports, database=database))
        assert not found.ok
        assert found.as_words()["status"] == "unavailable"
        database.dispose()
