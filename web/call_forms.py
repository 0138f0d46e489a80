"""From what a browser sent about calls back to kb_app's dataclasses; raises InvalidInput alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from kb_app.calling.booking import CallForm
from kb_app.calling.desk import Outcome
from kb_app.errors import InvalidInput
from models import CallResult
from ticket_bridge.chat.slots import LENGTH
from web.forms import Form, key, line, needed_number, one_of, text

LONGEST = 32


@dataclass(frozen=True)
class SlotDay:
    """The slots of one day: (value, from, to)."""

    day: datetime
    weekday: int
    slots: tuple[tuple[str, str, str], ...]


def slot(form: Form) -> datetime | None:
    """When a slot begins; None when none was chosen."""
    value = line(form, "slot")[:LONGEST]
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise InvalidInput("slot", "taken") from error
    if found.tzinfo is None:
        raise InvalidInput("slot", "taken")
    return found.astimezone(UTC)


def booking(form: Form) -> CallForm:
    """A request for a call."""
    return CallForm(
        name=line(form, "name"),
        phone=line(form, "phone"),
        topic=text(form, "topic"),
        slot=slot(form),
        opening_key=key(form, "opening_key"),
        chat=line(form, "chat")[:LONGEST],
    )


def outcome(form: Form) -> Outcome:
    """What came of a call."""
    return Outcome(
        result=one_of(form, "result", CallResult),
        note=text(form, "note"),
        slot=slot(form),
        solved="solved" in form,
        version=needed_number(form, "version"),
    )


def days_of(slots: Sequence[datetime], timezone: str) -> tuple[SlotDay, ...]:
    """Slots by day, as a list to choose from shows them."""
    zone = ZoneInfo(timezone)
    here = [each.astimezone(zone) for each in slots]
    return tuple(
        SlotDay(
            found[0],
            found[0].weekday(),
            tuple(
                (each.astimezone(UTC).isoformat(), f"{each:%H:%M}", f"{each + LENGTH:%H:%M}")
                for each in found
            ),
        )
        for _, group in groupby(here, key=lambda each: each.date())
        if (found := list(group))
    )
