"""Accounts: registration, sign-in, password reset, and who is looking."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session, selectinload

from kb_app import proven_mail
from kb_app.errors import EmailTaken, InvalidInput, LinkExpired, NotFound, WrongPassword
from kb_app.holdout import adopt_place
from kb_app.letters import RESET_BODY, RESET_SUBJECT
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean_line, required
from kb_app.voting import adopt_votes
from models import (
    Chat,
    JobKind,
    Question,
    Role,
    Ticket,
    User,
    Viewer,
    enqueue,
    reading,
    record,
    unit_of_work,
    visitor,
)

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200
RESET_SECONDS = 3600


@dataclass(frozen=True)
class Registration:
    """What somebody fills in to get an account."""

    name: str
    email: str
    password: str


@dataclass(frozen=True)
class SignedIn:
    """Who signed in; `session_epoch` changes when all their sessions must end."""

    user_id: int
    session_epoch: int


@dataclass(frozen=True)
class AccountPage:
    """A person's own data."""

    name: str
    email: str
    role: Role
    level: str
    groups: tuple[str, ...]
    email_proven: bool = True


@functools.cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@functools.cache
def _nobody() -> str:
    """A hash to check against when there is no such account, so both cases take as long."""
    return _hasher().hash("nobody has this password")


def checked_email(value: str) -> str:
    """The address in the form it is stored; InvalidInput `email`."""
    try:
        checked = validate_email(clean_line(value), check_deliverability=False)
    except EmailNotValidError as error:
        raise InvalidInput("email", "email") from error
    return checked.normalized.casefold()


def checked_password(field: str, value: str) -> str:
    """The password itself; InvalidInput `short` or `too_long`."""
    if len(value) < SHORTEST_PASSWORD:
        raise InvalidInput(field, "short")
    if len(value) > LONGEST_PASSWORD:
        raise InvalidInput(field, "too_long")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(field, "unknown") from error
    return value


def create_user(session: Session, registration: Registration, role: Role) -> User:
    """Add an account to the caller's transaction."""
    return _add(session, _account(registration, role))


def made_account(registration: Registration, role: Role) -> User:
    """A checked account that is not stored yet; the caller sees that its address is free."""
    return _account(registration, role)


def _account(registration: Registration, role: Role) -> User:
    """The checked account; hashing takes a tenth of a second, so no lock is held meanwhile."""
    email = checked_email(registration.email)
    name = clean_line(required("name", registration.name, 80))
    password = checked_password("password", registration.password)
    return User(email=email, name=name, password_hash=_hasher().hash(password), role=role)


def _add(session: Session, user: User) -> User:
    if session.scalar(sa.select(User.id).where(User.email == user.email)) is not None:
        raise EmailTaken(user.email)
    session.add(user)
    session.flush()
    return user


def register(ports: Ports, registration: Registration) -> SignedIn:
    """A new customer account."""
    account = _account(registration, Role.CUSTOMER)
    try:
        with unit_of_work(ports.database) as session:
            user = _add(session, account)
            proven_mail.claim(ports, session, user)
            record(session, user.as_viewer(), "account.register", f"user:{user.id}")
            return SignedIn(user.id, user.session_epoch)
    except sa.exc.IntegrityError as error:
        raise EmailTaken(registration.email) from error


def sign_in(ports: Ports, email: str, password: str) -> SignedIn:
    """Check the password; the same answer and about the same time for every failure."""
    with reading(ports.database) as session:
        found = session.scalar(sa.select(User).where(User.email == clean_line(email).casefold()))
    known = found is not None and found.is_active
    stored = found.password_hash if found is not None and known else _nobody()
    if not _matches(stored, password) or found is None or not known:
        raise WrongPassword
    renewed = _hasher().hash(password) if _hasher().check_needs_rehash(stored) else stored
    with unit_of_work(ports.database) as session:
        user = session.get(User, found.id, with_for_update=True)
        if user is None or not user.is_active or user.password_hash != stored:
            raise WrongPassword
        user.password_hash = renewed
        user.last_seen_at = ports.clock()
        return SignedIn(user.id, user.session_epoch)


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher().verify(stored, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def adopt(ports: Ports, user_id: int, visitor_key: str) -> None:
    """Give a visitor's questions, tickets and votes to the account they signed in to.

    An address the visitor left for replies stays.
    """
    if not visitor_key.startswith("v:"):
        return
    with unit_of_work(ports.database) as session:
        user = session.get_one(User, user_id)
        session.execute(
            sa.update(Question)
            .where(Question.asker_key == visitor_key, Question.asker_id.is_(None))
            .values(asker_id=user.id, asker_key=f"u:{user.id}")
        )
        session.execute(
            sa.update(Ticket)
            .where(Ticket.requester_key == visitor_key, Ticket.requester_id.is_(None))
            .values(
                requester_id=user.id,
                requester_key=f"u:{user.id}",
                requester_name=user.name,
                requester_email=sa.case(
                    (Ticket.requester_email == "", user.email), else_=Ticket.requester_email
                ),
            )
        )
        session.execute(
            sa.update(Chat)
            .where(Chat.customer_key == visitor_key, Chat.customer_id.is_(None))
            .values(customer_id=user.id, customer_key=f"u:{user.id}", customer_name=user.name)
        )
        adopt_votes(session, visitor_key, f"u:{user.id}")
        adopt_place(ports.config, session, visitor_key, f"u:{user.id}")


def viewer_for(
    ports: Ports, user_id: int | None, session_epoch: int | None, visitor_id: str
) -> Viewer:
    """Who is looking: the account while its session is valid, else a visitor."""
    if user_id is None:
        return visitor(visitor_id)
    with reading(ports.database) as session:
        user = session.scalar(
            sa.select(User).where(User.id == user_id).options(selectinload(User.groups))
        )
        if user is None or not user.is_active or user.session_epoch != session_epoch:
            return visitor(visitor_id)
        return user.as_viewer()


def request_reset(ports: Ports, email: str) -> None:
    """Mail a reset link if there is such an account; the page says the same either way."""
    with unit_of_work(ports.database) as session:
        user = session.scalar(sa.select(User).where(User.email == clean_line(email).casefold()))
        if user is None or not user.is_active:
            return
        link = f"{ports.config.base_url}/reset/{_reset_token(ports, user)}"
        site = ports.config.site_name
        enqueue(
            session,
            JobKind.SEND_MAIL,
            to=user.email,
            subject=RESET_SUBJECT,
            body=RESET_BODY.format(name=user.name, site=site, link=link),
            mail_kind="account",
        )


def _serializer(ports: Ports) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(ports.config.secret_key, salt="password-reset")


def _reset_token(ports: Ports, user: User) -> str:
    """Signed; dies with the next password because it carries the epoch it was made in."""
    return _serializer(ports).dumps([user.id, user.session_epoch])


def reset(ports: Ports, token: str, password: str) -> SignedIn:
    """Set a new password by the link's token; ends every session of the account."""
    try:
        user_id, epoch = _serializer(ports).loads(token, max_age=RESET_SECONDS)
    except (BadData, ValueError, TypeError) as error:
        raise LinkExpired from error
    new = _hasher().hash(checked_password("password", password))
    with unit_of_work(ports.database) as session:
        user = session.get(User, user_id, with_for_update=True)
        if user is None or not user.is_active or user.session_epoch != epoch:
            raise LinkExpired
        proven_mail.prove(session, user.id)
        return _set_password(session, user, new)


def change_password(ports: Ports, viewer: Viewer, old: str, new: str) -> SignedIn:
    """Change one's own password; every other session ends."""
    require(viewer, Permission.ACCOUNT)
    checked = checked_password("password", new)
    with reading(ports.database) as session:
        found = session.get(User, viewer.user_id)
    if found is None or not _matches(found.password_hash, old):
        raise WrongPassword
    renewed = _hasher().hash(checked)
    with unit_of_work(ports.database) as session:
        user = session.get(User, found.id, with_for_update=True)
        if user is None or user.password_hash != found.password_hash:
            raise WrongPassword
        return _set_password(session, user, renewed)


def _set_password(session: Session, user: User, password_hash: str) -> SignedIn:
    user.password_hash = password_hash
    user.session_epoch += 1
    record(session, user.as_viewer(), "account.password", f"user:{user.id}")
    return SignedIn(user.id, user.session_epoch)


def account(ports: Ports, viewer: Viewer) -> AccountPage:
    """The viewer's own account page."""
    require(viewer, Permission.ACCOUNT)
    with reading(ports.database) as session:
        user = session.get(User, viewer.user_id)
        if user is None:
            raise NotFound("account")
        level = user.level.name if user.level else ""
        groups = tuple(group.name for group in user.groups)
        known = proven_mail.is_proven(session, user.id)
        return AccountPage(user.name, user.email, user.role, level, groups, known)
