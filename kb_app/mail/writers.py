"""Who wrote a mail: an account of this site, or an address known by its key alone.

A From line proves nothing: what is sent back goes to that address only, never anywhere else.
"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from kb_app.permissions import Permission, may
from kb_app.proven_mail import proven
from kb_app.tickets import MAIL_KEY
from models import PUBLIC_KEY, Mailbox, PersonMerge, Question, Role, Ticket, User, Viewer

KEY_CHARS = 40


def account(session: Session, email: str) -> User | None:
    """The active account with this address, or the one that an account with it was merged into.

    One whose holder has not shown the address to be theirs gets none of its mails.
    """
    wanted = sa.select(User).options(selectinload(User.groups), selectinload(User.memberships))
    found = session.scalar(wanted.where(User.email == email, User.is_active, proven()))
    if found is not None:
        return found
    kept = (
        sa.select(PersonMerge.kept_id)
        .join(User, User.id == PersonMerge.gone_id)
        .where(User.email == email, PersonMerge.undone_at.is_(None), proven())
        .order_by(PersonMerge.id.desc())
        .limit(1)
    )
    # Whoever works here by now works by their own address alone.
    theirs = sa.and_(User.id == kept.scalar_subquery(), User.role == Role.CUSTOMER)
    return session.scalar(wanted.where(theirs, User.is_active))


def writer(session: Session, email: str, name: str = "") -> Viewer:
    """The person behind an address; without an account, somebody who may read public things."""
    found = account(session, email)
    if found is not None:
        return found.as_viewer()
    key = MAIL_KEY + hashlib.sha256(email.encode()).hexdigest()[:KEY_CHARS]
    shown = name or email.partition("@")[0]
    return Viewer(Role.VISITOR, None, key, frozenset({PUBLIC_KEY}), shown[:80], email)


def asker(session: Session, question: Question) -> Viewer:
    """Who asked a question by mail."""
    user = session.get(User, question.asker_id) if question.asker_id else None
    return user.as_viewer() if user else writer(session, question.contact_email)


def works_here(session: Session, email: str) -> User | None:
    """The account of somebody who may answer customers."""
    found = account(session, email)
    return found if found is not None and may(found.as_viewer(), Permission.DESK) else None


def is_requester(session: Session, ticket: Ticket, email: str) -> bool:
    """Whether the ticket is theirs."""
    if ticket.requester_email.lower() == email:
        return True
    user = session.get(User, ticket.requester_id) if ticket.requester_id else None
    return user is not None and user.email == email


def own_addresses(session: Session, mail_from: str) -> frozenset[str]:
    """Every address of this site."""
    boxes = session.scalars(sa.select(Mailbox.address)).all()
    return frozenset({*(address.lower() for address in boxes), mail_from.lower()})
