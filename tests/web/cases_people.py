"""Rows of the route table for reports and people, and what must exist for them."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from kb_app.ports import Ports
from models import (
    Invitation,
    OutsidePanel,
    PeopleImport,
    PeopleImportState,
    PersonMerge,
    Report,
    Role,
    Ticket,
    User,
    unit_of_work,
    utcnow,
)
from tests.factories import make_user
from tests.web.cases_site import SiteRow
from tests.website import PEOPLE

NUMBER = "P-1"
CUSTOMERS = 9_000
"""Where the customers of these rows begin, far from everybody's."""
FIELD = {"order": "1", "label-1": "门店", "kind-1": "text", "version": "0"}
DEFINITION = {"measures": "tickets", "dimension": "team", "days": "30"}


def make_people(ports: Ports) -> None:
    """A report of 组长, two sheets, customers to join and a pair that was, two invitations."""
    with unit_of_work(ports.database) as session:
        lead = session.scalars(sa.select(User.id).where(User.email == PEOPLE["组长"][0])).one()
        rules = {"measures": ["tickets"], "dimension": "team", "days": 30}
        session.add_all(
            Report(id=n, owner_id=lead, name="每周工单", rules=rules, shared=True) for n in (1, 2)
        )
        for place, name in enumerate(("甲", "甲", "乙", "丙")):
            make_user(session, name).id = CUSTOMERS + place
        session.flush()
        session.get_one(User, CUSTOMERS + 3).is_active = False
        session.add_all(
            OutsidePanel(id=n, name="CRM", url="https://crm.example.com/", secret="")
            for n in (1, 2)
        )
        session.add(Ticket(number=NUMBER, requester_key="v:x", subject="门锁", body="门锁"))
        nothing: dict[str, list[int]] = {
            name: [] for name in ("tickets", "questions", "chats", "votes", "subscriptions")
        }
        session.add(
            PersonMerge(
                id=1,
                kept_id=CUSTOMERS + 2,
                gone_id=CUSTOMERS + 3,
                moved={**nothing, "groups": []},
                actor_name="组长",
            )
        )
        rows = [["邮箱", "姓名"], ["new@example.com", "新人"]]
        session.add_all(
            PeopleImport(id=n, filename="客户.csv", state=state, rows=rows, mapping={"email": 0})
            for n, state in ((1, PeopleImportState.MAPPING), (2, PeopleImportState.CHECKED))
        )
        session.add_all(
            Invitation(
                id=n,
                email=f"invited{n}@example.com",
                name="小新",
                role=Role.AGENT,
                nonce=str(n),
                expires_at=utcnow() + timedelta(days=1),
            )
            for n in (1, 2)
        )


def _lead(endpoint: str, path: str, method: str = "GET", **form: str) -> SiteRow:
    return SiteRow(endpoint, path, "组长", "阿博", method, form)


def _report(endpoint: str, path: str, method: str = "GET", **form: str) -> SiteRow:
    return _lead(f"own_reports.{endpoint}", f"/insights/reports{path}", method, **form)


def _manage(endpoint: str, path: str, method: str = "GET", **form: str) -> SiteRow:
    return _lead(f"people.{endpoint}", f"/manage/people{path}", method, **form)


def _invite(endpoint: str, path: str, method: str = "GET", **form: str) -> SiteRow:
    path = f"/manage/invitations{path}"
    return SiteRow(f"invitations.{endpoint}", path, "站长", "组长", method, form)


def _panel(endpoint: str, path: str, method: str = "GET", **form: str) -> SiteRow:
    return SiteRow(f"panels.{endpoint}", f"/manage/panels{path}", "站长", "组长", method, form)


PEOPLE_ROWS = (
    _lead("reports.people", "/insights/tickets?by=team"),
    _lead("reports.people_file", "/insights/tickets/people.csv"),
    _lead("reports.ratings", "/insights/tickets/satisfaction?low=1"),
    _lead("reports.ratings_file", "/insights/tickets/satisfaction.xlsx"),
    _lead("reports.comments_file", "/insights/tickets/comments.csv"),
    _lead("reports.by_hour", "/insights/tickets/hours"),
    _lead("reports.by_hour_file", "/insights/tickets/hours.xlsx"),
    _lead("reports.unfinished", "/insights/tickets/backlog?by=agent"),
    _lead("reports.unfinished_file", "/insights/tickets/backlog.csv"),
    _report("index", ""),
    _report("new", "/new?measures=rating&dimension=day"),
    _report("add", "", "POST", name="新报表", **DEFINITION),
    _report("page", "/1"),
    _report("edit", "/1/edit"),
    _report("save", "/1/edit", "POST", name="改名", version="1", **DEFINITION),
    _report("file", "/1/table.csv"),
    _report("subscribe", "/1/readers", "POST", rhythm="weekly"),
    _report("unsubscribe", "/1/readers/remove", "POST"),
    _report("delete", "/2/delete", "POST"),
    SiteRow("people.index", "/desk/people?q=甲", "阿博", "小编"),
    SiteRow("people.person", f"/desk/people/{CUSTOMERS}", "阿博", "小编"),
    _manage("imports", "/import"),
    _manage("run", "/import/1"),
    _manage("columns", "/import/1/columns", "POST", column_email="0"),
    _manage("start", "/import/2/start", "POST"),
    _manage("doubles", "/merge"),
    _manage(
        "find",
        "/merge/find",
        "POST",
        kept_email=PEOPLE["小艾"][0],
        gone_email=PEOPLE["老陈"][0],
    ),
    _manage("preview", f"/merge/{CUSTOMERS}/{CUSTOMERS + 1}"),
    _manage("merge", f"/merge/{CUSTOMERS}/{CUSTOMERS + 1}", "POST"),
    _manage("undo", "/merges/1/undo", "POST"),
    SiteRow("notice_settings.edit", "/account/notices", "阿博", "小艾"),
    SiteRow(
        "notice_settings.save",
        "/account/notices",
        "阿博",
        "小艾",
        "POST",
        {"rhythm": "hourly", "assigned_mail": "1", "quiet_from": "22:00", "quiet_to": "08:00"},
    ),
    _lead("own_fields.customers", "/manage/fields/customers"),
    _lead("own_fields.save_customers", "/manage/fields/customers", "POST", **FIELD),
    SiteRow("own_fields.articles", "/manage/fields/articles"),
    SiteRow("own_fields.save_articles", "/manage/fields/articles", method="POST", form=FIELD),
    SiteRow("own_fields.customer", f"/desk/people/{CUSTOMERS}/fields", "阿博", "小编"),
    SiteRow("own_fields.save_customer", f"/desk/people/{CUSTOMERS}/fields", "阿博", "小编", "POST"),
    SiteRow("own_fields.article", "/manage/articles/1/fields"),
    SiteRow("own_fields.save_article", "/manage/articles/1/fields", method="POST"),
    _panel("index", ""),
    _panel("add", "", "POST", name="CRM", url="https://crm.example.com/card", is_active="1"),
    _panel("edit", "/1"),
    _panel("save", "/1", "POST", name="CRM", url="https://crm.example.com/x?a=1", version="1"),
    _panel("renew", "/1/secret", "POST"),
    _panel("delete", "/2/delete", "POST"),
    SiteRow("panels.framed", f"/desk/tickets/{NUMBER}/panels/1", "阿博", "小编"),
    _invite("index", ""),
    _invite("invite", "", "POST", email="colleague@example.com", name="小新", role="agent"),
    _invite("resend", "/1/resend", "POST"),
    _invite("revoke", "/2/revoke", "POST"),
)
# A file, or a link that was mailed; tested by name in test_people and test_reports.
PEOPLE_ELSEWHERE = frozenset(
    {
        "people.begin_import",
        "own_reports.stop",
        "own_reports.stop_page",
        "invitations.welcome",
        "invitations.accept",
    }
)
