"""The plain columns of a row as JSON and back: whatever a table has or will have.

Keys to other rows, ids and counters of versions are left out; they mean nothing elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa

from kb_app.typed_text import clean
from models import Base
from models.base import UTCDateTime

Column = sa.sql.elements.NamedColumn[Any]
NEVER = frozenset({"id", "version"})
# What every database can hold.
LARGEST = 2**31 - 1
FARTHEST = 1e200
YEARS = range(1970, 9000)


def columns(kind: type[Base], without: Iterable[str] = ()) -> dict[str, Column]:
    """The columns that travel, by attribute."""
    left_out = NEVER | set(without)
    mapper = sa.inspect(kind)
    return {
        attribute.key: attribute.columns[0]
        for attribute in mapper.column_attrs
        if attribute.key not in left_out and not attribute.columns[0].foreign_keys
    }


def told(row: Base, without: Iterable[str] = ()) -> dict[str, Any]:
    """The values as JSON holds them; what is empty is left out."""
    found = {name: getattr(row, name) for name in columns(type(row), without)}
    return {name: _plain(value) for name, value in found.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def put(row: Base, values: Mapping[str, Any], without: Iterable[str] = ()) -> None:
    """Set the columns from JSON; a value of the wrong kind is passed over."""
    for name, column in columns(type(row), without).items():
        value = _read(column, values[name]) if name in values else None
        if value is not None:
            setattr(row, name, value)


def _read(column: Column, value: Any) -> Any:
    """The value as its column holds it; None when it is no such value."""
    kind = column.type
    if isinstance(kind, sa.Enum):
        known = kind.enum_class
        return next((one for one in known or () if one.value == value), None)
    if isinstance(kind, sa.JSON):
        return value
    if isinstance(kind, UTCDateTime):
        return _moment(value)
    if isinstance(kind, sa.String):
        return _words(value, kind.length)
    return _number(kind.python_type, value)


def _number(wanted: type[Any], value: Any) -> Any:
    if wanted is bool or isinstance(value, bool):
        return value if isinstance(value, bool) and wanted is bool else None
    if wanted not in {int, float} or not isinstance(value, int | float):
        return None
    largest = LARGEST if wanted is int else FARTHEST
    return wanted(value) if -largest <= value <= largest else None


def _words(value: Any, longest: int | None) -> str | None:
    return clean(value)[:longest] if isinstance(value, str) else None


def _moment(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo and found.year in YEARS else None
