"""`wenda learn` and `wenda replay` (Q4 K4)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from web.cli import wenda


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A site nobody has used yet."""
    monkeypatch.setenv("WENDA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("WENDA_ENCODER", "none")
    return CliRunner()


def test_it_says_that_there_is_too_little_to_learn_from(empty: CliRunner) -> None:
    """Q4: no error, and nothing changed."""
    done = empty.invoke(wenda, ["learn", "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["calibration"]["outcome"] == "not_enough"
    assert "not_enough" in empty.invoke(wenda, ["learn"]).output


def test_it_refuses_weights_that_nothing_speaks_for(empty: CliRunner) -> None:
    """K4: with --apply a thin log is a failure; without it only a report."""
    tried = empty.invoke(wenda, ["replay", "--rating", "0.1", "--json"])
    assert tried.exit_code == 0, tried.output
    assert json.loads(tried.stdout.splitlines()[-1])["verdict"] == "too_little"
    refused = empty.invoke(wenda, ["replay", "--rating", "0.1", "--apply"])
    assert refused.exit_code == 1
    assert "refused: too_little" in refused.output


@pytest.mark.parametrize("wrong", [["--rating", "2"], ["--rating", "0.9", "--heat", "0.9"]])
def test_it_refuses_weights_that_cannot_be(empty: CliRunner, wrong: list[str]) -> None:
    """K4: a clear sentence, no traceback."""
    done = empty.invoke(wenda, ["replay", *wrong])
    assert done.exit_code == 2
    assert "at most 1" in done.output or "is not in the range" in done.output
