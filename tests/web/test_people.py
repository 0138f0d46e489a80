"""Reports and people in the browser: files, links that were mailed, frames (T7 T9 T10 X9)."""

from __future__ import annotations

import io
import zipfile

from kb_app import outside_panels
from kb_app.outside_panels import PanelInput
from kb_app.people import inviting
from kb_app.people.inviting import InviteInput
from kb_app.reports import mailing, own
from kb_app.reports.catalogue import Measure
from kb_app.reports.own import Definition, ReportInput
from models import unit_of_work, utcnow
from tests.kb_app.people.test_inviting import _token
from tests.kb_app.reports.tickets import handled
from tests.web.cases import ask, solved_ticket, viewer_named
from tests.website import Website, person


def test_it_says_what_a_report_needs_before_there_is_anything(site: Website) -> None:
    """T10: empty pages say so; odd addresses are no error."""
    browser = site.browser("组长")
    for path in ("", "/satisfaction", "/hours", "/backlog"):
        for query in ("", "?days=x&team=9&node=-1&by=nothing", "?from=2026-99-99&to=%00"):
            page = browser.get(f"/insights/tickets{path}{query}")
            assert page.status_code == 200
            assert 'class="empty"' in page.text
    assert browser.get("/insights/tickets/people.exe").status_code == 404


def test_it_carries_its_table_as_chart_csv_and_excel(site: Website) -> None:
    """T10: every chart stands over a table with the same numbers, both files open safely."""
    with unit_of_work(site.ports.database) as session:
        agent = person(site.ports, "阿博").id
        handled(session, agent, 10, 60, created_at=utcnow(), rating=5)
    browser = site.browser("组长")
    page = browser.get("/insights/tickets").text
    assert "data-chart=" in page
    assert "样本少" in page
    assert "style=" not in page
    assert "阿博" in browser.get("/insights/tickets/people.csv").text
    book = browser.get("/insights/tickets/people.xlsx").data
    with zipfile.ZipFile(io.BytesIO(book)) as package:
        sheet = package.read("xl/worksheets/sheet1.xml").decode()
    assert "阿博" in sheet
    assert "<f>" not in sheet


def test_it_keeps_a_report_form_that_was_refused(site: Website) -> None:
    """T10: nothing typed is lost."""
    sent = site.browser("组长").post(
        "/insights/reports", {"name": "没选指标的报表", "dimension": "agent"}
    )
    assert sent.status_code == 422
    assert "没选指标的报表" in sent.text
    assert "请至少选一个指标" in sent.text


def test_it_stops_a_report_by_its_link(site: Website) -> None:
    """T10: opening the link changes nothing, sending the form does."""
    lead = viewer_named(site, "组长")
    form = ReportInput("每周", Definition((Measure.TICKETS,)), shared=False)
    report_id = own.save(site.ports, lead, None, form)
    mailing.subscribe(site.ports, lead, report_id, None, "weekly")
    path = f"/reports/stop/{mailing.token_of(site.ports, report_id, lead.user_id or 0)}"
    browser = site.browser()
    for _ in range(2):
        assert "每周" in browser.get(path).text
    assert browser.post(path).status_code == 303
    assert browser.get(path).status_code == 410


def test_it_brings_customers_in_from_a_sheet(site: Website) -> None:
    """X9: upload, look, confirm; the page names the rows that will not be used."""
    browser = site.browser("组长")
    sheet = "邮箱,姓名\na@example.com,甲客户\nxx,乙\n".encode()
    sent = browser.post("/manage/people/import", {"file": (io.BytesIO(sheet), "客户.csv")})
    assert sent.status_code == 303
    assert "哪一列是什么" in browser.get(sent.location).text
    browser.post(f"{sent.location}/columns", {"column_email": "0", "column_name": "1"})
    assert "邮箱格式不对" in browser.get(sent.location).text
    browser.post(f"{sent.location}/start")
    assert "甲客户" in browser.get("/desk/people?q=甲客户").text
    assert browser.post("/manage/people/import", {}).status_code == 422


def test_it_lets_an_invited_colleague_in(site: Website) -> None:
    """X9: a password too short is told beside its field; then they are in, at the desk."""
    admin = viewer_named(site, "站长")
    inviting.invite(site.ports, admin, InviteInput("new@example.com", "小新", "agent", None))
    path = f"/invited/{_token(site.ports)}"
    browser = site.browser()
    assert "小新" in browser.get(path).text
    short = browser.post(path, {"name": "小新", "password": "short"})
    assert short.status_code == 422
    assert "密码至少需要 8 个字符" in short.text
    sent = browser.post(path, {"name": "小新", "password": "long enough 1"})
    assert sent.location == "/desk"
    assert browser.get("/desk").status_code == 200
    assert site.browser().get(path).status_code == 410


def test_it_frames_a_panel_apart_from_every_page(site: Website) -> None:
    """T9 O3: the ticket's own policy stays; the frame may show its one origin, sandboxed."""
    admin = viewer_named(site, "站长")
    form = PanelInput("CRM", "https://crm.example.com/", 300, is_active=True)
    panel_id = outside_panels.save(site.ports, admin, None, form)
    number = solved_ticket(site, ask(site, "小艾", "门锁装反了能不能换个方向", "panel"))
    browser = site.browser("阿博")
    ticket = browser.get(f"/desk/tickets/{number}")
    assert "crm.example.com" not in ticket.headers["Content-Security-Policy"]
    assert f"/desk/tickets/{number}/panels/{panel_id}" in ticket.text
    assert "/desk/people/" in ticket.text
    frame = browser.get(f"/desk/tickets/{number}/panels/{panel_id}")
    assert "frame-src https://crm.example.com;" in frame.headers["Content-Security-Policy"]
    assert 'sandbox="' in frame.text
    assert "xiaoai" not in frame.text


def test_it_shows_my_notice_settings_again_when_refused(site: Website) -> None:
    """T7: which hour is wrong, and everything else as it was chosen."""
    sent = site.browser("阿博").post(
        "/account/notices", {"rhythm": "daily", "quiet_from": "29:00", "assigned_mail": "1"}
    )
    assert sent.status_code == 422
    assert "22:00 的样子" in sent.text
    assert 'value="daily" checked' in sent.text
