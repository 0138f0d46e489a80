"""A worker killed fifty times while it indexes: always readable, in the end all is there (O2)."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from indexer.backend import SearchFilter, Term, TermQuery
from indexer.embedded_backend import EmbeddedBackend
from kb_app import bootstrap, indexing, jobs
from kb_app.config import Config
from models import PUBLIC_KEY, Job, JobKind, JobStatus, enqueue, unit_of_work, utcnow
from tests.factories import make_article

pytestmark = pytest.mark.slow

KILLS = 50
ARTICLES = 120
SECRET = "a secret that only the killing knows"
ROOT = Path(__file__).resolve().parents[2]
FORKER = f"""
import os, random, signal, sys, time
from pathlib import Path
from kb_app import bootstrap, jobs
from kb_app.config import Config
from models import Article, JobKind, enqueue, unit_of_work
from indexer.analysis import terms
import indexer.embedded_backend

terms("预热词典")
chance = random.Random(5)
config = Config(data_dir=Path(sys.argv[1]), encoder="none", secret_key={SECRET!r})

def work(seed):
    chance = random.Random(seed)
    ports = bootstrap.build(config)
    worker = jobs.Worker(ports)
    while True:
        with unit_of_work(ports.database) as session:
            for article_id in chance.sample(range(1, {ARTICLES} + 1), 8):
                session.get_one(Article, article_id).body = f"第 {{chance.random()}} 版，离线时重启"
                enqueue(session, JobKind.INDEX_ARTICLE, article_id=article_id)
        worker.step()

for number in range({KILLS}):
    child = os.fork()
    if child == 0:
        work(number)
    time.sleep(chance.uniform(0.05, 0.5))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print(number, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A base with indexed articles."""
    config = Config(data_dir=tmp_path / "data", encoder="none", secret_key=SECRET)
    bootstrap.migrate(config)
    ports = bootstrap.build(config)
    with unit_of_work(ports.database) as session:
        for number in range(ARTICLES):
            article = make_article(session, f"门锁离线怎么办 {number}")
            session.flush()
            enqueue(session, JobKind.INDEX_ARTICLE, article_id=article.id)
    jobs.drain(ports)
    assert indexing.audit(ports).ok
    bootstrap.close(ports)
    return config


def _found(folder: Path) -> int:
    """What a process that starts now finds."""
    everyone = SearchFilter(frozenset({PUBLIC_KEY}))
    query = TermQuery((Term("离线", 1.0),), everyone, 2 * ARTICLES)
    return len(EmbeddedBackend(folder).search(query))


def test_it_is_readable_after_each_of_fifty_kills(config: Config) -> None:
    """O2: kill -9 at random moments of indexing; then one worker finishes and all is right."""
    command = [sys.executable, "-c", FORKER, str(config.data_dir)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as forker:
        assert forker.stdin is not None
        assert forker.stdout is not None
        for number in range(KILLS):
            assert forker.stdout.readline().strip() == str(number)
            assert _found(config.index_dir) == ARTICLES
            forker.stdin.write("\n")
            forker.stdin.flush()
    assert EmbeddedBackend(config.index_dir).fault() == ""
    ports = bootstrap.build(config)
    with unit_of_work(ports.database) as session:
        earlier = utcnow() - timedelta(seconds=1)  # as if the dead workers' leases had ended
        session.execute(
            sa.update(Job).where(Job.status == JobStatus.WAITING).values(run_after=earlier)
        )
    jobs.drain(ports)
    assert indexing.audit(ports).ok
    assert jobs.waiting(ports, JobKind.INDEX_ARTICLE) == 0
    bootstrap.close(ports)
