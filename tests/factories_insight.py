"""Making what the insight pages look at: gaps, searches by many people, questions long ago."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from kb_app.insight.unmet import text_key
from kb_app.ports import Ports
from kb_app.questions import QuestionDraft, submit
from kb_app.search import SearchForm, SearchPage, find
from models import (
    GapMember,
    GapSource,
    KnowledgeGap,
    Question,
    Viewer,
    unit_of_work,
    utcnow,
    visitor,
)


def make_gap(ports: Ports, title: str, nearest_id: int | None = None, *more: str) -> int:
    """An open gap with this wording and perhaps others; returns its id."""
    with unit_of_work(ports.database) as session:
        gap = KnowledgeGap(title=title, size=2, saves=1.5, nearest_id=nearest_id)
        gap.members = [
            GapMember(
                place=place,
                text=text,
                text_key=text_key(text),
                source=GapSource.SEARCH,
                last_at=utcnow(),
            )
            for place, text in enumerate((title, *more))
        ]
        session.add(gap)
        session.flush()
        return gap.id


def at(ports: Ports, moment: datetime) -> Ports:
    """The same product at another time."""
    return replace(ports, clock=lambda: moment)


def searching(ports: Ports, person: str, text: str, ago: timedelta = timedelta(0)) -> SearchPage:
    """A visitor's search some time ago."""
    return find(at(ports, ports.clock() - ago), visitor(person), SearchForm(text))


def asked(ports: Ports, viewer: Viewer, text: str, key: str, email: str = "") -> str:
    """A question; returns its public id."""
    return submit(ports, viewer, QuestionDraft(text, None, None, email, key))


def question_id(ports: Ports, public_id: str) -> int:
    """The id behind a public id."""
    with unit_of_work(ports.database) as session:
        found = session.scalars(sa.select(Question.id).where(Question.public_id == public_id))
        return found.one()
