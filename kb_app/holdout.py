"""A share of askers sees no suggestions, so that what suggestions achieve can be measured.

Off unless the site sets a share and enough people have asked. Once in, a person stays in
their group, whatever the share becomes and also after signing in. They come in with the
first hint in the question form or the first question, before anything is shown.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.config import Config
from kb_app.ports import Ports
from kb_app.searchers import digest
from models import HoldoutPerson, Question, Viewer, insert_if_absent, reading, unit_of_work

HELD_OUT = "held_out"


def person_key(config: Config, voter_key: str) -> str:
    """Under which a voice takes part; a hash, the same for as long as the comparison runs."""
    return digest(config, f"holdout {voter_key}")


def draws_held(key: str, share: float) -> bool:
    """The draw: decided by the key alone, so it can be repeated."""
    return int(key[:13], 16) / 16**13 < share


def join(ports: Ports, viewer: Viewer, at: datetime) -> bool:
    """Take an asker in (staff never); True when they are to see no answers."""
    share = ports.config.holdout_share
    if not share or viewer.is_staff:
        return False
    key = person_key(ports.config, viewer.voter_key)
    with reading(ports.database) as session:
        known = session.get(HoldoutPerson, key)
        if known is not None:
            return known.held
        if askers(session, ports.config.holdout_minimum) < ports.config.holdout_minimum:
            return False
    with unit_of_work(ports.database) as session:
        held = draws_held(key, share)
        insert_if_absent(session, HoldoutPerson, person_key=key, held=held, joined_at=at)
        return session.get_one(HoldoutPerson, key).held


def adopt_place(config: Config, session: Session, visitor_key: str, account_key: str) -> None:
    """Signing in keeps a visitor in their group, unless the account has a place already."""
    place = session.get(HoldoutPerson, person_key(config, visitor_key))
    if place is None:
        return
    insert_if_absent(
        session,
        HoldoutPerson,
        person_key=person_key(config, account_key),
        held=place.held,
        joined_at=place.joined_at,
    )
    session.delete(place)


def askers(session: Session, most: int) -> int:
    """How many different people have asked, counted up to `most`."""
    different = sa.select(Question.asker_key).distinct().limit(most).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(different)) or 0
