"""Fixtures for every test: a fresh database, a whole product on it, and the usual people."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from kb_app import bootstrap
from kb_app.config import Config
from kb_app.ports import Ports
from models import Database, Role, Viewer, connect, unit_of_work, visitor
from models.migrate import migrate
from tests.factories import make_user

pytest_plugins = ["tests.servers.fixtures"]

settings.register_profile(
    "wenda", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("wenda")

SECRET = "a secret that only tests know, long enough"


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the present schema and nothing in it; migrated once, copied often."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    found = connect(f"sqlite:///{path}")
    migrate(found)
    found.dispose()
    return path


@pytest.fixture
def database(tmp_path: Path, empty_sqlite: Path) -> Iterator[Database]:
    """An empty SQLite database with the present schema."""
    found = connect(f"sqlite:///{shutil.copy(empty_sqlite, tmp_path / 'test.db')}")
    yield found
    found.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind the product supports."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'any.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    found = connect(url)
    migrate(found)
    yield found
    found.dispose()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A configuration that touches nothing outside the test's folder and encodes nothing."""
    return Config(
        data_dir=tmp_path / "data",
        secret_key=SECRET,
        encoder="none",
        mail_url=f"file://{tmp_path}/mail",
    )


@pytest.fixture
def ports(config: Config, empty_sqlite: Path) -> Iterator[Ports]:
    """The whole product on an empty base, with words but without an encoder."""
    config.data_dir.mkdir(parents=True)
    shutil.copy(empty_sqlite, config.data_dir / "wenda.db")
    built = bootstrap.build(config)
    yield built
    bootstrap.close(built)


@dataclass(frozen=True)
class People:
    """Who appears in the tests."""

    xiaoai: Viewer
    """小艾, a customer."""
    abo: Viewer
    """阿博, an agent."""
    linzhixia: Viewer
    """林知夏, a content manager."""
    laochen: Viewer
    """老陈, a customer who is a stranger to everybody's affairs."""
    passer_by: Viewer
    """Somebody without an account."""


@pytest.fixture
def people(ports: Ports) -> People:
    """The usual people, in the product's database."""
    with unit_of_work(ports.database) as session:
        return People(
            make_user(session, "小艾", Role.CUSTOMER).as_viewer(),
            make_user(session, "阿博", Role.AGENT).as_viewer(),
            make_user(session, "林知夏", Role.CONTENT_MANAGER).as_viewer(),
            make_user(session, "老陈", Role.CUSTOMER).as_viewer(),
            visitor("passer-by"),
        )
