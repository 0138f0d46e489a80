"""O1: the `wenda` command, from the first check to a server that stops when told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from web.cli import main

ARTICLES = [
    {"id": "a-1", "title": "忘记密码怎么办", "body": "点“找回密码”。", "category": ["账号"]},
    {"id": "a-2", "title": "退款多久到账", "body": "1 到 5 个工作日。", "category": ["订单"]},
    {"id": "a-3", "title": "怎么开发票", "body": "在订单页申请发票。", "category": ["订单"]},
]
QUESTIONS = [
    {"id": "q-1", "text": "密码忘了", "gold": ["a-1"]},
    {"id": "q-2", "text": "退款几天到", "gold": ["a-2"]},
    {"id": "o-1", "text": "你们招人吗", "gold": []},
]


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


Wenda = Callable[..., Ran]


@pytest.fixture
def wenda(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Wenda:
    """Run the command in a data folder of this test's own."""
    monkeypatch.setenv("WENDA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("WENDA_ENCODER", "none")

    def ran(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["wenda", *arguments])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return ran


def lines_file(path: Path, *rows: object) -> str:
    """A JSON lines file; a row that is text is written as it is."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def test_it_names_every_fault_of_a_configuration_at_once(
    wenda: Wenda, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bad input: a half-written configuration is refused with all faults named."""
    for name, value in (("SECRET_KEY", "short"), ("SEARCH_URL", "ftp://x"), ("ENCODER", "?")):
        monkeypatch.setenv(f"WENDA_{name}", value)
    ran = wenda("check-config")
    assert ran.code == 1
    for name in ("WENDA_SECRET_KEY", "WENDA_SEARCH_URL", "WENDA_ENCODER"):
        assert name in ran.err
    assert "Traceback" not in ran.err


def test_it_finds_nothing_wrong_with_a_fresh_machine(wenda: Wenda) -> None:
    assert wenda("check-config").code == 0


def test_it_imports_articles_and_proves_the_index_equal(wenda: Wenda, tmp_path: Path) -> None:
    """K14: import, import again, audit."""
    docs = lines_file(tmp_path / "docs.jsonl", *ARTICLES)
    assert "created 3" in wenda("import", "--format", "jsonl", docs).out
    assert "same 3" in wenda("import", "--format", "jsonl", docs).out
    audited = wenda("audit")
    assert audited.code == 0
    assert json.loads(audited.out)["expected"] == 3
    assert "3 documents" in wenda("reindex").out


def test_it_imports_what_it_can_and_names_the_lines_it_cannot(wenda: Wenda, tmp_path: Path) -> None:
    docs = lines_file(tmp_path / "docs.jsonl", ARTICLES[0], "{broken", [1], {"id": "x"})
    ran = wenda("import", "--format", "jsonl", docs)
    assert ran.code == 1
    assert "created 1" in ran.out
    for line in ("line 2", "line 3", "line 4"):
        assert line in ran.err


def test_it_says_that_a_file_is_missing(wenda: Wenda) -> None:
    ran = wenda("import", "--format", "jsonl", "/nowhere/docs.jsonl")
    assert ran.code == 2
    assert "does not exist" in ran.err


def test_it_prints_search_figures_as_one_last_json_line(wenda: Wenda, tmp_path: Path) -> None:
    docs = lines_file(tmp_path / "docs.jsonl", *ARTICLES)
    queries = lines_file(tmp_path / "queries.jsonl", *QUESTIONS)
    ran = wenda("evaluate", "search", "--docs", docs, "--queries", queries, "--json")
    figures = json.loads(ran.out.splitlines()[-1])
    assert figures["n"] == 2
    assert figures["recall@3"] == 1.0
    assert {"recall@1", "recall@5", "recall@10", "mrr@10", "zero_results"} <= set(figures)
    assert {"p50_ms", "p95_ms"} <= set(figures)


def test_it_prints_answer_figures_as_one_last_json_line(wenda: Wenda, tmp_path: Path) -> None:
    docs = lines_file(tmp_path / "docs.jsonl", *ARTICLES)
    queries = lines_file(tmp_path / "queries.jsonl", *QUESTIONS)
    ran = wenda("evaluate", "answers", "--docs", docs, "--queries", queries, "--json")
    figures = json.loads(ran.out.splitlines()[-1])
    assert (figures["n_in"], figures["n_out"]) == (2, 1)
    wanted = {"answered", "precision", "shown3", "out_answered", "ece", "p50_ms", "p95_ms"}
    assert wanted <= set(figures)


def test_it_leaves_nothing_of_an_evaluation_behind(wenda: Wenda, tmp_path: Path) -> None:
    docs = lines_file(tmp_path / "docs.jsonl", *ARTICLES)
    queries = lines_file(tmp_path / "queries.jsonl", *QUESTIONS)
    wenda("evaluate", "search", "--docs", docs, "--queries", queries)
    assert not (tmp_path / "data" / "wenda.db").exists()


def test_it_makes_an_account_of_any_role_once(wenda: Wenda) -> None:
    arguments = ("create-user", "--email", "boss@example.com", "--name", "老板", "--role", "owner")
    made = wenda(*arguments, "--password", "long enough")
    assert "boss@example.com is now owner" in made.out
    again = wenda(*arguments, "--password", "long enough")
    assert again.code == 1
    assert "EmailTaken" in again.err


@pytest.mark.parametrize(
    ("name", "url", "command"),
    [
        ("DATABASE_URL", "postgresql+psycopg://u:p@127.0.0.1:9/x", "migrate"),
        ("SEARCH_URL", "http://127.0.0.1:9", "reindex"),
    ],
)
def test_it_says_in_a_sentence_what_does_not_answer(
    wenda: Wenda, monkeypatch: pytest.MonkeyPatch, name: str, url: str, command: str
) -> None:
    monkeypatch.setenv(f"WENDA_{name}", url)
    ran = wenda(command)
    assert ran.code == 1
    assert ran.err.strip()
    assert "Traceback" not in ran.err


def test_it_refuses_a_command_that_does_not_exist(wenda: Wenda) -> None:
    assert wenda("explode").code == 2


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`wenda run` in a process of its own."""
    environment = {**os.environ, "WENDA_DATA_DIR": str(tmp_path), "WENDA_ENCODER": "none"}
    with subprocess.Popen(
        [sys.executable, "-c", "from web.cli import main; main()", "run", "--port", "0"],
        stdout=subprocess.PIPE,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        text=True,
    ) as process:
        yield process
        process.kill()


def test_it_serves_until_told_to_stop(server: subprocess.Popen[str]) -> None:
    """O2: ready, then SIGTERM ends it cleanly."""
    assert server.stdout is not None
    address = server.stdout.readline().split()[-1].removeprefix("已启动：")
    with urllib.request.urlopen(f"{address}/readyz", timeout=10) as answer:
        assert json.load(answer)["status"] == "ok"
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=20) == 0
