"""What other systems send in: calls with a key, events of handed-over tickets with a signature."""

from __future__ import annotations

from flask import Blueprint, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from kb_app.bridging import handing
from kb_app.calls.reporting import report
from kb_app.errors import IllegalMove, InvalidInput, NotAllowed
from kb_app.permissions import Permission
from web.auth import guard
from web.bridge_forms import call_report
from web.bridge_messages import EXTERNAL_ERRORS
from web.context import ports

blueprint = Blueprint("intake", __name__, url_prefix="/api/v1")
BEARER = "bearer "


@blueprint.post("/calls")
@guard(Permission.READ)
def call() -> ResponseReturnValue:
    """A call, as often as it changes: `id`, `number`, `direction`, `state`, `duration`, `agent`,
    `recording_url`, `ticket`, `began_at`; the key as a bearer token. 201 when it is new."""
    sent = request.headers.get("Authorization", "")
    secret = sent[len(BEARER) :] if sent.lower().startswith(BEARER) else ""
    try:
        found = report(ports(), secret, call_report(request.get_json(silent=True)))
    except NotAllowed:
        return _refused(401, "a key for calls is needed: Authorization: Bearer …")
    except InvalidInput as error:
        return _wrong(error)
    answer = jsonify(
        id=found.call_id,
        url=url_for("handing.call", call_id=found.call_id, _external=True),
        customer=found.customer or None,
        ticket=found.ticket_number or None,
    )
    return answer, 201 if found.is_new else 200


@blueprint.post("/bridges/<id:bridge_id>/events")
@guard(Permission.READ)
def event(bridge_id: int) -> ResponseReturnValue:
    """An answer or a status of a handed-over ticket, signed as webhooks are."""
    try:
        outcome = handing.posted(ports(), bridge_id, request.get_data(), dict(request.headers))
    except NotAllowed:
        return _refused(401, "the signature is missing, wrong or too old")
    except IllegalMove:
        return _refused(409, "a case is being opened there just now: send this again")
    except InvalidInput as error:
        return _wrong(error)
    return jsonify(outcome=outcome.value)


def _wrong(error: InvalidInput) -> ResponseReturnValue:
    return _refused(422, EXTERNAL_ERRORS.get(error.field, f"{error.field}: {error.code}"))


def _refused(status: int, message: str) -> ResponseReturnValue:
    return jsonify(error={"status": status, "message": message}), status
