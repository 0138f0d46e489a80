"""Fixtures that start each real server once a session, and only when a test asks for it."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
import redis
from elasticsearch import Elasticsearch
from playwright.sync_api import Browser, Page

from tests.servers.chromium import running_chromium
from tests.servers.elasticsearch import Node, running_cluster, running_elasticsearch
from tests.servers.greenmail import MailServer, running_greenmail
from tests.servers.postgres import Postgres, running_postgres
from tests.servers.redis import running_redis
from tests.servers.request_tracker import TrackerServer, running_request_tracker

PAGE_MILLISECONDS = 10_000


@pytest.fixture(scope="session")
def elasticsearch_url() -> Iterator[str]:
    """The URL of a real Elasticsearch, shared by the session."""
    with running_elasticsearch() as url:
        yield url


@pytest.fixture
def elasticsearch_cluster() -> Iterator[list[Node]]:
    """Three nodes of this test's own, to be killed."""
    with running_cluster(3) as nodes:
        yield nodes


@pytest.fixture
def elasticsearch_prefix(elasticsearch_url: str) -> Iterator[str]:
    """A name that no index begins with; every index that does is deleted after the test."""
    prefix = f"test-{uuid4().hex[:12]}"
    yield prefix
    with Elasticsearch(elasticsearch_url, request_timeout=30) as client:
        client.indices.delete(index=f"{prefix}*", ignore_unavailable=True, allow_no_indices=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A real PostgreSQL, shared by the session."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """The SQLAlchemy URL of a database that is empty and this test's own."""
    with postgres_server.fresh_database() as url:
        yield url


@pytest.fixture(scope="module")
def postgres_module_url(postgres_server: Postgres) -> Iterator[str]:
    """The SQLAlchemy URL of a database that the tests of one module share."""
    with postgres_server.fresh_database() as url:
        yield url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of a real Redis, shared by the session."""
    with running_redis() as url:
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The URL of a Redis that is empty now."""
    with redis.Redis.from_url(redis_server, socket_timeout=5) as client:
        client.flushall()
    return redis_server


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    """A real SMTP, IMAP and POP3 server, shared by the session; use an address of your own."""
    with running_greenmail() as server:
        yield server


@pytest.fixture(scope="session")
def request_tracker() -> Iterator[TrackerServer]:
    """A real Request Tracker 5, shared by the session; make tickets of your own."""
    with running_request_tracker() as server:
        yield server


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real browser, shared by the session. While it runs, this thread cannot `asyncio.run`."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a customer in China, with cookies and storage of its own."""
    context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(PAGE_MILLISECONDS)
    yield context.new_page()
    context.close()
