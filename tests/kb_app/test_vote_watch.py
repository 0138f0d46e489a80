"""Stuffing is set aside, seen by managers, and taken back or released by them (K3 K4)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from indexer.ranking import Usage, prior
from kb_app.errors import NotAllowed, NotFound
from kb_app.learning.votes import Choice, Decision, decide, votes_page
from kb_app.ports import Ports
from kb_app.search import SearchForm, find
from kb_app.vote_watch import Day, Why, forget_networks, suspicion
from kb_app.voting import vote
from models import (
    ArticleStats,
    Viewer,
    Vote,
    VoteStanding,
    reading,
    unit_of_work,
    utcnow,
    visitor,
)
from tests.conftest import People
from tests.factories import publish_articles

TITLE = "忘记密码怎么重设"
MOST_PLACES = 1


def from_network(name: str, block: str) -> Viewer:
    """A visitor whose request came over the network."""
    return replace(visitor(name), network=block)


@pytest.fixture
def alike(ports: Ports) -> list[int]:
    """Six articles that fit a search about as well as each other."""
    return publish_articles(
        ports, *((f"{TITLE}（{number}）", "点忘记密码") for number in "一二三四五六")
    )


def order(ports: Ports) -> list[int]:
    """The order of a real search, with all that happened taken in."""
    ports.engine.refresh()
    return [row.article_id for row in find(ports, visitor("reader"), SearchForm(TITLE)).rows]


def counted(ports: Ports, article_id: int) -> tuple[int, int]:
    with reading(ports.database) as session:
        stats = session.get(ArticleStats, article_id)
        return (stats.helpful, stats.unhelpful) if stats else (0, 0)


def after(ports: Ports, time: timedelta) -> Ports:
    """The same site, that much later."""
    return replace(ports, clock=lambda: utcnow() + time)


def stuff(ports: Ports, articles: Sequence[int], values: Sequence[int]) -> None:
    """Two hundred votes in a day from fifty networks, every one by somebody new."""
    for number in range(200):
        place = number % len(articles)
        voter = from_network(f"stuffer-{number}", f"10.0.{number % 50}.0/24")
        vote(ports, voter, articles[place], values[place])


def test_it_lets_two_hundred_votes_move_an_article_at_most_one_place(
    ports: Ports, alike: list[int]
) -> None:
    """K4: fifty addresses push the last article up, through the order of a real search."""
    before = order(ports)
    stuff(ports, before[-1:], [1])
    after = order(ports)
    assert before.index(before[-1]) - after.index(before[-1]) <= MOST_PLACES
    assert counted(ports, before[-1]) == (0, 0)


def test_it_lets_votes_spread_over_all_articles_move_none_further(
    ports: Ports, alike: list[int]
) -> None:
    """K4: pushing one up and all others down is one burst, set aside whole."""
    before = order(ports)
    stuff(ports, before, [*([-1] * (len(before) - 1)), 1])
    after = order(ports)
    assert all(abs(before.index(each) - after.index(each)) <= MOST_PLACES for each in before)


def test_it_gives_the_same_order_as_if_they_had_never_been_cast(
    ports: Ports, alike: list[int]
) -> None:
    """K4: with a replay without what was set aside."""
    for number, article_id in enumerate(alike):
        for voter in range(number):
            vote(ports, visitor(f"honest-{number}-{voter}"), article_id, 1)
    stuff(ports, alike[:1], [1])
    with_held = order(ports)
    with unit_of_work(ports.database) as session:
        assert session.scalar(sa.select(sa.func.count()).where(Vote.state == VoteStanding.HELD))
        session.execute(sa.delete(Vote).where(Vote.state == VoteStanding.HELD))
    assert order(ports) == with_held
    assert counted(ports, alike[0]) == (0, 0)
    assert counted(ports, alike[5]) == (5, 0)


def test_five_of_five_do_not_beat_480_of_500() -> None:
    """K4: a handful of votes never outweighs hundreds."""
    few, many = prior(Usage(np.array([5.0, 480.0]), np.array([0.0, 20.0]), np.zeros(2)))
    assert few < many


def test_it_counts_what_people_from_one_office_say(ports: Ports, alike: list[int]) -> None:
    """K3: three colleagues on one article are no burst; the fourth is set aside with them."""
    for number in range(3):
        vote(ports, from_network(f"colleague-{number}", "10.1.1.0/24"), alike[0], 1)
    assert counted(ports, alike[0]) == (3, 0)
    state = vote(ports, from_network("colleague-3", "10.1.1.0/24"), alike[0], 1)
    assert (state.my_vote, counted(ports, alike[0])) == (1, (0, 0))


def test_it_trusts_accounts_older_than_a_day(
    ports: Ports, people: People, alike: list[int]
) -> None:
    """K3: who has long been a customer is no newcomer; the network plays no part."""
    tomorrow = replace(ports, clock=lambda: utcnow() + timedelta(days=2))
    for viewer in (people.xiaoai, people.laochen, people.abo, people.linzhixia):
        vote(tomorrow, replace(viewer, network="10.2.2.0/24"), alike[0], 1)
    assert counted(ports, alike[0]) == (4, 0)


def test_it_forgets_yesterdays_votes(ports: Ports, alike: list[int]) -> None:
    """K3: three a day from one network, day after day, are counted."""
    for day in range(3):
        later = after(ports, timedelta(days=day, minutes=1))
        for number in range(3):
            voter = from_network(f"day-{day}-{number}", "10.3.3.0/24")
            vote(later, voter, alike[0], 1)
    assert counted(ports, alike[0]) == (9, 0)


def test_a_manager_releases_rejects_and_takes_that_back(
    ports: Ports, people: People, alike: list[int]
) -> None:
    """K3: what was set aside is seen with its reason; every decision can be undone."""
    stuff(ports, alike[:1], [1])
    page = votes_page(ports, people.linzhixia, "held")
    assert page.counts["held"] == sum(group.votes for group in page.groups) == 200
    assert {row.article_id for group in page.groups for row in group.rows} == {alike[0]}
    why = Why(page.groups[0].why)
    released = decide(ports, people.linzhixia, Choice(Decision.RELEASE, why, alike[0]))
    assert counted(ports, alike[0]) == (released, 0)
    undone = Choice(Decision.UNDO, why, alike[0], VoteStanding.RELEASED)
    assert decide(ports, people.linzhixia, undone) == released
    assert counted(ports, alike[0]) == (0, 0)
    assert decide(ports, people.linzhixia, Choice(Decision.REJECT, why, None)) == released
    assert votes_page(ports, people.linzhixia, "rejected").counts["rejected"] == released
    with pytest.raises(NotFound):
        decide(ports, people.linzhixia, Choice(Decision.RELEASE, why, alike[0]))


def test_a_released_vote_is_not_set_aside_again(
    ports: Ports, people: People, alike: list[int]
) -> None:
    """K3: the manager has the last word, also when more of the same comes."""
    for number in range(4):
        vote(ports, from_network(f"a-{number}", "10.4.4.0/24"), alike[0], 1)
    decide(ports, people.linzhixia, Choice(Decision.RELEASE, Why.NETWORK_ARTICLE, alike[0]))
    for number in range(4):
        vote(ports, from_network(f"b-{number}", "10.4.4.0/24"), alike[0], 1)
    assert counted(ports, alike[0]) == (4, 0)


def test_only_managers_see_and_decide(ports: Ports, people: People) -> None:
    """O3: an agent may not."""
    with pytest.raises(NotAllowed):
        votes_page(ports, people.abo, "held")
    with pytest.raises(NotAllowed):
        decide(ports, people.abo, Choice(Decision.RELEASE, Why.SITE, None))


def test_it_keeps_no_address(ports: Ports, alike: list[int]) -> None:
    """O3: a hash that is another one tomorrow, and gone after a month."""
    for day in (0, 1):
        later = after(ports, timedelta(days=day))
        vote(later, from_network(f"who-{day}", "203.0.113.0/24"), alike[0], 1)
    with reading(ports.database) as session:
        networks = set(session.scalars(sa.select(Vote.network)))
    assert len(networks) == 2
    assert not any("203" in each and "113" in each and "/" in each for each in networks)
    later = replace(ports, clock=lambda: utcnow() + timedelta(days=40))
    assert forget_networks(later) == 2


@pytest.mark.parametrize("times", [1, 3])
def test_what_is_usual_here_is_no_burst(times: int) -> None:
    """K3: a busy site's ordinary day is counted."""
    busy = Day(article=30 * times, site=900 * times, usual_article=30.0, usual_site=900.0)
    assert suspicion(busy) is None
    assert suspicion(replace(busy, article=91)) is Why.ARTICLE
    assert suspicion(Day(article=9)) is Why.ARTICLE


def test_the_counters_always_equal_the_votes_that_count(
    ports: Ports, people: People, alike: list[int]
) -> None:
    """K3: whatever is voted, changed, taken back, set aside and decided."""
    chance = random.Random(7)
    for number in range(150):
        voter = from_network(f"p-{number % 40}", f"10.9.{number % 6}.0/24")
        vote(ports, voter, chance.choice(alike), chance.choice([-1, 0, 1]))
        if number % 30 == 0:
            for group in votes_page(ports, people.linzhixia, "held").groups:
                choice = Choice(chance.choice(list(Decision)[:2]), Why(group.why), None)
                decide(ports, people.linzhixia, choice)
    with reading(ports.database) as session:
        for article_id in alike:
            rows = session.scalars(sa.select(Vote).where(Vote.article_id == article_id)).all()
            values = [row.value for row in rows if row.counts]
            assert counted(ports, article_id) == (values.count(1), values.count(-1))


def test_one_machine_cannot_have_other_peoples_votes_set_aside(
    ports: Ports, alike: list[int]
) -> None:
    """K3: what is set aside for its network says nothing about newcomers elsewhere."""
    for number in range(150):
        voter = from_network(f"flood-{number}", "10.5.5.0/24")
        vote(ports, voter, alike[number % len(alike)], -1)
    vote(ports, from_network("honest-bare", "10.6.6.0/24"), alike[0], 1)
    reader = from_network("honest-new", "10.7.7.0/24")
    find(ports, reader, SearchForm(TITLE))
    vote(ports, reader, alike[0], 1)
    assert counted(ports, alike[0]) == (2, 0)


def test_a_rejected_vote_cannot_be_cast_anew(
    ports: Ports, people: People, alike: list[int]
) -> None:
    """K3: taking it back and voting again, or the same again under new names, changes nothing."""
    voters = [from_network(f"r-{number}", "10.8.8.0/24") for number in range(4)]
    for voter in voters:
        vote(ports, voter, alike[0], 1)
    decide(ports, people.linzhixia, Choice(Decision.REJECT, Why.NETWORK_ARTICLE, alike[0]))
    renamed = [from_network(f"again-{number}", "10.8.8.0/24") for number in range(2)]
    for voter in (*voters, *renamed):
        assert vote(ports, voter, alike[0], 0).my_vote == 0
        vote(ports, voter, alike[0], 1)
    assert counted(ports, alike[0]) == (0, 0)


def test_votes_at_the_same_moment_are_all_counted_and_a_burst_among_them_is_held_whole(
    ports: Ports, alike: list[int]
) -> None:
    """K3: one voice pressed twice is one vote; four of one network at once are set aside."""
    voters = [visitor(f"once-{number % 4}") for number in range(8)]
    crowd = [from_network(f"crowd-{number}", "10.77.7.0/24") for number in range(4)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda voter: vote(ports, voter, alike[0], 1), [*voters, *crowd]))
    assert counted(ports, alike[0]) == (4, 0)
    with reading(ports.database) as session:
        standing = session.scalars(sa.select(Vote.state).where(Vote.network != "")).all()
    assert standing == [VoteStanding.HELD] * 4
