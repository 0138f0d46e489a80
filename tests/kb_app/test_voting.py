"""Voting: one changeable voice, counted exactly, felt by the next search (K3, K4)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from kb_app.errors import InvalidInput, NotFound
from kb_app.ports import Ports
from kb_app.search import SearchForm, find
from kb_app.voting import vote
from models import (
    STAFF_KEY,
    Article,
    ArticleStats,
    ArticleStatus,
    Vote,
    reading,
    unit_of_work,
    visitor,
)
from tests.conftest import People
from tests.factories import make_article, publish_articles

TITLE = "忘记密码怎么重设"


@pytest.fixture
def article_id(ports: Ports) -> int:
    """An article nobody voted on."""
    with unit_of_work(ports.database) as session:
        return make_article(session, TITLE).id


def _counts(ports: Ports, article_id: int) -> tuple[int, int]:
    with reading(ports.database) as session:
        stats = session.get_one(ArticleStats, article_id)
        return stats.helpful, stats.unhelpful


def _voices(ports: Ports) -> int:
    with reading(ports.database) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Vote)) or 0


def test_it_counts_a_vote_and_tells_the_voter(
    ports: Ports, people: People, article_id: int
) -> None:
    """K3: 有用 is counted at once."""
    state = vote(ports, people.xiaoai, article_id, 1)
    assert (state.helpful, state.unhelpful, state.my_vote) == (1, 0, 1)
    assert _counts(ports, article_id) == (1, 0)


def test_it_lets_a_voter_change_their_mind(ports: Ports, people: People, article_id: int) -> None:
    """K3: the old voice goes when the new one comes."""
    vote(ports, people.xiaoai, article_id, 1)
    state = vote(ports, people.xiaoai, article_id, -1)
    assert (state.helpful, state.unhelpful, state.my_vote) == (0, 1, -1)
    assert _voices(ports) == 1


def test_it_lets_a_voter_take_a_vote_back(ports: Ports, people: People, article_id: int) -> None:
    """K3: undone means as if never given."""
    vote(ports, people.xiaoai, article_id, 1)
    state = vote(ports, people.xiaoai, article_id, 0)
    assert (state.helpful, state.unhelpful, state.my_vote) == (0, 0, 0)
    assert _voices(ports) == 0
    assert vote(ports, people.xiaoai, article_id, 0).helpful == 0


@settings(max_examples=25)
@given(values=st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=8))
def test_it_only_ever_counts_the_last_word(
    ports: Ports, people: People, article_id: int, values: list[int]
) -> None:
    """K3: whatever one person presses, in the end it is one voice or none."""
    vote(ports, people.laochen, article_id, 1)
    for value in values:
        vote(ports, people.xiaoai, article_id, value)
    last = values[-1]
    assert _counts(ports, article_id) == (1 + (last == 1), int(last == -1))


def test_it_repeats_without_harm(ports: Ports, people: People, article_id: int) -> None:
    """K3: a double click is one vote, and is no news for the index."""
    vote(ports, people.xiaoai, article_id, 1)
    with reading(ports.database) as session:
        first = session.get_one(ArticleStats, article_id).changed_at
    state = vote(ports, people.xiaoai, article_id, 1)
    with reading(ports.database) as session:
        assert session.get_one(ArticleStats, article_id).changed_at == first
    assert (state.helpful, _voices(ports)) == (1, 1)


def test_it_counts_visitors_and_customers_apart(
    ports: Ports, people: People, article_id: int
) -> None:
    """K3: no account is needed, and every browser is one voice."""
    voters = (people.xiaoai, people.laochen, people.passer_by, visitor("another"))
    for voter in voters:
        vote(ports, voter, article_id, 1)
        vote(ports, voter, article_id, 1)
    assert _counts(ports, article_id) == (4, 0)


@pytest.mark.parametrize("value", [2, -2, 100])
def test_it_refuses_a_vote_that_weighs_more_than_one(
    ports: Ports, people: People, article_id: int, value: int
) -> None:
    """K3: no stuffing by number."""
    with pytest.raises(InvalidInput):
        vote(ports, people.xiaoai, article_id, value)
    assert _voices(ports) == 0


def test_it_does_not_know_a_hidden_article(ports: Ports, people: People) -> None:
    """K11 K3: what may not be read cannot be voted on, nor be told from nothing."""
    with unit_of_work(ports.database) as session:
        hidden = [
            make_article(session, "客服流程", keys=(STAFF_KEY,)).id,
            make_article(session, "草稿", status=ArticleStatus.DRAFT).id,
        ]
    for article_id in (*hidden, 4040):
        with pytest.raises(NotFound):
            vote(ports, people.xiaoai, article_id, 1)
    assert vote(ports, people.abo, hidden[0], 1).helpful == 1
    with reading(ports.database) as session:
        assert session.scalars(sa.select(ArticleStats.article_id)).all() == hidden[:1]


def test_it_keeps_counts_exact_when_eight_vote_at_once(ports: Ports, article_id: int) -> None:
    """K3 O1: no vote is lost or doubled under load."""
    voters = [visitor(f"parallel-{number}") for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda voter: vote(ports, voter, article_id, 1), voters))
        list(pool.map(lambda voter: vote(ports, voter, article_id, -1), voters[:15]))
    assert _counts(ports, article_id) == (25, 15)
    assert _voices(ports) == 40


def test_it_counts_one_voice_when_eight_windows_press_at_once(
    ports: Ports, people: People, article_id: int
) -> None:
    """K3: the same person in parallel is still one voice."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: vote(ports, people.xiaoai, article_id, 1), range(16)))
    assert _counts(ports, article_id) == (1, 0)
    assert _voices(ports) == 1


def test_it_never_disturbs_an_edit(ports: Ports, people: People, article_id: int) -> None:
    """K6: a vote does not change the article's version."""
    vote(ports, people.xiaoai, article_id, 1)
    with reading(ports.database) as session:
        assert session.get_one(Article, article_id).version == 1


def test_it_puts_the_better_rated_first_within_a_second(ports: Ports) -> None:
    """K4: of two articles that fit alike, votes decide the next search."""
    first, second = publish_articles(
        ports, (f"{TITLE}（一）", "点忘记密码"), (f"{TITLE}（二）", "点忘记密码")
    )
    reader = visitor("reader")
    before = [row.article_id for row in find(ports, reader, SearchForm(TITLE)).rows]
    last = before[-1]
    assert sorted(before) == [first, second]
    for number in range(5):
        vote(ports, visitor(f"voter-{number}"), last, 1)
        vote(ports, visitor(f"voter-{number}"), before[0], -1)
    time.sleep(0.5)
    after = find(ports, reader, SearchForm(TITLE)).rows
    assert [row.article_id for row in after] == [last, before[0]]
    assert (after[0].helpful, after[1].unhelpful) == (5, 5)


def test_it_shows_the_voter_their_own_vote_in_the_results(ports: Ports, people: People) -> None:
    """K3: the results page knows what I pressed, and nobody else's."""
    [article_id] = publish_articles(ports, (TITLE, "点忘记密码"))
    vote(ports, people.xiaoai, article_id, -1)
    assert find(ports, people.xiaoai, SearchForm(TITLE)).rows[0].my_vote == -1
    assert find(ports, people.laochen, SearchForm(TITLE)).rows[0].my_vote == 0
