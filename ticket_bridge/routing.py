"""Who gets a ticket: one choice with its reasons, and the order of those waiting. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from models import Policy

AGING_HOURS = 8.0
VIP_LEVELS = 2


class Reason(StrEnum):
    """Why a choice fell as it did."""

    TURN = "turn"
    LEAST = "least"
    SKILLED = "skilled"
    FAMILIAR = "familiar"
    SKILL_MISSING = "skill_missing"
    NOBODY_FAMILIAR = "nobody_familiar"
    CLAIM = "claim"
    ALL_AWAY = "all_away"
    ALL_FULL = "all_full"
    NO_MEMBERS = "no_members"
    LEAD = "lead"


@dataclass(frozen=True)
class Agent:
    """A member of the team as they are now.

    `given` is the team's running number when they last got one, `served` how many tickets of
    this customer they had.
    """

    user_id: int
    at_work: bool = True
    open_tickets: int = 0
    most_open: int | None = None
    skills: frozenset[str] = frozenset()
    given: int = 0
    served: int = 0
    is_primary: bool = True

    @property
    def has_room(self) -> bool:
        """Whether they may be given one more."""
        return self.most_open is None or self.open_tickets < self.most_open


@dataclass(frozen=True)
class Work:
    """A ticket that needs somebody; `hours` it has waited."""

    ticket_id: int = 0
    priority: int = 3
    vip: bool = False
    hours: float = 0.0
    skill: str = ""


@dataclass(frozen=True)
class Choice:
    """An agent, or the lead, or nobody (it stays in the team's queue), and why."""

    user_id: int | None
    reasons: tuple[Reason, ...]


def choose(
    agents: Sequence[Agent], work: Work, policy: Policy, lead_id: int | None = None
) -> Choice:
    """The agent for this ticket under the team's policy.

    With nobody at work it goes to the lead; when all have their hands full it waits.
    """
    if policy is Policy.CLAIM:
        return Choice(None, (Reason.CLAIM,))
    working = [agent for agent in agents if agent.at_work]
    if not working:
        why = Reason.ALL_AWAY if agents else Reason.NO_MEMBERS
        return Choice(lead_id, (why, Reason.LEAD) if lead_id is not None else (why,))
    free = [agent for agent in working if agent.has_room]
    if not free:
        return Choice(None, (Reason.ALL_FULL,))
    return POLICIES[policy](free, work)


def _rotate(free: Sequence[Agent], _work: Work) -> Choice:
    first = min(free, key=lambda agent: (agent.given, agent.open_tickets, agent.user_id))
    return Choice(first.user_id, (Reason.TURN,))


def _load(free: Sequence[Agent], _work: Work) -> Choice:
    first = min(free, key=lambda agent: (agent.open_tickets, agent.given, agent.user_id))
    return Choice(first.user_id, (Reason.LEAST,))


def _skill(free: Sequence[Agent], work: Work) -> Choice:
    able = [agent for agent in free if work.skill and work.skill in agent.skills]
    found = _load(able or free, work)
    why = Reason.SKILLED if able else Reason.SKILL_MISSING
    return Choice(found.user_id, (why, Reason.LEAST))


def _familiar(free: Sequence[Agent], work: Work) -> Choice:
    known = max(agent.served for agent in free)
    if not known:
        return Choice(_load(free, work).user_id, (Reason.NOBODY_FAMILIAR, Reason.LEAST))
    best = [agent for agent in free if agent.served == known]
    return Choice(_load(best, work).user_id, (Reason.FAMILIAR,))


POLICIES: dict[Policy, Callable[[Sequence[Agent], Work], Choice]] = {
    Policy.ROTATE: _rotate,
    Policy.LOAD: _load,
    Policy.SKILL: _skill,
    Policy.FAMILIAR: _familiar,
}


def rank(work: Work) -> tuple[float, float]:
    """Its place among those waiting, lowest first: priority and VIP, improved by waiting.

    Every AGING_HOURS of waiting count as one level, so nobody waits for ever.
    """
    level = work.priority - (VIP_LEVELS if work.vip else 0)
    return (level - work.hours / AGING_HOURS, -work.hours)


def in_order(waiting: Sequence[Work]) -> list[Work]:
    """Those waiting, in the order in which they are given out."""
    return sorted(waiting, key=rank)
