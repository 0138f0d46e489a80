"""Keeping the index cut by the site's present words: a Job that goes on in small steps.

Every change of own words writes the Job in its own transaction; a look every few seconds
finds what changed elsewhere (a product's name, a restored database).
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer import recut
from kb_app.ports import Ports
from models import (
    Job,
    JobKind,
    JobStatus,
    enqueue,
    note_cut,
    reading,
    unit_of_work,
    words_cut_by,
)

START = -1
LOOK_EVERY = timedelta(seconds=3)


def cut_anew(ports: Ports, name: str, after: int) -> None:
    """One step of a pass; `name` says by which words it was begun, '' at its beginning.

    When the words changed meanwhile the pass ends: the change has begun another. A beginning
    while a pass by the same words is under way ends too: many changes in a row make one pass.
    """
    parts = ports.engine.parts
    present = parts.words.now().cut_name
    if after != START and name != present:
        return
    with reading(ports.database) as session:
        if words_cut_by(session) == present or (after == START and _goes_on(session, present)):
            return
    progress = recut.recut_some(parts, after)
    with unit_of_work(ports.database) as session:
        if progress.last is None:
            note_cut(session, present)
        else:
            enqueue(session, JobKind.CUT_ANEW, name=present, after=progress.last)


def _goes_on(session: Session, name: str) -> bool:
    """Whether a pass by these words waits for its next step."""
    steps = session.scalars(
        sa.select(Job.payload).where(Job.kind == JobKind.CUT_ANEW, Job.status == JobStatus.WAITING)
    )
    return any(step["name"] == name and step["after"] != START for step in steps)


def notice(ports: Ports) -> None:
    """Begin a pass when the index was cut by other words and nobody is at it."""
    present = ports.engine.parts.words.book().cut_name
    with reading(ports.database) as session:
        if words_cut_by(session) == present:
            return
    with unit_of_work(ports.database) as session:
        waiting = sa.select(Job.id).where(
            Job.kind == JobKind.CUT_ANEW, Job.status == JobStatus.WAITING
        )
        if session.scalar(waiting.limit(1)) is None:
            enqueue(session, JobKind.CUT_ANEW, name="", after=START)
