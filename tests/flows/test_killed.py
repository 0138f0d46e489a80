"""Killed at any moment, the next start finishes the work (O2 K14)."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from kb_app.jobs import LEASE_SECONDS
from models import Article, connect, reading

pytestmark = pytest.mark.slow

ARTICLES = 1500
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """Enough articles for an import to be killed in the middle of."""
    path = tmp_path / "docs.jsonl"
    words = ["退款", "门锁", "发票", "离线", "密码", "会员", "安装", "配网"]
    chance = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        for number in range(ARTICLES):
            title = f"第{number}篇：{chance.choice(words)}{chance.choice(words)}怎么办"
            body = "。".join(chance.choices(words, k=60))
            file.write(json.dumps({"id": f"n{number}", "title": title, "body": body}) + "\n")
    return path


def _wenda(folder: Path, seconds: float, *arguments: str) -> str:
    """Run a command, killed with -9 when it takes longer; returns what it printed."""
    env = {**os.environ, "WENDA_DATA_DIR": str(folder), "WENDA_ENCODER": "none"}
    done = subprocess.run(
        [sys.executable, "-m", "web", *arguments],
        env=env,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=seconds,
        check=True,
    )
    return done.stdout


def test_it_finishes_an_import_that_was_killed(tmp_path: Path, docs: Path) -> None:
    """Kill -9 in import and indexing, then once more in full: all there once, index = database."""
    folder = tmp_path / "data"
    chance = random.Random(11)
    arguments = ("import", "--format", "jsonl", str(docs))
    for seconds in sorted(chance.uniform(1.5, 6.0) for _ in range(4)):
        with contextlib.suppress(subprocess.TimeoutExpired):
            _wenda(folder, seconds, *arguments)
    _wenda(folder, 120, *arguments)
    time.sleep(LEASE_SECONDS)  # what a killed worker had leased comes back
    _wenda(folder, 120, *arguments)
    report = json.loads(_wenda(folder, 60, "audit").splitlines()[-1])
    assert report["ok"]
    assert report["expected"] == ARTICLES
    database = connect(f"sqlite:///{folder / 'wenda.db'}")
    with reading(database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Article)) == ARTICLES
    database.dispose()
