"""What a person is to the reading rules (K11)."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from models import (
    STAFF_ROLES,
    CustomerGroup,
    CustomerLevel,
    Database,
    Role,
    group_key,
    level_key,
    unit_of_work,
    visitor,
)
from tests.factories import make_user


def test_it_gives_a_customer_the_keys_of_level_and_groups(database: Database) -> None:
    """K11: public, customer, one level, every group, both together, and nothing else."""
    with unit_of_work(database) as session:
        gold = CustomerLevel(name="金", rank=2)
        firms = [CustomerGroup(name="银屿科技"), CustomerGroup(name="山海贸易")]
        session.add_all([gold, *firms])
        user = make_user(session, "小艾")
        user.level, user.groups = gold, firms
        session.flush()
        level, groups = level_key(gold.id), {group_key(firm.id) for firm in firms}
        both = {f"{level}+{group}" for group in groups}
        wanted = {"public", "customer", level, *groups, *both}
        assert user.as_viewer().keys == wanted


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.VISITOR])
def test_it_gives_the_staff_key_to_staff_alone(database: Database, role: Role) -> None:
    """K11: five roles work here, customers do not."""
    with unit_of_work(database) as session:
        viewer = make_user(session, "某人", role).as_viewer()
    assert ("staff" in viewer.keys) is (role in STAFF_ROLES) is viewer.is_staff
    assert viewer.role is role
    assert viewer.voter_key == f"u:{viewer.user_id}"


def test_it_gives_a_visitor_the_public_key_alone() -> None:
    """K11: who is not signed in reads what everybody may read."""
    viewer = visitor("cookie")
    assert viewer.keys == {"public"}
    assert viewer.user_id is None
    assert viewer.voter_key == "v:cookie"
    assert not viewer.is_staff


def test_it_keeps_the_voices_of_a_visitor_and_a_user_apart(database: Database) -> None:
    """K3: a cookie that holds a number is not the user of that number."""
    with unit_of_work(database) as session:
        user = make_user(session, "小艾").as_viewer()
    assert visitor(str(user.user_id)).voter_key != user.voter_key


def test_it_refuses_two_accounts_of_one_address(database: Database) -> None:
    """O3: an address signs in to one account."""
    with unit_of_work(database) as session:
        email = make_user(session, "小艾").email
    with pytest.raises(IntegrityError), unit_of_work(database) as session:
        make_user(session, "老陈").email = email
