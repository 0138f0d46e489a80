"""Values that a host page put into the address, and on the way through our own forms."""

from __future__ import annotations

from flask import request

from kb_app import passing
from kb_app.passing import PREFIX, Passed
from ticket_bridge.passing import LONGEST_TOKEN
from web.context import ports

LONGEST = 300


def passed() -> Passed:
    """What came along with this request, signed or not; never fails."""
    token = request.values.get("passed", "")[: LONGEST_TOKEN + 1]
    names = [name for name in request.values if name.startswith(PREFIX)]
    plain = {name: request.values[name][:LONGEST] for name in names}
    return passing.passed(ports(), token, plain)
