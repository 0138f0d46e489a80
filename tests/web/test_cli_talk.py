"""The measuring commands for tones, on the command line (C1)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from web.cli import wenda


@pytest.mark.parametrize("as_json", [True, False])
def test_it_prints_the_figures_of_a_tone_set(tmp_path: Path, as_json: bool) -> None:
    """C1: one JSON object as the last line, or a table; a base may be named and is not needed."""
    tones = tmp_path / "tone.jsonl"
    tones.write_text('{"text": "转人工", "label": "wants_person"}\n', encoding="utf-8")
    options = ["evaluate", "tone", "--docs", str(tones), "--queries", str(tones)]
    done = CliRunner().invoke(wenda, [*options, *(["--json"] if as_json else [])])
    assert done.exit_code == 0
    if as_json:
        assert json.loads(done.stdout.splitlines()[-1])["per_label"] == {"wants_person": 1.0}
    else:
        assert "wants_person" in done.stdout
