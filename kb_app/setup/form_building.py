"""Building a node's form: every saving is a new version; what was filled in keeps its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kb_app.errors import EditConflict, InvalidInput
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.rows import row_of
from kb_app.setup.catalogue import latest_form
from kb_app.typed_text import clean_line
from models import FormVersion, ServiceNode, Viewer, reading, record, unit_of_work
from ticket_bridge.fields import (
    LONGEST_LABEL,
    MOST_FIELDS,
    MOST_OPTIONS,
    Field,
    FormFault,
    Kind,
    check_form,
    load,
    store,
)

LONGEST_HINT = 120
LONGEST_OPTION = 60


@dataclass(frozen=True)
class VersionRow:
    """A version that was, and who made it."""

    number: int
    editor_name: str
    created_at: datetime
    fields: int


@dataclass(frozen=True)
class BuilderPage:
    """The fields of a node as they are, and its versions."""

    node_id: int
    name: str
    number: int
    fields: tuple[Field, ...]
    versions: tuple[VersionRow, ...]
    most: int = MOST_FIELDS


def builder(ports: Ports, viewer: Viewer, node_id: int) -> BuilderPage:
    """The form of a node, to be changed."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        node = row_of(session, ServiceNode, node_id)
        rows = session.scalars(
            sa.select(FormVersion)
            .where(FormVersion.node_id == node_id)
            .order_by(FormVersion.number.desc())
        ).all()
        versions = tuple(
            VersionRow(row.number, row.editor_name, row.created_at, len(row.fields)) for row in rows
        )
        fields = load(rows[0].fields) if rows else ()
        return BuilderPage(node_id, node.name, rows[0].number if rows else 0, fields, versions)


def publish(
    ports: Ports, viewer: Viewer, node_id: int, fields: tuple[Field, ...], number: int
) -> int:
    """Use these fields from now on; returns the version's number.

    EditConflict when somebody else made a version meanwhile; the same fields make none.
    """
    require(viewer, Permission.MANAGE_DESK)
    checked(fields)
    with unit_of_work(ports.database) as session:
        # One after the other: the second sees the first one's version and is a conflict.
        session.get(ServiceNode, node_id, with_for_update=True)
        row_of(session, ServiceNode, node_id)
        latest = latest_form(session, node_id)
        current = latest.number if latest else 0
        data = store(fields)
        if latest is not None and latest.fields == data:
            return current
        if current != number:
            raise EditConflict(node_id)
        session.add(
            FormVersion(node_id=node_id, number=current + 1, fields=data, editor_name=viewer.name)
        )
        record(session, viewer, "form.published", f"node:{node_id}", number=current + 1)
        return current + 1


def checked(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields, or InvalidInput saying what would not work."""
    try:
        check_form(fields)
    except FormFault as fault:
        raise InvalidInput("fields", fault.code) from fault
    return fields


def preview(viewer: Viewer, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields as customers would see them; nothing is stored."""
    require(viewer, Permission.MANAGE_DESK)
    return checked(fields)


def parsed(rows: list[Mapping[str, str]], before: tuple[Field, ...]) -> tuple[Field, ...]:
    """Fields from what the builder's rows say; a field keeps its key, a new one gets its own.

    A row without a label is left out: it was added and not used.
    """
    used = {field.key for field in before} | {row.get("key", "") for row in rows}
    made: list[Field] = []
    for row in rows:
        label = clean_line(row.get("label", ""))[: LONGEST_LABEL + 1]
        if not label:
            continue
        key = clean_line(row.get("key", ""))[:20]
        if not key.isascii() or not key.isalnum():
            key = _fresh(used)
            used.add(key)
        made.append(_field(key, label, row))
    by_label = {field.label: field.key for field in made}
    return tuple(_with_condition(field, by_label) for field in made)


def _fresh(used: set[str]) -> str:
    number = 1
    while f"f{number}" in used:
        number += 1
    return f"f{number}"


def _field(key: str, label: str, row: Mapping[str, str]) -> Field:
    try:
        kind = Kind(row.get("kind", ""))
    except ValueError as error:
        raise InvalidInput("fields", "invalid") from error
    options = tuple(
        dict.fromkeys(
            text[:LONGEST_OPTION]
            for line in row.get("options", "").splitlines()
            if (text := clean_line(line))
        )
    )
    chosen = kind in {Kind.CHOICE, Kind.MULTI}
    return Field(
        key=key,
        kind=kind,
        label=label,
        required=bool(row.get("required")),
        hint=clean_line(row.get("hint", ""))[:LONGEST_HINT],
        options=options[: MOST_OPTIONS + 1] if chosen else (),
        pattern=row.get("pattern", "").strip() if kind is Kind.TEXT else "",
        least=_limit(row.get("least", "")) if kind is Kind.NUMBER else None,
        most=_limit(row.get("most", "")) if kind is Kind.NUMBER else None,
        when_key=clean_line(row.get("when_label", "")),
        when_value=clean_line(row.get("when_value", "")),
    )


def _limit(text: str) -> float | None:
    try:
        value = float(text) if text.strip() else None
    except ValueError as error:
        raise InvalidInput("fields", "invalid") from error
    if value is not None and not math.isfinite(value):
        raise InvalidInput("fields", "invalid")
    return value


def _with_condition(field: Field, by_label: Mapping[str, str]) -> Field:
    """A condition is typed with the other field's label and kept with its key."""
    if not field.when_key:
        return Field(**{**_facts(field), "when_key": "", "when_value": ""})
    return Field(**{**_facts(field), "when_key": by_label.get(field.when_key, "?")})


def _facts(field: Field) -> dict[str, Any]:
    return {name: getattr(field, name) for name in Field.__dataclass_fields__}
