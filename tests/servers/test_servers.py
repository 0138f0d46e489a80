"""Each real server starts here and does one thing that only the real one can."""

import psycopg
import pytest
import redis
from elasticsearch import Elasticsearch
from playwright.sync_api import Page
from sqlalchemy import create_engine, text

from tests.servers.need import need
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.server


def test_elasticsearch_finds_the_one_document(
    elasticsearch_url: str, elasticsearch_prefix: str
) -> None:
    """O1: the search server of a large site is the real one."""
    index = f"{elasticsearch_prefix}-articles"
    with Elasticsearch(elasticsearch_url, request_timeout=30) as client:
        client.index(index=index, id="7", document={"title": "退款多久到账"}, refresh=True)
        found = client.search(index=index, query={"match": {"title": "退款"}})
    assert [hit["_id"] for hit in found["hits"]["hits"]] == ["7"]


def test_elasticsearch_scores_vectors(elasticsearch_url: str, elasticsearch_prefix: str) -> None:
    """K1: nearness in meaning works with the trimmed build too."""
    index = f"{elasticsearch_prefix}-vectors"
    vector = {"type": "dense_vector", "dims": 2, "similarity": "cosine"}
    with Elasticsearch(elasticsearch_url, request_timeout=30) as client:
        client.indices.create(index=index, mappings={"properties": {"v": vector}})
        client.index(index=index, id="east", document={"v": [1, 0]})
        client.index(index=index, id="north", document={"v": [0, 1]}, refresh=True)
        near = {"field": "v", "query_vector": [0.1, 0.9], "k": 1, "num_candidates": 2}
        found = client.search(index=index, knn=near)
    assert [hit["_id"] for hit in found["hits"]["hits"]] == ["north"]


def test_postgres_keeps_chinese_text(postgres_url: str) -> None:
    """O1: the database of a large site is the real one."""
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE note (body text)"))
        connection.execute(text("INSERT INTO note VALUES (:body)"), {"body": "门锁离线了"})
        assert connection.scalar(text("SELECT body FROM note")) == "门锁离线了"
    engine.dispose()


def test_a_fresh_database_is_empty_and_goes_away(postgres_server: Postgres) -> None:
    """O1: no test sees what another one left."""
    with postgres_server.fresh_database() as first, postgres_server.fresh_database() as second:
        assert first != second
        left_open = psycopg.connect(first.replace("+psycopg", ""))
    left_open.close()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(first.replace("+psycopg", ""))


def test_redis_answers_and_is_empty(redis_url: str) -> None:
    """O1: what many processes share is the real one."""
    with redis.Redis.from_url(redis_url, socket_timeout=5) as client:
        assert client.dbsize() == 0
        assert client.incr("visits") == 1


@pytest.mark.browser
def test_chromium_reads_and_draws_chinese(page: Page) -> None:
    """X6: pages are seen in a real browser, with a font that has the characters."""
    page.goto("data:text/html;charset=utf-8,<h1>问达</h1><p>没找到？提问</p>")
    assert page.inner_text("h1") == "问达"
    assert page.evaluate("navigator.language") == "zh-CN"
    assert len(page.screenshot()) > 0


@pytest.mark.parametrize(
    ("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)]
)
def test_a_missing_server_fails_in_ci_and_skips_at_a_desk(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """O1: a green run in CI means that every server was there."""
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="no such server"):
        need("no such server")
