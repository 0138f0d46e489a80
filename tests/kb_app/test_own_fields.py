"""The site's own fields, and pages of other systems beside a ticket (T9)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from kb_app import outside_panels, own_fields
from kb_app.errors import EditConflict, FormRefused, InvalidInput, NotAllowed, NotFound
from kb_app.outside_panels import PanelInput
from kb_app.own_fields import About
from kb_app.ports import Ports
from models import Role, Viewer, reading, unit_of_work
from tests.conftest import People
from tests.factories import make_article, make_user
from tests.factories_tickets import make_ticket
from ticket_bridge.fields import Field, Kind

SHOP = Field("f1", Kind.TEXT, "门店", required=True)
SIZE = Field("f2", Kind.CHOICE, "规模", options=("大", "小"))


@pytest.fixture
def boss(ports: Ports) -> Viewer:
    """站长, who may do all of it."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "站长", Role.ADMIN).as_viewer()


def test_it_keeps_what_is_filled_in(ports: Ports, people: People, boss: Viewer) -> None:
    """T9: checked like a form; a field taken out and put back still has its answer."""
    customer = people.xiaoai.user_id or 0
    own_fields.save_fields(ports, boss, About.CUSTOMER, (SHOP, SIZE), 0)
    with pytest.raises(FormRefused):
        own_fields.save_facts(ports, people.abo, About.CUSTOMER, (customer, 0), {"f2": ["中"]})
    given = {"f1": ["上海一店"], "f2": ["大"]}
    own_fields.save_facts(ports, people.abo, About.CUSTOMER, (customer, 0), given)
    with pytest.raises(EditConflict):
        own_fields.save_facts(ports, people.abo, About.CUSTOMER, (customer, 0), given)
    own_fields.save_fields(ports, boss, About.CUSTOMER, (SHOP,), 1)
    page = own_fields.facts(ports, people.abo, About.CUSTOMER, customer)
    assert [(one.label, one.value) for one in page.shown] == [("门店", "上海一店")]
    own_fields.save_facts(ports, people.abo, About.CUSTOMER, (customer, 1), {"f1": ["二店"]})
    own_fields.save_fields(ports, boss, About.CUSTOMER, (SHOP, SIZE), 2)
    with reading(ports.database) as session:
        assert [one.value for one in own_fields.own_facts(session, customer)] == ["二店", "大"]


def test_it_is_for_those_whose_work_it_is(ports: Ports, people: People, boss: Viewer) -> None:
    with unit_of_work(ports.database) as session:
        article = make_article(session, "甲").id
    own_fields.save_fields(ports, people.linzhixia, About.ARTICLE, (SHOP,), 0)
    own_fields.save_facts(ports, people.linzhixia, About.ARTICLE, (article, 0), {"f1": ["v2"]})
    for about, viewer in ((About.CUSTOMER, people.linzhixia), (About.ARTICLE, people.abo)):
        with pytest.raises(NotAllowed):
            own_fields.facts(ports, viewer, about, article)
    with pytest.raises(NotFound):
        own_fields.facts(ports, people.abo, About.CUSTOMER, boss.user_id or 0)
    with pytest.raises(InvalidInput, match="no_files"):
        own_fields.save_fields(ports, boss, About.CUSTOMER, (Field("f1", Kind.FILE, "照片"),), 0)


def test_it_tells_a_panel_little_and_signed(ports: Ports, people: People, boss: Viewer) -> None:
    """T9 O3: the other side can tell that it comes from here, and for how long it is good."""
    form = PanelInput("CRM", "https://crm.example.com/card?x=1", 300, is_active=True)
    panel_id = outside_panels.save(ports, boss, None, form)
    with unit_of_work(ports.database) as session:
        number = make_ticket(session).number
    [row] = outside_panels.panels(ports, boss)
    framed = outside_panels.framed(ports, people.abo, number, panel_id)
    assert framed.origin == "https://crm.example.com"
    body, mark = parse_qs(urlsplit(framed.src).query)["wenda"][0].split(".")
    assert mark == hmac.new(row.secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    told = json.loads(base64.urlsafe_b64decode(body))
    assert set(told) == {"ticket", "customer_id", "customer_email", "agent_email", "until"}
    assert 200 < told["until"] - ports.clock().timestamp() <= 300
    outside_panels.renew(ports, boss, panel_id)
    assert outside_panels.panels(ports, boss)[0].secret != row.secret


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example.com/",
        "javascript:alert(1)",
        "https://user@crm.example.com/",
        "https://crm.example.com/; script-src *",
        "https://crm.example.com/#x",
        "https://localhost/",
        "https://[::1/",
        "",
    ],
)
def test_it_frames_nothing_but_https_elsewhere(ports: Ports, boss: Viewer, url: str) -> None:
    with pytest.raises(InvalidInput, match="url"):
        outside_panels.save(ports, boss, None, PanelInput("x", url, 300, is_active=True))
