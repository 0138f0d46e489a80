"""Tickets find their agent fairly, first those who may least wait (Q5, T3)."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from models import Policy
from ticket_bridge.routing import AGING_HOURS, Agent, Reason, Work, choose, in_order

ANA, BO, CHEN = Agent(1), Agent(2), Agent(3)


def given(agents: list[Agent], user_id: int, turn: int) -> list[Agent]:
    """The agents after one of them got a ticket."""
    return [
        replace(a, given=turn, open_tickets=a.open_tickets + 1) if a.user_id == user_id else a
        for a in agents
    ]


@pytest.mark.parametrize("policy", [Policy.ROTATE, Policy.LOAD, Policy.SKILL, Policy.FAMILIAR])
def test_it_shares_ten_thousand_tickets_within_one(policy: Policy) -> None:
    """Q5: nobody gets more than one ticket more than anybody else."""
    agents = [Agent(number) for number in range(1, 8)]
    for turn in range(1, 10_001):
        choice = choose(agents, Work(turn), policy)
        assert choice.user_id is not None
        agents = given(agents, choice.user_id, turn)
    counts = [agent.open_tickets for agent in agents]
    assert max(counts) - min(counts) <= 1


def test_it_starves_nobody_and_serves_vip_first() -> None:
    """Q5: 10,000 tickets, more than can be served at once: VIP wait least, nobody for ever."""
    chance = random.Random(7)
    arrivals = [
        Work(n, chance.choice((2, 3, 3, 4, 5)), chance.random() < 0.1) for n in range(10_000)
    ]
    served_at: dict[int, float] = {}
    waiting: list[tuple[float, Work]] = []
    clock = 0.0
    while len(served_at) < len(arrivals):
        clock += 0.25
        born = int(clock * 100)
        waiting += [(clock, work) for work in arrivals[len(served_at) + len(waiting) : born]]
        ordered = in_order([replace(work, hours=clock - since) for since, work in waiting])
        taken = {work.ticket_id for work in ordered[:20]}
        since = {work.ticket_id: moment for moment, work in waiting}
        served_at.update({number: clock - since[number] for number in taken})
        waiting = [(moment, work) for moment, work in waiting if work.ticket_id not in taken]
    vip = [served_at[w.ticket_id] for w in arrivals if w.vip]
    others = [served_at[w.ticket_id] for w in arrivals if not w.vip]
    assert len(served_at) == 10_000
    assert sum(vip) / len(vip) < sum(others) / len(others)
    # The least important wait longest, but only as much longer as the levels are worth.
    spread = max(others) - min(w for w in vip if w > 0)
    assert spread <= max(others)
    low = [served_at[w.ticket_id] for w in arrivals if w.priority == 5 and not w.vip]
    assert max(low) <= max(others) <= max(vip) + 6 * AGING_HOURS


def test_it_lets_waiting_count_so_that_nobody_is_forgotten() -> None:
    """Q5: the lowest ticket overtakes a fresh highest one after long enough."""
    patient = Work(1, priority=5, hours=AGING_HOURS * 7)
    assert in_order([Work(2, priority=1, vip=True), patient])[0] is patient
    assert in_order([Work(3, priority=3), Work(4, priority=3, vip=True)])[0].ticket_id == 4


def test_it_prefers_skill_and_says_when_it_is_missing() -> None:
    """Q5: by skill, and among those able by load."""
    able = replace(BO, skills=frozenset({"发票"}), open_tickets=5)
    choice = choose([ANA, able], Work(skill="发票"), Policy.SKILL)
    assert (choice.user_id, choice.reasons[0]) == (2, Reason.SKILLED)
    choice = choose([ANA, able], Work(skill="英语"), Policy.SKILL)
    assert (choice.user_id, choice.reasons[0]) == (1, Reason.SKILL_MISSING)


def test_it_returns_a_customer_to_whom_they_know() -> None:
    """Q5: 熟客 goes to whoever served them most."""
    known = replace(CHEN, served=3, open_tickets=9)
    choice = choose([ANA, replace(BO, served=1), known], Work(), Policy.FAMILIAR)
    assert (choice.user_id, choice.reasons) == (3, (Reason.FAMILIAR,))
    choice = choose([ANA, BO], Work(), Policy.FAMILIAR)
    assert choice.reasons[0] is Reason.NOBODY_FAMILIAR


def test_it_gives_nothing_to_those_away_or_full() -> None:
    """Q5: working hours, absence and each agent's limit are kept."""
    away = replace(ANA, at_work=False)
    full = replace(BO, open_tickets=3, most_open=3)
    assert choose([away, full, CHEN], Work(), Policy.LOAD).user_id == 3
    assert choose([away, full], Work(), Policy.LOAD).reasons == (Reason.ALL_FULL,)


def test_it_turns_to_the_lead_when_nobody_is_there() -> None:
    """Q5: nobody available → the lead; without a lead it waits in the team."""
    away = replace(ANA, at_work=False)
    assert choose([away], Work(), Policy.ROTATE, lead_id=9).user_id == 9
    assert choose([away], Work(), Policy.ROTATE, lead_id=9).reasons[-1] is Reason.LEAD
    assert choose([away], Work(), Policy.ROTATE).user_id is None
    assert choose([], Work(), Policy.ROTATE, lead_id=9).reasons[0] is Reason.NO_MEMBERS


def test_it_leaves_the_ticket_to_whoever_claims_it() -> None:
    """Q5: 抢占 is a policy of its own."""
    assert choose([ANA], Work(), Policy.CLAIM, lead_id=9) == choose([], Work(), Policy.CLAIM)
