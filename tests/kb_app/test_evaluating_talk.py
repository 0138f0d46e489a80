"""The three further measurements, in a throw-away store, and what a wrong file gets (Q3 C1)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kb_app.config import Config
from kb_app.errors import InvalidInput
from kb_app.evaluating_talk import evaluate_dialogs, evaluate_multi, evaluate_tone

DOCS = [
    {"id": "a", "title": "门锁没电了怎么进门", "body": "用充电宝接外面板底部的接口供电。"},
    {"id": "b", "title": "电子发票在哪里申请", "body": "在订单详情里点申请发票，填写抬头。"},
]


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    """A JSON lines file."""
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def nothing(_stage: str, _count: int) -> None:
    """No progress bar."""


def test_it_measures_messages(tmp_path: Path, config: Config) -> None:
    """Q2: by parts."""
    docs = lines(tmp_path / "docs.jsonl", DOCS)
    row = {
        "text": "门锁没电了怎么进门，另外电子发票在哪里申请",
        "parts": [{"text": "", "gold": ["a"]}, {"text": "", "gold": ["b"]}],
    }
    figures = evaluate_multi(docs, lines(tmp_path / "multi.jsonl", [row]), config, nothing)
    assert (figures["parts"], figures["shown3"], figures["split_right"]) == (2, 1.0, 1.0)


def test_it_measures_conversations(tmp_path: Path, config: Config) -> None:
    """C1: turn by turn; a wish for a person is handed over."""
    docs = lines(tmp_path / "docs.jsonl", DOCS)
    turns = [{"user": "门锁没电了怎么进门", "gold": ["a"]}, {"user": "转人工", "gold": []}]
    dialogs = lines(tmp_path / "dialogs.jsonl", [{"turns": turns}])
    figures = evaluate_dialogs(docs, dialogs, config, nothing)
    assert (figures["turns"], figures["shown3"], figures["handed_over"]) == (2, 1.0, 1.0)


def test_it_measures_tones(tmp_path: Path) -> None:
    """C1: no base is needed for that."""
    rows = [{"text": "转人工", "label": "wants_person"}, {"text": "谢谢", "label": "thanks"}]
    figures = evaluate_tone(lines(tmp_path / "tone.jsonl", rows))
    assert (figures["recall"], figures["precision"]) == (1.0, 1.0)


@pytest.mark.parametrize("text", ["{", "[]", '{"text": "x"}'])
def test_it_names_the_line_of_a_wrong_file(tmp_path: Path, text: str) -> None:
    """K14: a clear error."""
    path = tmp_path / "tone.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as fault:
        evaluate_tone(path)
    assert fault.value.field == "line 1"
