"""Accounts: strong hashes, links that work once, sessions that end, nothing given away (O3)."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from kb_app import accounts
from kb_app.accounts import (
    Registration,
    account,
    adopt,
    change_password,
    checked_email,
    register,
    request_reset,
    sign_in,
    viewer_for,
)
from kb_app.errors import EmailTaken, InvalidInput, SignInNeeded, WrongPassword
from kb_app.escalation import Escalation, escalate
from kb_app.ports import Ports
from kb_app.question_pages import mine
from kb_app.questions import submit
from kb_app.ticket_pages import customer_ticket
from kb_app.voting import vote
from models import (
    ArticleStats,
    Job,
    Role,
    User,
    Vote,
    reading,
    unit_of_work,
    visitor,
)
from tests.factories import make_article
from tests.kb_app.test_questions import asking

pytestmark = pytest.mark.usefixtures("quick_hashes")
EMAIL, PASSWORD, OTHER = "xiaoai@example.com", "correct horse", "battery staple"
AI = Registration("小艾", EMAIL, PASSWORD)


def user(ports: Ports) -> User:
    """The only account."""
    with reading(ports.database) as session:
        return session.scalars(sa.select(User)).one()


def test_it_hashes_with_argon2id_and_a_salt(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    """O3: the password is nowhere, and equal passwords do not look equal."""
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher)
    register(ports, AI)
    register(ports, replace(AI, email="second@example.com"))
    with reading(ports.database) as session:
        first, second = session.scalars(sa.select(User.password_hash))
    assert first.startswith("$argon2id$v=19$m=65536,")
    assert first != second
    assert PASSWORD not in first


def test_it_strengthens_an_old_hash_at_the_next_sign_in(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O3: raising the cost reaches accounts as their people come."""
    register(ports, AI)
    better = PasswordHasher(time_cost=2, memory_cost=128, parallelism=1)
    monkeypatch.setattr(accounts, "_hasher", lambda: better)
    sign_in(ports, EMAIL, PASSWORD)
    assert ",t=2," in user(ports).password_hash.replace("$", ",")
    sign_in(ports, EMAIL, PASSWORD)


def test_it_folds_addresses(ports: Ports) -> None:
    """O3: one address, however it is typed."""
    register(ports, replace(AI, email="  XiaoAi@Example.COM "))
    assert user(ports).email == EMAIL
    assert sign_in(ports, "XIAOAI@example.com\n", PASSWORD).user_id == user(ports).id
    with pytest.raises(EmailTaken):
        register(ports, AI)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "wrong horse"),
        (EMAIL, ""),
        (EMAIL, PASSWORD + " "),
        (EMAIL, "\ud800"),
        ("nobody@example.com", PASSWORD),
        ("", ""),
        ("' or 1=1 --", PASSWORD),
    ],
)
def test_it_says_the_same_whatever_is_wrong(ports: Ports, email: str, password: str) -> None:
    """O3: which half was wrong is never said."""
    register(ports, AI)
    with pytest.raises(WrongPassword) as refusal:
        sign_in(ports, email, password)
    assert str(refusal.value) == ""


def test_it_checks_a_hash_even_for_nobody(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    """O3: a missing account takes as long as a wrong password."""
    checked: list[str] = []

    def watching(stored: str, given: str) -> bool:
        checked.append(stored)
        return stored == given

    monkeypatch.setattr(accounts, "_matches", watching)
    with pytest.raises(WrongPassword):
        sign_in(ports, "nobody@example.com", PASSWORD)
    assert [stored.startswith("$argon2id$") for stored in checked] == [True]


def test_it_lets_no_one_in_who_was_switched_off(ports: Ports) -> None:
    """O3: an inactive account neither signs in, stays in, nor resets."""
    signed = register(ports, AI)
    with unit_of_work(ports.database) as session:
        session.get_one(User, signed.user_id).is_active = False
    with pytest.raises(WrongPassword):
        sign_in(ports, EMAIL, PASSWORD)
    request_reset(ports, EMAIL)
    with reading(ports.database) as session:
        letters = [job.payload["body"] for job in session.scalars(sa.select(Job))]
    assert not [body for body in letters if "/reset/" in body]
    viewer = viewer_for(ports, signed.user_id, signed.session_epoch, "v")
    assert viewer == visitor("v")


@pytest.mark.parametrize(
    ("form", "field", "code"),
    [
        (replace(AI, name=" "), "name", "empty"),
        (replace(AI, name="长" * 81), "name", "too_long"),
        (replace(AI, email="no address"), "email", "email"),
        (replace(AI, email="a@b\r\nBcc: c@d.example"), "email", "email"),
        (replace(AI, password="1234567"), "password", "short"),
        (replace(AI, password="x" * 201), "password", "too_long"),
        (replace(AI, password="\ud800" * 9), "password", "unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_names_the_field_that_cannot_be_accepted(
    ports: Ports, form: Registration, field: str, code: str
) -> None:
    """O3: a clear error, and no account."""
    with pytest.raises(InvalidInput) as fault:
        register(ports, form)
    assert (fault.value.field, fault.value.code) == (field, code)


@given(st.text(max_size=60) | st.emails())
def test_it_takes_any_address_or_names_it(text: str) -> None:
    """O3: what is accepted is one line, storable, and stable when checked again."""
    try:
        address = checked_email(text)
    except InvalidInput:
        return
    assert "\n" not in address
    assert checked_email(address) == address


def test_it_ends_every_session_with_a_new_password(ports: Ports) -> None:
    """O3: who had stolen a session is out; the own browser goes on with the new epoch."""
    register(ports, AI)
    stolen = sign_in(ports, EMAIL, PASSWORD)
    viewer = viewer_for(ports, stolen.user_id, stolen.session_epoch, "v")
    assert viewer.user_id == stolen.user_id
    with pytest.raises(WrongPassword):
        change_password(ports, viewer, "not it", OTHER)
    renewed = change_password(ports, viewer, PASSWORD, OTHER)
    assert viewer_for(ports, stolen.user_id, stolen.session_epoch, "v") == visitor("v")
    again = viewer_for(ports, renewed.user_id, renewed.session_epoch, "v")
    assert again.user_id == viewer.user_id


def test_it_takes_an_unknown_session_for_a_visitor(ports: Ports) -> None:
    """O3: a cookie about nobody is nobody."""
    for user_id, epoch in ((404, 0), (None, None), (404, None)):
        assert viewer_for(ports, user_id, epoch, "v") == visitor("v")


def test_it_brings_a_visitors_questions_into_their_account(ports: Ports) -> None:
    """Q7: asked first, signed in later: everything is still mine, and only what was mine."""
    before, other = visitor("before"), visitor("other")
    public_id = submit(ports, before, asking(key="a"))
    number = escalate(ports, before, public_id, Escalation("", ""))
    submit(ports, other, asking(key="b"))
    signed = register(ports, AI)
    adopt(ports, signed.user_id, before.voter_key)
    adopt(ports, signed.user_id, before.voter_key)
    viewer = viewer_for(ports, signed.user_id, signed.session_epoch, "before")
    assert [row.public_id for row in mine(ports, viewer, 1).questions] == [public_id]
    assert customer_ticket(ports, viewer, number).number == number
    assert mine(ports, before, 1).questions == ()
    assert len(mine(ports, other, 1).questions) == 1


def test_it_makes_one_voice_of_a_visitor_and_their_account(ports: Ports) -> None:
    """K3: voted before and after signing in is one vote; what was voted only before stays."""
    before, signed = visitor("before"), register(ports, AI)
    viewer = viewer_for(ports, signed.user_id, signed.session_epoch, "before")
    with unit_of_work(ports.database) as session:
        both, once = (make_article(session, f"文章 {place}").id for place in range(2))
    vote(ports, viewer, both, -1)
    for article_id in (both, once):
        vote(ports, before, article_id, 1)
    adopt(ports, signed.user_id, before.voter_key)
    adopt(ports, signed.user_id, before.voter_key)
    with reading(ports.database) as session:
        votes = session.execute(sa.select(Vote.article_id, Vote.voter_key, Vote.value))
        assert set(map(tuple, votes)) == {
            (both, viewer.voter_key, -1),
            (once, viewer.voter_key, 1),
        }
        counts = sa.select(ArticleStats.helpful, ArticleStats.unhelpful)
        found = session.execute(counts.order_by(ArticleStats.article_id)).all()
        assert list(map(tuple, found)) == [(0, 1), (1, 0)]


def test_it_adopts_nothing_from_another_account(ports: Ports) -> None:
    """O3: a key of an account is not a key of a visitor."""
    owner = register(ports, AI)
    mine_first = viewer_for(ports, owner.user_id, owner.session_epoch, "v")
    submit(ports, mine_first, asking())
    thief = register(ports, replace(AI, email="thief@example.com"))
    adopt(ports, thief.user_id, f"u:{owner.user_id}")
    assert len(mine(ports, mine_first, 1).questions) == 1


def test_it_shows_people_their_own_account(ports: Ports) -> None:
    """O3: name, address, role; a visitor has none."""
    signed = register(ports, AI)
    viewer = viewer_for(ports, signed.user_id, signed.session_epoch, "v")
    page = account(ports, viewer)
    assert (page.name, page.email, page.role) == ("小艾", EMAIL, Role.CUSTOMER)
    with pytest.raises(SignInNeeded):
        account(ports, visitor("v"))


@settings(max_examples=30)
@given(email=st.text(max_size=30), password=st.text(max_size=30))
def test_it_never_lets_random_words_in(ports: Ports, email: str, password: str) -> None:
    """O3: any two strings are a wrong password, never a crash."""
    with pytest.raises(WrongPassword):
        sign_in(ports, email, password)
