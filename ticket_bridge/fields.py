"""Fields of a form: what they may be, whether they are shown, whether an answer is right. Pure.

Patterns run in a linear-time engine (pydantic's), so no pattern can hang a form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

from pydantic import StringConstraints, TypeAdapter, ValidationError
from pydantic_core import SchemaError

MOST_FIELDS = 30
FEWEST_OPTIONS = 2
MOST_OPTIONS = 50
LONGEST_LABEL = 60
LONGEST_PATTERN = 200
LONGEST_ANSWER = 2_000
BIGGEST_NUMBER = 10**15


class Kind(StrEnum):
    """What a field asks for."""

    TEXT = "text"
    AREA = "area"
    NUMBER = "number"
    CHOICE = "choice"
    MULTI = "multi"
    DATE = "date"
    FILE = "file"


@dataclass(frozen=True)
class Field:
    """One field; it is shown when field `when_key` holds `when_value` (always without)."""

    key: str
    kind: Kind
    label: str
    required: bool = False
    hint: str = ""
    options: tuple[str, ...] = ()
    pattern: str = ""
    least: float | None = None
    most: float | None = None
    when_key: str = ""
    when_value: str = ""


class FormFault(ValueError):
    """A form cannot be used; `code` says why, `place` which field (from 1)."""

    def __init__(self, code: str, place: int) -> None:
        super().__init__(f"{code} at {place}")
        self.code, self.place = code, place


@dataclass(frozen=True)
class Wrong:
    """An answer that cannot be accepted."""

    key: str
    code: str
    label: str
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Shown:
    """A question and its answer, to read."""

    label: str
    value: str


def load(data: Iterable[Mapping[str, Any]]) -> tuple[Field, ...]:
    """The fields of a stored version."""
    known = Field.__dataclass_fields__
    found = []
    for row in data:
        facts = {key: value for key, value in row.items() if key in known}
        facts["kind"], facts["options"] = Kind(facts["kind"]), tuple(facts.get("options", ()))
        found.append(Field(**facts))
    return tuple(found)


def store(fields: Iterable[Field]) -> list[dict[str, Any]]:
    """As plain data; what is empty is left out."""
    rows = []
    for field in fields:
        facts = {key: getattr(field, key) for key in Field.__dataclass_fields__}
        facts["kind"], facts["options"] = field.kind.value, list(field.options)
        rows.append(
            {key: value for key, value in facts.items() if value not in ("", None, [], False)}
        )
    return rows


def check_form(fields: Sequence[Field]) -> None:
    """FormFault for the first thing that would not work."""
    if len(fields) > MOST_FIELDS:
        raise FormFault("too_many", MOST_FIELDS)
    before: dict[str, Field] = {}
    for place, field in enumerate(fields, start=1):
        code = _fault(field, before)
        if code:
            raise FormFault(code, place)
        before[field.key] = field


def _fault(field: Field, before: Mapping[str, Field]) -> str:
    if not field.label.strip() or len(field.label) > LONGEST_LABEL:
        return "empty_label"
    if field.key in before or any(f.label == field.label for f in before.values()):
        return "same_label"
    if (
        field.kind in {Kind.CHOICE, Kind.MULTI}
        and not FEWEST_OPTIONS <= len(field.options) <= MOST_OPTIONS
    ):
        return "few_options"
    if field.pattern and (len(field.pattern) > LONGEST_PATTERN or _matcher(field.pattern) is None):
        return "bad_pattern"
    if field.when_key and field.when_value not in getattr(
        before.get(field.when_key), "options", ()
    ):
        return "bad_condition"
    return ""


def is_shown(field: Field, answers: Mapping[str, Any], fields: Mapping[str, Field]) -> bool:
    """Whether its condition holds, and the condition of the field it depends on."""
    if not field.when_key:
        return True
    above = fields.get(field.when_key)
    if above is None or not is_shown(above, answers, fields):
        return False
    given = answers.get(field.when_key)
    return (
        field.when_value in given if isinstance(given, list | tuple) else given == field.when_value
    )


def check_answers(
    fields: Sequence[Field], given: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Any], tuple[Wrong, ...]]:
    """The answers of the fields that are shown, and every one that is wrong.

    `given` has the raw values by key; a file's value is its name.
    """
    answers: dict[str, Any] = {}
    wrong: list[Wrong] = []
    by_key = {field.key: field for field in fields}
    for field in fields:
        if not is_shown(field, answers, by_key):
            continue
        values = [value.strip() for value in given.get(field.key, ()) if value.strip()]
        if not values:
            if field.required:
                wrong.append(Wrong(field.key, "empty", field.label))
            continue
        code = _wrong(field, values)
        if code:
            most = LONGEST_ANSWER if code == "too_long" else field.most
            wrong.append(Wrong(field.key, code, field.label, field.least, most))
        answers[field.key] = values if field.kind is Kind.MULTI else values[0]
    return answers, tuple(wrong)


def _wrong(field: Field, values: Sequence[str]) -> str:
    if any(len(value) > LONGEST_ANSWER for value in values):
        return "too_long"
    if field.kind in {Kind.CHOICE, Kind.MULTI}:
        return "" if set(values) <= set(field.options) else "option"
    if field.kind is Kind.NUMBER:
        return _number(field, values[0])
    if field.kind is Kind.DATE:
        return "" if _date(values[0]) else "date"
    if field.pattern and not matches(field.pattern, values[0]):
        return "pattern"
    return ""


def _number(field: Field, text: str) -> str:
    if not re.fullmatch(r"[+-]?\d{1,16}(\.\d{1,6})?", text, re.ASCII):
        return "number"
    value = float(text)
    least = field.least if field.least is not None else -BIGGEST_NUMBER
    most = field.most if field.most is not None else BIGGEST_NUMBER
    return "" if least <= value <= most else "range"


def _date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text has this form; linear in its length, whatever the pattern."""
    matcher = _matcher(pattern)
    if matcher is None:
        return False
    try:
        matcher.validate_python(text)
    except ValidationError:
        return False
    return True


@lru_cache(maxsize=256)
def _matcher(pattern: str) -> TypeAdapter[str] | None:
    try:
        return TypeAdapter(Annotated[str, StringConstraints(pattern=rf"\A(?:{pattern})\z")])
    except SchemaError:
        return None


def shown_answers(
    data: Iterable[Mapping[str, Any]], answers: Mapping[str, Any]
) -> tuple[Shown, ...]:
    """Answers with their labels, in the order of their version."""
    return tuple(
        Shown(field.label, "、".join(value) if isinstance(value, list) else str(value))
        for field in load(data)
        if (value := answers.get(field.key)) is not None
    )
