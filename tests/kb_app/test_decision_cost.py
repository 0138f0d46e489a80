"""The bench of decisions runs to its end, here on a small base (Q2, Q3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import decisions
from kb_app import bootstrap, jobs
from kb_app.config import Config
from kb_app.importing import import_jsonl

ARTICLES = (
    ("重置登录密码", "在登录页点忘记密码，收短信后设置新密码。"),
    ("退款多久到账", "一到五个工作日原路到账。"),
)
ASKED = ("密码忘了怎么办", "钱什么时候退回来", "怎么换绑手机", "能开发票吗", "忘记密码")


def _lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A data folder with two articles, indexed."""
    docs = [
        {"id": str(n), "title": title, "body": body, "category": []}
        for n, (title, body) in enumerate(ARTICLES)
    ]
    config = Config(data_dir=tmp_path / "data", secret_key="b" * 40)
    bootstrap.migrate(config)
    ports = bootstrap.build(config)
    import_jsonl(ports, _lines(tmp_path / "docs.jsonl", docs), lambda _count: None)
    jobs.drain(ports)
    bootstrap.close(ports)
    return config.data_dir


def test_it_measures_decisions_and_submissions(base: Path, tmp_path: Path) -> None:
    """Q2: every submission is accepted, kept, and counted; a decision has its times."""
    queries = _lines(tmp_path / "queries.jsonl", [{"text": text} for text in ASKED])
    found: Any = decisions.measure(base, queries, quick=True)
    assert found["articles"] == len(ARTICLES)
    decided, sent = found["decision"], found["submissions"]
    assert decided["questions"] == len(ASKED) - decisions.WARMING
    assert 0 < decided["p50_ms"] <= decided["p95_ms"]
    assert decided["thread_p50_ms"] > 0
    assert sent["asked"] == sent["accepted"] == decisions.RATE * decisions.QUICK_SECONDS
    assert sent["lost"] == 0
