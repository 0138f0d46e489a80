"""`wenda train-encoder` on the command line (Q4)."""

from __future__ import annotations

import importlib.util
import json
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import SECRET
from web.cli import wenda


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A new site in a folder of its own."""
    monkeypatch.setenv("WENDA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("WENDA_SECRET_KEY", SECRET)
    monkeypatch.setenv("WENDA_ENCODER", "none")
    monkeypatch.setattr("web.cli_encoder.importlib.util.find_spec", _installed)
    return CliRunner()


def _installed(name: str) -> ModuleSpec | None:
    if name == "sentence_transformers":
        return ModuleSpec(name, None)
    return importlib.util.find_spec(name)


def _train(run: CliRunner, *words: str) -> Result:
    return run.invoke(wenda, ["train-encoder", *words])


def test_in_the_small_installation_it_says_what_to_install(
    run: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback."""
    monkeypatch.setattr("web.cli_encoder.importlib.util.find_spec", lambda name: None)
    told = _train(run, "--base", "any")
    assert told.exit_code == 1
    assert "requirements.txt" in told.output


def test_it_asks_which_model_to_start_from(run: CliRunner) -> None:
    """The bundled one is compressed."""
    told = _train(run)
    assert told.exit_code == 2
    assert "--base" in told.output


def test_it_says_how_much_is_missing_and_fails(run: CliRunner) -> None:
    """A new site has nothing to learn from."""
    told = _train(run, "--base", "any", "--json")
    assert told.exit_code == 1
    words = json.loads(next(line for line in told.output.splitlines() if line.startswith("{")))
    assert words["outcome"] == "not_enough"
    assert words["needed"]["lessons"] == 100


def test_there_is_no_way_back_from_nothing(run: CliRunner) -> None:
    """A clear sentence."""
    told = _train(run, "--back")
    assert told.exit_code == 1
    assert "no trained encoder" in told.output
