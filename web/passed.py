"""Values that a host page put into the address, and on the way through our own forms."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from kb_app import passing
from kb_app.passing import PREFIX, Passed
from ticket_bridge.passing import LONGEST_TOKEN, MOST_FIELDS
from web.context import ports

LONGEST = 300


def passed() -> Passed:
    """What came along with this request, signed or not; never fails."""
    token, plain = handed_over(request.values)
    return passing.passed(ports(), token, plain)


def handed_over(values: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The token and the plain values among these, cut to what may be read."""
    token = values.get("passed", "")[: LONGEST_TOKEN + 1]
    names = [name for name in values if name.startswith(PREFIX)][:MOST_FIELDS]
    return token, {name: values[name][:LONGEST] for name in names}
