"""Bridges, keys and calls on the site of cases.py, and who may do what with them."""

from __future__ import annotations

import sqlalchemy as sa

from kb_app.ports import Ports
from models import AccessToken, Bridge, Handover, HandoverState, PhoneCall, Ticket, unit_of_work
from tests.web.cases_site import SiteRow

FIRST = "WD-1001"
HOOK = {
    "name": "总部",
    "kind": "webhook",
    "url": "http://127.0.0.1:9/hook",
    "scope": "asked",
    "version": "1",
}


def make_bridges(ports: Ports) -> None:
    """Two bridges, a ticket that did not get there, a key, a call."""
    with unit_of_work(ports.database) as session:
        session.add_all(
            [
                Bridge(id=1, name="总部", kind="webhook", url="http://127.0.0.1:9/hook"),
                Bridge(id=2, name="外包", kind="mail", username="team@other.example"),
                AccessToken(id=1, name="呼叫中心", scope="calls", token_hash="0" * 64),
                PhoneCall(
                    id=1, call_key="a", number="13800138000", direction="in", state="ringing"
                ),
                PhoneCall(id=2, call_key="b", number="13800138001", direction="in", state="ended"),
            ]
        )
        session.flush()
        ticket_id = session.scalars(sa.select(Ticket.id).filter_by(number=FIRST)).one()
        failed = {"state": HandoverState.FAILED, "reason": "queue: nothing there"}
        session.add(Handover(id=1, ticket_id=ticket_id, bridge_id=1, **failed))


def _bridge(endpoint: str, path: str, method: str = "GET", **form: str) -> SiteRow:
    return SiteRow(f"bridges.{endpoint}", f"/manage/bridges{path}", "站长", "组长", method, form)


def _desk(endpoint: str, path: str, method: str = "GET", **form: str) -> SiteRow:
    return SiteRow(f"handing.{endpoint}", f"/desk{path}", "阿博", "小编", method, form)


BRIDGE_ROWS = (
    _bridge("index", ""),
    _bridge("new", "/new"),
    _bridge("add", "", "POST", **HOOK),
    _bridge("edit", "/1"),
    _bridge("save", "/1", "POST", **HOOK),
    _bridge("pause", "/1/pause", "POST"),
    _bridge("delete", "/2/delete", "POST"),
    _bridge("add_token", "/tokens", "POST", token_name="电话"),
    _bridge("revoke_token", "/tokens/1/revoke", "POST"),
    _desk("hand", f"/tickets/{FIRST}/handover", "POST", bridge_id="2"),
    _desk("retry", f"/tickets/{FIRST}/handover/1/again", "POST"),
    _desk("index", "/phone"),
    _desk("live", "/phone/live"),
    _desk("call", "/phone/1"),
    _desk("link", "/phone/1/link", "POST", into=FIRST),
    _desk("make_ticket", "/phone/2/ticket", "POST", text="门铃不响"),
)
# Keys and signatures open these; see test_intake.
BRIDGE_ELSEWHERE = frozenset({"intake.call", "intake.event"})
