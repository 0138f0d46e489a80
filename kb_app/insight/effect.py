"""What suggestions save, from two groups of askers: a difference of proportions. Pure.

The share that opened a ticket within seven days counts; leaving without a word is not
called solved. Below the minimum nothing is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass

from kb_app.insight.intervals import Z96, Difference, Share, difference, share

FEWEST_HELD = 100
FEWEST_SHOWN = 100


@dataclass(frozen=True)
class Group:
    """What became of the people of one group: ticket, else confirmed solved, else unknown."""

    people: int
    tickets: int
    solved: int

    @property
    def ticket_share(self) -> Share:
        """Who needed a person."""
        return share(self.tickets, self.people, Z96)

    @property
    def solved_share(self) -> Share:
        """Who said so, and opened no ticket."""
        return share(self.solved, self.people)

    @property
    def abandoned(self) -> int:
        """Who neither said so nor opened a ticket."""
        return self.people - self.tickets - self.solved


@dataclass(frozen=True)
class Effect:
    """Tickets avoided: `saved` of every asker (absolute), `deflected` of those who would open one.

    `enough` tells whether there is enough data to show any of it.
    """

    held: Group
    shown: Group
    enough: bool
    saved: Difference
    deflected: float


def effect(held: Group, shown: Group) -> Effect:
    """Compare who saw nothing with who saw suggestions."""
    saved = difference(held.ticket_share, shown.ticket_share)
    base = held.ticket_share.value
    enough = held.people >= FEWEST_HELD and shown.people >= FEWEST_SHOWN
    return Effect(held, shown, enough, saved, saved.value / base if base else 0.0)
