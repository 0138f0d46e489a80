"""One HTTP call to the system that an administrator named, its failure in the bridge's words.

Machines of the own network are allowed, also without TLS; everything else as in webhook_call.
"""

from __future__ import annotations

import json
from typing import Any

from ticket_bridge.handover import DeskFault, FaultCode
from ticket_bridge.webhook_call import Answer, Call, CallCode, CallFault, Limits, call, networks

TOTAL_SECONDS = 30.0
MOST_BYTES = 40 * 1024 * 1024
OWN = "127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, ::1/128, fc00::/7"
LIMITS = Limits(networks(OWN), total_seconds=TOTAL_SECONDS, most_bytes=MOST_BYTES)
SERVER_FAULT = 500
REDIRECT = range(300, 400)
_STATUS = {
    401: FaultCode.LOGIN,
    403: FaultCode.RIGHTS,
    404: FaultCode.QUEUE,
    408: FaultCode.TIMEOUT,
    409: FaultCode.BUSY,
    425: FaultCode.BUSY,
    429: FaultCode.BUSY,
}
_CODES = {
    CallCode.ADDRESS: FaultCode.HOST,
    CallCode.HOST: FaultCode.HOST,
    CallCode.PLAIN: FaultCode.PLAIN,
    CallCode.PRIVATE: FaultCode.PLAIN,
    CallCode.REFUSED: FaultCode.REFUSED,
    CallCode.TIMEOUT: FaultCode.TIMEOUT,
    CallCode.TLS: FaultCode.TLS,
}


def ask(what: Call) -> bytes:
    """The answer's bytes; DeskFault for everything but success."""
    try:
        answer = call(what, LIMITS)
    except CallFault as fault:
        raise DeskFault(_CODES.get(fault.code, FaultCode.PROTOCOL), fault.detail) from fault
    if not answer.ok:
        raise _refused(answer)
    if len(answer.body) >= MOST_BYTES:
        # Not for now but for ever: a torn line is another fault, and is asked again.
        raise DeskFault(FaultCode.INVALID, "the answer is too long")
    return answer.body


def ask_json(what: Call) -> Any:
    """The answer as JSON."""
    found = ask(what)
    try:
        return json.loads(found) if found.strip() else None
    except ValueError as error:
        raise DeskFault(FaultCode.PROTOCOL, "not JSON") from error


def _refused(answer: Answer) -> DeskFault:
    detail = f"{answer.status} {answer.body[:600].decode('utf-8', 'replace')}"
    if answer.status in REDIRECT:
        return DeskFault(FaultCode.HOST, detail)
    if answer.status in _STATUS:
        return DeskFault(_STATUS[answer.status], detail)
    busy = answer.status >= SERVER_FAULT
    return DeskFault(FaultCode.BUSY if busy else FaultCode.INVALID, detail)
