"""Mails of ours that came back: noted at their ticket; an address that is gone gets no more.

An address is stopped only by a bounce that cites the id of a mail we did send, which nobody but
its receiver knows: a made-up bounce for somebody else is a note at their ticket, no more.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.mail import texts
from kb_app.mail.arriving import Arrival
from kb_app.mail.notes import note
from kb_app.ports import Ports
from models import MailInState, MailOut, MailOutState, MailStop, insert_if_absent
from ticket_bridge.mail import tags
from ticket_bridge.mail.parsed import Bounce

LATELY = timedelta(days=5)


def bounced(ports: Ports, session: Session, found: Arrival) -> None:
    """What follows from a bounce."""
    bounce = found.mail.bounce
    named = _named(ports, session, bounce) if bounce is not None else None
    out = named or (_latest(ports, session, bounce) if bounce is not None else None)
    if bounce is None or out is None:
        found.row.state, found.row.reason = MailInState.IGNORED, "bounce_unknown"
        return
    found.row.ticket_id, found.row.reason = out.ticket_id, bounce.status
    stops = named is not None and bounce.permanent
    if stops:
        out.state, out.reason = MailOutState.FAILED, (bounce.reason or "bounced")[:300]
        insert_if_absent(
            session,
            MailStop,
            email=out.to_email,
            reason=bounce.reason[:300] or bounce.status,
            created_at=ports.clock(),
        )
    if out.ticket_id is not None:
        text = texts.BOUNCE_NOTE.format(
            email=out.to_email,
            when=texts.FOR_GOOD if stops else _unproven(bounce),
            reason=bounce.reason,
        )
        note(session, out.ticket_id, text, f"bounce-{found.row.id}")


def _unproven(bounce: Bounce) -> str:
    return "" if bounce.permanent else texts.FOR_NOW


def _named(ports: Ports, session: Session, bounce: Bounce) -> MailOut | None:
    """The mail that came back, by its id."""
    if not tags.key_of(ports.config.secret_key, bounce.original_id):
        return None
    query = sa.select(MailOut).where(
        MailOut.state == MailOutState.SENT, MailOut.message_id == bounce.original_id
    )
    return session.scalar(query.with_for_update())


def _latest(ports: Ports, session: Session, bounce: Bounce) -> MailOut | None:
    """The last mail to the address of a bounce that cites none."""
    lately = sa.select(MailOut).where(
        MailOut.state == MailOutState.SENT,
        MailOut.to_email == bounce.address,
        MailOut.sent_at > ports.clock() - LATELY,
    )
    return session.scalar(lately.order_by(MailOut.id.desc()).limit(1).with_for_update())
