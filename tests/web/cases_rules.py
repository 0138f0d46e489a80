"""Rows of the route table for rules and webhooks, and what must exist for them."""

from __future__ import annotations

from kb_app.ports import Ports
from kb_app.rules.stored import plain
from kb_app.sealing import seal
from kb_app.webhooks.sending import PURPOSE
from models import (
    DeliveryState,
    RuleKind,
    TicketRule,
    TicketRuleVersion,
    TicketSchedule,
    TicketTemplate,
    Webhook,
    WebhookDelivery,
    unit_of_work,
)
from tests.web.cases_site import SiteRow
from ticket_bridge.triggers import Action, Condition, Deed, Op, Rule
from ticket_bridge.webhook_signing import new_secret

INVOICE = Rule(
    ("created",),
    (Condition("subject", Op.HAS, ("发票",)),),
    (Action(Deed.ADD_TAGS, "发票"), Action(Deed.URGENCY, "1")),
)
HOOK = {
    "name": "中转",
    "url": "https://hook.example/in",
    "events": "ticket.created",
    "version": "1",
}
RULE = {
    "name": "发票",
    "kind": "trigger",
    "events": "created",
    "c0_field": "subject",
    "c0_op": "has",
    "c0_text": "发票",
    "a0_deed": "add_tags",
    "a0_text": "发票",
    "version": "1",
}


def make_rules(ports: Ports) -> None:
    """A rule with a version, a webhook nobody listens at, a telling that failed, a schedule."""
    with unit_of_work(ports.database) as session:
        body = {"subject": "巡检", "body": "请巡检", "name": "物业", "channel": "phone"}
        session.add_all(TicketTemplate(id=each, name=f"模板{each}", body=body) for each in (1, 2))
        session.flush()
        rhythm = {"every": "day", "at": "09:00", "weekdays": [], "day": 1, "cron": ""}
        session.add(TicketSchedule(id=1, name="巡检", template_id=1, rhythm=rhythm))
        secret = seal(ports.config.secret_key, PURPOSE, new_secret())
        hook = Webhook(id=1, name="中转", url="http://127.0.0.1:9/", secret=secret, events=[])
        hook.is_active = False
        body = plain(INVOICE)
        rule = TicketRule(id=1, name="发票", kind=RuleKind.TRIGGER, body=body, is_active=False)
        session.add_all([hook, rule])
        session.flush()
        session.add(
            TicketRuleVersion(rule_id=1, number=1, name="发票", kind=RuleKind.TRIGGER, body=body)
        )
        session.add(
            WebhookDelivery(
                id=1,
                webhook_id=1,
                key="k1",
                event="ticket.created",
                payload={},
                state=DeliveryState.FAILED,
            )
        )


def _hook(endpoint: str, path: str, method: str = "GET", **form: str) -> SiteRow:
    return SiteRow(f"webhooks.{endpoint}", f"/manage/webhooks{path}", "站长", "组长", method, form)


def _rule(endpoint: str, path: str, method: str = "GET", **form: str) -> SiteRow:
    return SiteRow(f"rules.{endpoint}", f"/manage/rules{path}", "组长", "阿博", method, form)


TICKET = {"subject": "门锁卡住", "body": "推不开", "name": "王女士", "channel": "phone"}
TEMPLATE = {**TICKET, "template_name": "来电", "version": "1"}
SCHEDULE = {"name": "巡检", "template_id": "1", "every": "day", "at": "09:00", "day": "1"}


def _plan(endpoint: str, path: str, method: str = "GET", **form: str) -> SiteRow:
    return SiteRow(f"ticket_plans.{endpoint}", f"/manage{path}", "组长", "阿博", method, form)


# A public question is made in test_following; following it is whoever has an account.
RULE_ELSEWHERE = frozenset({"following.follow"})
DAYS = {f"{kind}_days": "200" for kind in ("bridges", "calls", "rules", "webhooks", "notices")}
RULE_ROWS = (
    SiteRow("keeping.edit", "/manage/retention", "站长", "组长"),
    SiteRow("keeping.save", "/manage/retention", "站长", "组长", "POST", {**DAYS, "version": "1"}),
    SiteRow("rules.runs", "/manage/rules/tickets/WD-1001", "阿博", "小编"),
    SiteRow("passing.settings", "/manage/embed/passing", "站长", "组长"),
    SiteRow("passing.renew", "/manage/embed/passing", "站长", "组长", "POST"),
    SiteRow("ticket_plans.new", "/desk/new?template_id=1", "阿博", "小编"),
    SiteRow("ticket_plans.begin", "/desk/new", "阿博", "小编", "POST", TICKET),
    _plan("templates", "/templates"),
    _plan("new_template", "/templates/new"),
    _plan("add_template", "/templates", "POST", **{**TEMPLATE, "template_name": "另一个"}),
    _plan("edit_template", "/templates/1"),
    _plan("save_template", "/templates/1", "POST", **TEMPLATE),
    _plan("delete_template", "/templates/2/delete", "POST"),
    _plan("schedules", "/schedules"),
    _plan("save_schedule", "/schedules", "POST", **SCHEDULE),
    _plan("switch_schedule", "/schedules/1/switch", "POST"),
    _plan("delete_schedule", "/schedules/1/delete", "POST"),
    _hook("index", ""),
    _hook("new", "/new"),
    _hook("add", "", "POST", **HOOK),
    _hook("edit", "/1"),
    _hook("save", "/1", "POST", **HOOK),
    _hook("trial", "/1/try", "POST"),
    _hook("renew", "/1/secret", "POST"),
    _hook("switch", "/1/switch", "POST"),
    _hook("resend", "/1/deliveries/1", "POST"),
    _hook("delete", "/1/delete", "POST"),
    _rule("index", ""),
    _rule("new", "/new"),
    _rule("add", "", "POST", **RULE),
    _rule("edit", "/1"),
    _rule("save", "/1", "POST", **RULE),
    _rule("switch", "/1/switch", "POST"),
    _rule("move", "/1/move", "POST", way="up"),
    _rule("restore", "/1/restore", "POST", number="1"),
    _rule("delete", "/1/delete", "POST"),
)
