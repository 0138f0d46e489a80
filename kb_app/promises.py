"""How a ticket's time promises stand, for lists and pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kb_app.clocks import clock_of, due_of
from models import TicketClock
from ticket_bridge.sla import Colour, colour

FINAL = frozenset({Colour.MET, Colour.MISSED})


@dataclass(frozen=True)
class Promise:
    """Both promises: their colours, and when they are due as long as the clock runs."""

    response: Colour
    resolution: Colour
    response_due: datetime | None
    resolution_due: datetime | None
    response_minutes: int
    resolution_minutes: int
    stands: bool

    @property
    def next_colour(self) -> Colour:
        """The colour of the promise that is to be kept next."""
        return self.resolution if self.response in FINAL else self.response

    @property
    def next_due(self) -> datetime | None:
        """When the promise that is to be kept next is due."""
        return self.resolution_due if self.response in FINAL else self.response_due


def promise_of(row: TicketClock | None, now: datetime) -> Promise | None:
    """The promises of a ticket; None when it was promised nothing."""
    if row is None:
        return None
    clock, due = clock_of(row), due_of(row)
    solved_after = clock.spent if clock.resolved_at is not None else None
    return Promise(
        colour(clock.responded_after, row.response_minutes, (due.response_warn, due.response), now),
        colour(solved_after, row.resolution_minutes, (due.resolution_warn, due.resolution), now),
        due.response,
        due.resolution,
        row.response_minutes,
        row.resolution_minutes,
        clock.running_since is None and clock.resolved_at is None,
    )
