"""How far people look on this site: the learned curve while one is in effect."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.look_places import shipped
from models import LearnedChange, LearnedKind, LearnedState


def curve(session: Session) -> tuple[float, ...]:
    """How far people look here: as learned, else as shipped."""
    found = session.scalar(
        sa.select(LearnedChange.after)
        .where(LearnedChange.kind == LearnedKind.PLACES)
        .where(LearnedChange.state == LearnedState.ACTIVE)
        .order_by(LearnedChange.id.desc())
        .limit(1)
    )
    return tuple(found["curve"]) if found else shipped()
