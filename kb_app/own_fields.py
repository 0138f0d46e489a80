"""The site's own fields of customers and articles: built by leads, filled in by staff.

They are of the same kinds as the fields of a form, but files; answers keep the field's key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from kb_app.errors import EditConflict, FormRefused, InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.setup.form_building import checked
from models import (
    STAFF_ROLES,
    Article,
    ArticleFacts,
    CustomerFacts,
    FieldSet,
    User,
    Viewer,
    reading,
    record,
    unit_of_work,
)
from ticket_bridge.fields import MOST_FIELDS, Field, Kind, Shown, check_answers, load, store
from ticket_bridge.fields import shown_answers as shown_of


class About(StrEnum):
    """What the fields are of."""

    CUSTOMER = "customer"
    ARTICLE = "article"


Given = Mapping[str, Sequence[str]]
MAY_BUILD = {About.CUSTOMER: Permission.MANAGE_DESK, About.ARTICLE: Permission.ARRANGE}
MAY_FILL = {About.CUSTOMER: Permission.DESK, About.ARTICLE: Permission.WRITE}


@dataclass(frozen=True)
class FieldSetPage:
    """The fields as they are."""

    about: About
    fields: tuple[Field, ...]
    number: int
    most: int = MOST_FIELDS


@dataclass(frozen=True)
class FactsPage:
    """One thing's answers, to read and to change; `values` are as a form sends them."""

    about: About
    owner_id: int
    name: str
    fields: tuple[Field, ...]
    shown: tuple[Shown, ...]
    values: Mapping[str, str]
    version: int


def fields_of(ports: Ports, viewer: Viewer, about: About) -> FieldSetPage:
    """The fields, to be changed."""
    require(viewer, MAY_BUILD[about])
    with reading(ports.database) as session:
        row = session.get(FieldSet, about.value)
        return FieldSetPage(about, load(row.fields) if row else (), row.version if row else 0)


def save_fields(
    ports: Ports, viewer: Viewer, about: About, fields: tuple[Field, ...], number: int
) -> None:
    """Use these from now on; answers to fields that are gone are kept but not shown."""
    require(viewer, MAY_BUILD[about])
    if any(field.kind is Kind.FILE for field in checked(fields)):
        raise InvalidInput("fields", "no_files")
    with unit_of_work(ports.database) as session:
        row = session.get(FieldSet, about.value, with_for_update=True)
        if (row.version if row else 0) != number:
            raise EditConflict(about)
        if row is None:
            session.add(FieldSet(about=about.value, fields=store(fields)))
        else:
            row.fields = store(fields)
        record(session, viewer, "own_fields.saved", f"fields:{about}", fields=len(fields))


def facts(ports: Ports, viewer: Viewer, about: About, owner_id: int) -> FactsPage:
    """What is known of one of them."""
    require(viewer, MAY_FILL[about])
    with reading(ports.database) as session:
        name = _name(session, about, owner_id)
        data = _data(session, about)
        row = _row(session, about, owner_id)
        answers: Mapping[str, Any] = row.answers if row else {}
        values = {
            f"field-{key}": ",".join(value) if isinstance(value, list) else str(value)
            for key, value in answers.items()
        }
        shown = shown_of(data, answers)
        version = row.version if row else 0
        return FactsPage(about, owner_id, name, load(data), shown, values, version)


def own_facts(session: Session, user_id: int) -> tuple[Shown, ...]:
    """A customer's answers, to be read beside other things."""
    row = session.get(CustomerFacts, user_id)
    return shown_of(_data(session, About.CUSTOMER), row.answers) if row else ()


def save_facts(
    ports: Ports, viewer: Viewer, about: About, sent: tuple[int, int], given: Given
) -> None:
    """Keep the answers of (owner, version); FormRefused for what is wrong, EditConflict."""
    require(viewer, MAY_FILL[about])
    owner_id, version = sent
    with unit_of_work(ports.database) as session:
        _name(session, about, owner_id)
        fields = load(_data(session, about))
        answers, wrong = check_answers(fields, given)
        if wrong:
            raise FormRefused(wrong)
        row = _row(session, about, owner_id, lock=True)
        if (row.version if row else 0) != version:
            raise EditConflict(owner_id)
        if row is None:
            row = _new(about, owner_id)
            session.add(row)
        known = {field.key for field in fields}
        kept = {key: value for key, value in row.answers.items() if key not in known}
        row.answers = {**kept, **answers}
        record(session, viewer, "facts.saved", f"{about}:{owner_id}")


def _row(
    session: Session, about: About, owner_id: int, *, lock: bool = False
) -> CustomerFacts | ArticleFacts | None:
    if about is About.CUSTOMER:
        return session.get(CustomerFacts, owner_id, with_for_update=lock)
    return session.get(ArticleFacts, owner_id, with_for_update=lock)


def _new(about: About, owner_id: int) -> CustomerFacts | ArticleFacts:
    if about is About.CUSTOMER:
        return CustomerFacts(user_id=owner_id, answers={})
    return ArticleFacts(article_id=owner_id, answers={})


def _data(session: Session, about: About) -> list[dict[str, Any]]:
    row = session.get(FieldSet, about.value)
    return row.fields if row else []


def _name(session: Session, about: About, owner_id: int) -> str:
    """What it is called; NotFound for what is not there, and for staff."""
    if about is About.ARTICLE:
        article = session.get(Article, owner_id)
        if article is None:
            raise NotFound(owner_id)
        return article.title
    user = session.get(User, owner_id)
    if user is None or user.role in STAFF_ROLES:
        raise NotFound(owner_id)
    return user.name
