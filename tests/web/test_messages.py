"""Every error a use case can raise has a sentence and a status of its own."""

from __future__ import annotations

import ast
from pathlib import Path

import kb_app
from kb_app import errors
from kb_app.errors import ConfigError, InvalidInput, WendaError
from web import messages

ROOT = Path(kb_app.__file__).parent
COMMAND_LINE_ONLY = {WendaError, ConfigError}
NOT_OVER_HTTP = {"evaluating.py", "importing.py", "evaluating_talk.py", "records.py"}


def raised_codes() -> set[str]:
    """The codes written literally in `InvalidInput(field, code)` anywhere in kb_app."""
    codes = set()
    for path in sorted(ROOT.rglob("*.py")):
        if path.name in NOT_OVER_HTTP:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "InvalidInput":
                code = node.args[1]
                if isinstance(code, ast.Constant):
                    codes.add(str(code.value))
    return codes


def test_it_has_a_sentence_for_every_error_class() -> None:
    classes = {
        item
        for item in vars(errors).values()
        if isinstance(item, type) and issubclass(item, WendaError)
    }
    assert classes - COMMAND_LINE_ONLY - set(messages.ERRORS) == set()


def test_it_has_a_sentence_for_every_code_a_field_can_get() -> None:
    known = set(messages.FIELD_CODES) | {code for _, code in messages.FIELD_SENTENCES}
    assert raised_codes() - known == set()


def test_it_puts_the_sentence_beside_the_field_it_is_about() -> None:
    assert messages.field_errors(InvalidInput("text", "empty")) == {"text": "请写下您的问题。"}


def test_it_still_says_something_about_a_code_it_does_not_know() -> None:
    assert messages.field_sentence("colour", "too_blue") == messages.UNKNOWN_CODE


def test_it_has_a_page_for_any_status() -> None:
    page = messages.error_page(418)
    assert (page.status, bool(page.title), bool(page.message)) == (418, True, True)
