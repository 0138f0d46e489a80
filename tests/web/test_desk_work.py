"""The desk's pages: forms that lose nothing, keyboard-ready lists, strangers kept out (Q1 T4)."""

from __future__ import annotations

import io
import re

import sqlalchemy as sa

from models import FormFile, FormVersion, Question, QuestionForm, Ticket, reading, unit_of_work
from tests.factories_desk import FIELDS, make_desk
from tests.web.cases import build_case, second_ticket
from tests.website import Website
from ticket_bridge.fields import store

INVOICE = {"text": "我要开一张发票", "submission_key": "f", "urgency": "1"}


def ask_invoice(site: Website, node_id: int, **fields: object) -> tuple[int, str]:
    """小艾 sends the form; (status, page)."""
    answer = site.browser("小艾").post("/ask", {**INVOICE, "node_id": str(node_id), **fields})
    return answer.status_code, answer.text


def test_it_asks_for_the_fields_of_the_subject(site: Website) -> None:
    """Q1: the chosen subject's own form, without a script and as a fragment."""
    desk = make_desk(site.ports)
    assert "发票类型" not in site.browser().get("/ask").text
    for address in (f"/ask?node_id={desk.node_id}", f"/ask/fields?node_id={desk.node_id}"):
        page = site.browser().get(address).text
        assert 'name="field-f1"' in page
        assert "“发票类型”选“公司”时填写" in page


def test_it_names_every_wrong_field_and_loses_nothing(site: Website) -> None:
    """Q1: validation in Chinese, everything typed still there."""
    desk = make_desk(site.ports)
    wrong = {"field-f1": "公司", "field-f2": "abc", "field-f3": "很多"}
    status, page = ask_invoice(site, desk.node_id, **wrong)
    assert status == 422
    assert "“税号”的格式不对" in page
    assert "“金额”要填数字" in page
    assert 'value="abc"' in page
    assert "我要开一张发票</textarea>" in page
    assert re.search(r'value="公司" checked', page)
    with reading(site.ports.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Question)) == 0


def test_it_does_not_ask_for_what_is_not_shown(site: Website) -> None:
    """Q1: a conditional field is required only when its condition holds."""
    desk = make_desk(site.ports)
    assert ask_invoice(site, desk.node_id, **{"field-f1": "个人", "field-f2": "!"})[0] == 303
    with reading(site.ports.database) as session:
        form = session.scalars(sa.select(QuestionForm)).one()
        assert (form.answers, form.urgency) == ({"f1": "个人"}, 1)


def test_it_keeps_old_forms_readable(site: Website) -> None:
    """Q1 T9: a ticket shows its form by the version it was filled in with."""
    desk = make_desk(site.ports)
    ask_invoice(site, desk.node_id, **{"field-f1": "个人", "field-f3": "12.5"})
    with unit_of_work(site.ports.database) as session:
        renamed = store(FIELDS[2:3])
        renamed[0]["label"] = "改名的字段"
        session.add(FormVersion(node_id=desk.node_id, number=2, fields=renamed))
        public_id = session.scalars(sa.select(Question.public_id)).one()
    site.browser("小艾").post(f"/questions/{public_id}/unsolved")
    with reading(site.ports.database) as session:
        number = session.scalars(sa.select(Ticket.number)).one()
    page = site.browser("阿博").get(f"/desk/tickets/{number}").text
    assert "发票类型" in page
    assert "12.5" in page
    assert "改名的字段" not in page


def test_it_takes_a_file_and_gives_it_to_nobody_else(site: Website) -> None:
    """Q1: the asker and the desk may download it; a stranger does not learn that it exists."""
    desk = make_desk(site.ports)
    file = (io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"x" * 20), "付款.png")
    status, _page = ask_invoice(site, desk.node_id, **{"field-f1": "个人", "field-f4": file})
    assert status == 303
    with reading(site.ports.database) as session:
        file_id = session.scalars(sa.select(FormFile.id)).one()
    for name, expected in (("小艾", 200), ("阿博", 200), ("老陈", 404), ("", 404)):
        answer = site.browser(name).get(f"/form-files/{file_id}/付款.png")
        assert answer.status_code == expected, name
    assert (
        "attachment"
        in site.browser("小艾").get(f"/form-files/{file_id}/x").headers["Content-Disposition"]
    )


def builder_form(*rows: dict[str, str]) -> dict[str, object]:
    """What the builder sends."""
    form: dict[str, object] = {"order": [str(n) for n in range(len(rows))], "version": "1"}
    for n, row in enumerate(rows):
        form.update({f"{key}-{n}": value for key, value in row.items()})
    return form


def test_it_builds_a_form_by_hand(site: Website) -> None:
    """Q1 T9: fields, options, a pattern and a condition; preview stores nothing."""
    desk = make_desk(site.ports)
    lead, base = site.browser("组长"), f"/manage/catalogue/{desk.node_id}/form"
    rows = (
        {"key": "", "kind": "choice", "label": "颜色", "options": "黑\n白"},
        {"kind": "text", "label": "编号", "pattern": r"[A-Z]\d{3}", "when_label": "颜色"},
        {"kind": "text", "label": ""},
    )
    rows[1]["when_value"] = "黑"
    assert "颜色" in lead.post(f"{base}/preview", builder_form(*rows)).text
    with reading(site.ports.database) as session:
        assert session.scalar(sa.select(sa.func.max(FormVersion.number))) == 1
    assert lead.post(base, builder_form(*rows)).status_code == 303
    page = site.browser().get(f"/ask/fields?node_id={desk.node_id}").text
    assert "“颜色”选“黑”时填写" in page
    assert lead.post(base, builder_form(rows[0])).status_code == 409


def test_it_refuses_a_form_that_would_not_work_and_keeps_it(site: Website) -> None:
    """Q1: a pattern that cannot be run safely is refused, and what was typed stays."""
    desk = make_desk(site.ports)
    row = {"kind": "text", "label": "编号", "pattern": r"(a)\1"}
    answer = site.browser("组长").post(f"/manage/catalogue/{desk.node_id}/form", builder_form(row))
    assert answer.status_code == 422
    assert "格式规则写得不对" in answer.text
    assert r"(a)\1" in answer.text


def test_it_leads_from_a_merged_number_to_the_other(site: Website) -> None:
    """T1: an old link in a mail still arrives, for its customer only."""
    case = build_case(site)
    other = case.second
    browser = site.browser("阿博")
    assert browser.post(f"/desk/tickets/{other}/merge", {"into": case.number}).status_code == 303
    assert site.browser("小艾").get(f"/tickets/{other}").location.endswith(case.number)
    assert site.browser("老陈").get(f"/tickets/{other}").status_code == 404


def test_it_changes_many_by_form_and_offers_to_undo(site: Website) -> None:
    """T4: bulk works without a script; the next page offers to take it back."""
    case = build_case(site)
    browser = site.browser("阿博")
    form = {"numbers": [case.second], "do": "tag", "tag_value": "催办"}
    answer = browser.post("/desk/bulk", form)
    page = browser.get(answer.location).text
    assert "已更新 1 张工单" in page
    undo = re.search(r'action="(/desk/bulk/\d+/undo)"', page)
    assert undo is not None
    assert "催办" in browser.get("/desk?view=all&tag=催办").text
    browser.post(undo[1])
    assert "没有符合条件的工单" in browser.get("/desk?view=all&tag=催办").text
    assert browser.post("/desk/bulk", {"do": "tag", "tag_value": "x"}).status_code == 422


def test_it_bears_any_address_of_the_queue(site: Website) -> None:
    """T4: filters that cannot be find nothing and break nothing."""
    second_ticket(site)
    browser = site.browser("阿博")
    for query in (
        "view=saved-99999999999999",
        "view=saved-x",
        "status=nonsense",
        "agent=%00",
        "priority=99999999999999999999",
        "q=" + "长" * 500,
        "q=%22%27*()",
        "team=-1&colour=pink&page=99999",
        "watched=starred&group=a",
    ):
        assert browser.get(f"/desk?{query}").status_code == 200, query
