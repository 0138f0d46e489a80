"""The form that comes with a question: its fields, what was filled in, the files sent along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.cards import Choice
from kb_app.clocks import node_path
from kb_app.errors import FormRefused, InvalidInput, NotFound
from kb_app.files import StoredFile, Upload, receive, safe_name, stored_path
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.setup.catalogue import INDENT, latest_form, walk
from models import FormFile, FormVersion, Question, QuestionForm, ServiceNode, Viewer, reading
from ticket_bridge.fields import Field, Kind, check_answers, load

MOST_FILES = 5
LEVELS = (1, 2, 3)
MIDDLE = 2


@dataclass(frozen=True)
class NodeForm:
    """What the question form shows for the chosen node."""

    node_id: int | None
    name: str
    summary: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Filled:
    """What was chosen and filled in; `given` has raw values by field key."""

    node_id: int | None = None
    urgency: int | None = None
    given: Mapping[str, Sequence[str]] = field(default_factory=dict)
    uploads: tuple[tuple[str, Upload], ...] = ()


@dataclass(frozen=True)
class Checked:
    """A filled-in form that can be stored as it is."""

    node_id: int | None
    version_id: int | None
    urgency: int
    answers: Mapping[str, object]
    files: tuple[FormFile, ...]


def open_nodes(session: Session) -> tuple[Choice, ...]:
    """What customers may choose: nodes switched on, below nodes switched on."""
    off: int | None = None
    found = []
    for node, depth in walk(session):
        if off is not None and depth > off:
            continue
        off = None if node.is_active else depth
        if node.is_active:
            found.append(Choice(node.id, INDENT * (depth - 1) + node.name))
    return tuple(found)


def node_form(session: Session, node_id: int | None) -> NodeForm:
    """The fields of a node, or of the nearest node above that has some."""
    node = session.get(ServiceNode, node_id) if node_id else None
    if node is None or not node.is_active:
        return NodeForm(None, "", "", ())
    version = form_of(session, node.id)
    fields = load(version.fields) if version else ()
    return NodeForm(node.id, node.name, node.summary, fields)


def form_of(session: Session, node_id: int) -> FormVersion | None:
    """The form that counts for a node: its own, else the nearest above."""
    for found in reversed(node_path(session, node_id)):
        version = latest_form(session, found)
        if version is not None:
            return version
    return None


def fields_page(ports: Ports, viewer: Viewer, node_id: int | None) -> NodeForm:
    """The fields alone, for a form whose node was just chosen."""
    require(viewer, Permission.ASK)
    with reading(ports.database) as session:
        return node_form(session, node_id)


def check(ports: Ports, viewer: Viewer, filled: Filled) -> Checked | None:
    """The form ready to be stored; FormRefused names every wrong field. None without a form."""
    if filled.node_id is None:
        return None
    with reading(ports.database) as session:
        if filled.node_id not in {choice.id for choice in open_nodes(session)}:
            raise InvalidInput("node_id", "unknown")
        version = form_of(session, filled.node_id)
        fields = load(version.fields) if version else ()
        version_id = version.id if version else None
    uploads = [(key, upload) for key, upload in filled.uploads if _takes_file(fields, key)]
    named = {key: [safe_name(upload.filename)] for key, upload in uploads}
    answers, wrong = check_answers(fields, {**filled.given, **named})
    if wrong:
        raise FormRefused(wrong)
    urgency = filled.urgency if filled.urgency in LEVELS else MIDDLE
    files = tuple(
        _received(ports, viewer, key, upload)
        for key, upload in uploads[:MOST_FILES]
        if key in answers
    )
    return Checked(filled.node_id, version_id, urgency, answers, files)


def _takes_file(fields: Sequence[Field], key: str) -> bool:
    return any(each.key == key and each.kind is Kind.FILE for each in fields)


def _received(ports: Ports, viewer: Viewer, key: str, upload: Upload) -> FormFile:
    stored = receive(ports, viewer, upload.stream)
    return FormFile(
        field=key,
        sha256=stored.sha256,
        filename=safe_name(upload.filename),
        media_type=stored.media_type,
        size=stored.size,
    )


def keep(session: Session, question: Question, checked: Checked | None) -> None:
    """Store the form with its question, in the same transaction."""
    if checked is None:
        return
    session.add(
        QuestionForm(
            question_id=question.id,
            node_id=checked.node_id,
            version_id=checked.version_id,
            urgency=checked.urgency,
            answers=dict(checked.answers),
        )
    )
    for each in checked.files:
        each.question_id = question.id
        session.add(each)


def open_form_file(ports: Ports, viewer: Viewer, file_id: int) -> StoredFile:
    """A file sent with a form: for its asker and the desk; never shown, only downloaded."""
    require(viewer, Permission.TRACK)
    with reading(ports.database) as session:
        row = session.execute(
            sa.select(FormFile, Question.asker_key)
            .join(Question, Question.id == FormFile.question_id)
            .where(FormFile.id == file_id)
        ).one_or_none()
    if row is None or not (row[1] == viewer.voter_key or may(viewer, Permission.DESK)):
        raise NotFound(file_id)
    found: FormFile = row[0]
    path = stored_path(ports, found.sha256)
    if not path.is_file():
        raise NotFound(file_id)
    return StoredFile(path, found.filename, found.media_type, inline=False, sha256=found.sha256)
