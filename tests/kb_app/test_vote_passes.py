"""放行 that holds for a campaign or an office, with an end, and can be stopped (K3 K4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kb_app import vote_passes
from kb_app.errors import InvalidInput, NotAllowed, NotFound
from kb_app.learning.votes import Choice, Decision, decide, votes_page
from kb_app.ports import Ports
from kb_app.vote_watch import Why
from kb_app.voting import vote
from models import AuditEntry, Viewer, Vote, VotePass, VoteStanding, reading, utcnow, visitor
from tests.conftest import People
from tests.factories import publish_articles

OFFICE, ELSEWHERE = "10.1.2.0/24", "10.9.9.0/24"


@pytest.fixture
def article_id(ports: Ports) -> int:
    """One article."""
    return publish_articles(ports, ("忘记密码怎么办", "点忘记密码"))[0]


def _at(ports: Ports, days: float) -> Ports:
    return replace(ports, clock=lambda: utcnow() + timedelta(days=days))


def _from(block: str, name: str) -> Viewer:
    return replace(visitor(name), network=block)


def _crowd(ports: Ports, article_id: int, block: str, tag: str, count: int = 6) -> None:
    for number in range(count):
        vote(ports, _from(block, f"{tag}-{number}"), article_id, 1)


def _states(ports: Ports, tag: str) -> set[VoteStanding]:
    with reading(ports.database) as session:
        mine = Vote.voter_key.contains(tag)
        return set(session.scalars(sa.select(Vote.state).where(mine)))


def _release(ports: Ports, people: People, days: int) -> None:
    choice = Choice(Decision.RELEASE, Why.NETWORK_ARTICLE, None, days=days)
    decide(ports, people.linzhixia, choice)


def test_an_office_is_let_pass_until_the_end_date(
    ports: Ports, people: People, article_id: int
) -> None:
    """One word of a manager for a week, though the network's hash is another every day."""
    _crowd(ports, article_id, OFFICE, "monday")
    assert _states(ports, "monday") == {VoteStanding.HELD}
    _release(ports, people, 7)
    _crowd(_at(ports, 2), article_id, OFFICE, "wednesday")
    assert VoteStanding.HELD not in _states(ports, "wednesday")
    _crowd(_at(ports, 8), article_id, OFFICE, "tuesday")
    assert _states(ports, "tuesday") == {VoteStanding.HELD}


def test_another_network_is_looked_at_as_before(
    ports: Ports, people: People, article_id: int
) -> None:
    """K4: a pass opens one door, not all of them."""
    _crowd(ports, article_id, OFFICE, "office")
    _release(ports, people, 30)
    _crowd(ports, article_id, ELSEWHERE, "stuffer")
    assert _states(ports, "stuffer") == {VoteStanding.HELD}


def test_a_release_without_days_is_for_these_votes_alone(
    ports: Ports, people: People, article_id: int
) -> None:
    """As before."""
    _crowd(ports, article_id, OFFICE, "first")
    _release(ports, people, 0)
    assert _states(ports, "first") == {VoteStanding.RELEASED}
    _crowd(_at(ports, 2), article_id, OFFICE, "second")
    assert _states(ports, "second") == {VoteStanding.HELD}


def test_a_campaign_on_one_article_counts_from_everywhere(
    ports: Ports, people: People, article_id: int
) -> None:
    """Many newcomers in a day, each from a network of their own."""
    for number in range(12):
        vote(ports, _from(f"10.3.{number}.0/24", f"mailing-{number}"), article_id, 1)
    assert VoteStanding.HELD in _states(ports, "mailing")
    why = Why(votes_page(ports, people.linzhixia, "held").groups[0].why)
    decide(ports, people.linzhixia, Choice(Decision.RELEASE, why, article_id, days=7))
    for number in range(12):
        voter = _from(f"10.4.{number}.0/24", f"later-{number}")
        vote(_at(ports, 1.5), voter, article_id, 1)
    assert VoteStanding.HELD not in _states(ports, "later")


def test_a_manager_stops_it_and_the_log_says_who(
    ports: Ports, people: People, article_id: int
) -> None:
    """Listed with its end; O3: audit."""
    _crowd(ports, article_id, OFFICE, "office")
    _release(ports, people, 7)
    [row] = votes_page(ports, people.linzhixia, "held").passes
    assert (row.why, row.networks, row.created_by) == ("network_article", 1, "林知夏")
    with pytest.raises(NotAllowed):
        vote_passes.stop(ports, people.abo, row.pass_id)
    vote_passes.stop(ports, people.linzhixia, row.pass_id)
    assert votes_page(ports, people.linzhixia, "held").passes == ()
    with pytest.raises(NotFound):
        vote_passes.stop(ports, people.linzhixia, row.pass_id)
    _crowd(_at(ports, 2), article_id, OFFICE, "again")
    assert _states(ports, "again") == {VoteStanding.HELD}
    with reading(ports.database) as session:
        actions = session.scalars(sa.select(AuditEntry.action)).all()
    assert {"votes.release", "votes.pass_stopped"} <= set(actions)


def test_an_endless_pass_is_refused_and_nothing_changes(
    ports: Ports, people: People, article_id: int
) -> None:
    """Bad input: every pass ends."""
    _crowd(ports, article_id, OFFICE, "office")
    with pytest.raises(InvalidInput):
        _release(ports, people, 4000)
    assert _states(ports, "office") == {VoteStanding.HELD}


def test_what_is_over_leaves_no_trace_of_a_network(
    ports: Ports, people: People, article_id: int
) -> None:
    """O3: the hash goes with the pass."""
    _crowd(ports, article_id, OFFICE, "office")
    _release(ports, people, 7)
    vote_passes.forget_passes(ports)
    with reading(ports.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(VotePass)) == 1
    vote_passes.forget_passes(_at(ports, 8))
    with reading(ports.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(VotePass)) == 0
