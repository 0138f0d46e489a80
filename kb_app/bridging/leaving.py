"""A bridge that is given another address: the same system that moved, or another one?

Only a person knows. What was handed to another system than this one is not spoken of there:
its numbers name other cases now.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.bridging.inputs import BridgeInput
from kb_app.errors import InvalidInput
from models import Bridge, BridgeEvent, Handover
from ticket_bridge.handover import DeskKind

SAME, OTHER = "same", "other"


def is_elsewhere(bridge: Bridge, form: BridgeInput) -> bool:
    """Whether the form leads to another place than the stored bridge."""
    if bridge.kind != form.kind.value:
        return True
    if form.kind is DeskKind.MAIL:
        return bridge.username != form.username
    return urlsplit(bridge.url or "").hostname != urlsplit(form.url).hostname


def leave(session: Session, bridge: Bridge, form: BridgeInput) -> int:
    """Do as was chosen, before the form is stored; returns how many hand-overs were let go.

    InvalidInput("moved") when there is something to choose and nothing was, or what cannot be.
    """
    if not is_elsewhere(bridge, form):
        return 0
    here = Handover.bridge_id == bridge.id
    handed = session.scalar(sa.select(Handover.id).where(here).limit(1)) is not None
    if handed and form.moved not in {SAME, OTHER}:
        raise InvalidInput("moved", "choose")
    if handed and form.moved == SAME:
        if bridge.kind != form.kind.value:
            raise InvalidInput("moved", "kind")
        return 0
    # Another system counts otherwise; by the old number its news would never come.
    bridge.cursor = ""
    # Mails are written once for a key; to another address they have not been.
    mails = BridgeEvent.inward.is_(False) & BridgeEvent.handover_id.is_(None)
    session.execute(sa.delete(BridgeEvent).where(BridgeEvent.bridge_id == bridge.id, mails))
    if not handed:
        return 0
    return len(session.scalars(sa.delete(Handover).where(here).returning(Handover.id)).all())
