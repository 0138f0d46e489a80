"""From what a browser or another system sent about bridges and calls to kb_app's dataclasses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kb_app.bridging.doors import OURS
from kb_app.bridging.inputs import BridgeInput
from kb_app.calls.desk import CallTicket
from kb_app.calls.reporting import CallReport
from kb_app.errors import InvalidInput
from models import BridgeScope
from ticket_bridge.handover import DeskKind
from web.forms import Form, line, number, one_of, text

LONGEST = 500
QUEUE = "queue_"


def bridge_input(form: Form) -> BridgeInput:
    """A bridge; the secret is taken as typed."""
    return BridgeInput(
        name=line(form, "name"),
        kind=one_of(form, "kind", DeskKind),
        url=line(form, "url"),
        username=line(form, "username"),
        secret=form.get("secret", "").strip()[:LONGEST],
        queue=line(form, "queue"),
        scope=one_of(form, "scope", BridgeScope),
        node_ids=_ids(form, "node_ids"),
        team_ids=_ids(form, "team_ids"),
        states={ours: line(form, f"state_{ours}") for ours in OURS},
        queues={
            key.removeprefix(QUEUE): line(form, key)
            for key in form
            if key.startswith(QUEUE) and key.removeprefix(QUEUE).isdigit()
        },
        version=number(form, "version") or 0,
        moved=line(form, "moved"),
    )


def _ids(form: Form, name: str) -> tuple[int, ...]:
    found = form.getlist(name)
    return tuple(int(one) for one in found if one.isascii() and one.isdigit() and len(one) < 10)  # noqa: PLR2004  what a database holds


def call_ticket(form: Form) -> CallTicket:
    """A ticket written down on the telephone."""
    return CallTicket(text(form, "text"), line(form, "name"), line(form, "email"))


def call_report(sent: Any) -> CallReport:
    """What a telephone system sent as JSON."""
    if not isinstance(sent, dict):
        raise InvalidInput("body", "invalid")
    seconds = sent.get("duration")
    if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int)):
        raise InvalidInput("duration", "range")
    return CallReport(
        _word(sent, "id"),
        _word(sent, "number"),
        _word(sent, "direction") or "in",
        _word(sent, "state") or "ended",
        seconds,
        _word(sent, "agent"),
        _word(sent, "recording_url"),
        _word(sent, "ticket"),
        _moment(sent),
    )


def _word(sent: dict[str, Any], name: str) -> str:
    found = sent.get(name)
    return "" if found is None else str(found).strip()[: LONGEST + 1]


def _moment(sent: dict[str, Any]) -> datetime | None:
    told = _word(sent, "began_at")
    if not told:
        return None
    try:
        found = datetime.fromisoformat(told)
    except ValueError as error:
        raise InvalidInput("began_at", "invalid") from error
    if found.tzinfo is None:
        raise InvalidInput("began_at", "invalid")
    return found
