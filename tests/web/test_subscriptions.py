"""Hearing of new articles: by mail after a yes, by feed for everybody (K2, K11)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from kb_app.digests import send_digests
from kb_app.editing import ArticleInput, create_and_publish
from kb_app.ports import Ports
from models import (
    Category,
    CategoryAccess,
    Job,
    JobKind,
    Subscription,
    User,
    reading,
    unit_of_work,
    utcnow,
)
from tests.web.cases import viewer_named
from tests.website import PEOPLE, Website

ATOM = "{http://www.w3.org/2005/Atom}"
LINK = re.compile(r"/subscriptions/\S+")


def mails(ports: Ports) -> list[dict[str, str]]:
    """Every mail that was written, oldest first."""
    with reading(ports.database) as session:
        jobs = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL).order_by(Job.id))
        return [job.payload for job in jobs]


def later(site: Website, **passed: float) -> Ports:
    """The product when so much time has passed, at ten in the morning in Shanghai."""
    at = (utcnow() + timedelta(**passed)).replace(hour=2, minute=0)
    at = at + timedelta(days=1) if at < utcnow() + timedelta(**passed) else at
    return replace(site.ports, clock=lambda: at)


def publish(site: Website, title: str, access: str = "public") -> None:
    """A new article in 设备使用."""
    with reading(site.ports.database) as session:
        category_id = session.scalar(sa.select(Category.id).where(Category.slug == "use"))
    form = ArticleInput(title, "正文", "", category_id, (), access)
    create_and_publish(site.ports, viewer_named(site, "小编"), form)


def follow(site: Website, rhythm: str = "daily") -> None:
    """小艾 subscribes to 设备使用."""
    answer = site.browser("小艾").post("/categories/use/subscribe", {"rhythm": rhythm})
    assert answer.status_code == 303


def test_it_sends_a_digest_of_what_is_new(site: Website) -> None:
    """K2: titles and links of what this reader may read, once; nothing new, no mail."""
    follow(site)
    publish(site, "指纹识别变慢怎么办")
    publish(site, "内部检修步骤", "staff")
    tomorrow = later(site, days=1)
    assert send_digests(tomorrow) == 1
    [mail] = mails(site.ports)
    assert mail["to"] == PEOPLE["小艾"][0]
    assert "指纹识别变慢怎么办" in mail["body"]
    assert "内部检修步骤" not in mail["body"]
    assert send_digests(tomorrow) == 0
    assert send_digests(later(site, days=3)) == 0
    assert len(mails(site.ports)) == 1


def test_it_keeps_to_the_rhythm_and_to_the_day(site: Website) -> None:
    """K2: weekly is not daily, and nobody is woken at night."""
    follow(site, "weekly")
    publish(site, "指纹识别变慢怎么办")
    assert send_digests(later(site, days=2)) == 0
    night = later(site, days=8).clock().replace(hour=19)
    assert send_digests(replace(site.ports, clock=lambda: night)) == 0
    assert send_digests(later(site, days=9)) == 1


def test_it_stops_by_the_link_in_the_mail_without_a_login(site: Website) -> None:
    """K2 O3: looking at the link does nothing, the button does; a second press harms nobody."""
    follow(site)
    publish(site, "指纹识别变慢怎么办")
    send_digests(later(site, days=1))
    found = LINK.search(mails(site.ports)[0]["body"])
    assert found
    browser = site.browser()
    assert "退订" in browser.get(found[0]).text
    with reading(site.ports.database) as session:
        assert session.scalars(sa.select(Subscription.id)).all()
    assert browser.post(found[0]).status_code == 303
    with reading(site.ports.database) as session:
        assert session.scalars(sa.select(Subscription.id)).all() == []
    assert browser.post(found[0]).status_code == 410
    assert browser.get("/subscriptions/forged").status_code == 410


def test_it_asks_an_address_before_it_writes_to_it(site: Website) -> None:
    """O3: nobody is subscribed by somebody else; unanswered, nothing follows."""
    browser = site.browser()
    form = {"rhythm": "daily", "email": "Somebody@Example.com"}
    assert browser.post("/categories/use/subscribe", form).status_code == 303
    publish(site, "指纹识别变慢怎么办")
    assert send_digests(later(site, days=1)) == 0
    [asked] = mails(site.ports)
    found = LINK.search(asked["body"])
    assert found
    assert browser.post(found[0]).status_code == 303
    publish(site, "门把手松动怎么办")
    assert send_digests(later(site, days=2)) == 1
    assert "门把手松动怎么办" in mails(site.ports)[1]["body"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"rhythm": "hourly", "email": "a@b.cn"}, "选项"),
        ({"rhythm": "daily", "email": "x"}, "邮箱"),
    ],
)
def test_it_says_what_is_wrong_beside_the_form(
    site: Website, form: dict[str, str], said: str
) -> None:
    """K2: the category's page again, with what was typed."""
    page = site.browser().post("/categories/use/subscribe", form)
    assert page.status_code == 422
    assert said in page.text
    assert form["email"] in page.text


def test_it_tells_nothing_of_a_category_that_was_closed(site: Website) -> None:
    """K11: a customer who subscribed before hears no more; a closed account neither."""
    follow(site)
    publish(site, "指纹识别变慢怎么办")
    with unit_of_work(site.ports.database) as session:
        category_id = session.scalars(sa.select(Category.id).where(Category.slug == "use")).one()
        session.add(CategoryAccess(category_id=category_id, key="staff"))
    assert send_digests(later(site, days=1)) == 0
    with unit_of_work(site.ports.database) as session:
        session.execute(sa.delete(CategoryAccess))
        session.execute(sa.update(User).values(is_active=False))
    assert send_digests(later(site, days=3)) == 0


def test_it_cancels_on_the_page(site: Website) -> None:
    """K2: the page says that one is subscribed, and ends it."""
    follow(site)
    assert "已订阅（每天汇总）" in site.browser("小艾").get("/categories/use").text
    site.browser("小艾").post("/categories/use/unsubscribe")
    assert "已订阅" not in site.browser("小艾").get("/categories/use").text


@pytest.mark.parametrize("path", ["", "/categories/use", "/products/lock"])
def test_it_feeds_what_everybody_may_read(site: Website, path: str) -> None:
    """K2 K11: valid Atom, newest first; staff who ask get no more than anybody."""
    publish(site, "<b>&尖括号</b>")
    publish(site, "内部检修步骤", "staff")
    for name in ("", "阿博"):
        answer = site.browser(name).get(f"{path}/feed.atom")
        assert answer.mimetype == "application/atom+xml"
        root = ET.fromstring(answer.data)
        titles = [entry.findtext(f"{ATOM}title") for entry in root.iter(f"{ATOM}entry")]
        assert titles
        assert "内部检修步骤" not in titles
        assert "客服退款审批流程" not in titles
        updated = datetime.fromisoformat(root.findtext(f"{ATOM}updated") or "")
        assert updated.astimezone(UTC) <= utcnow()
    assert site.browser().get("/categories/none/feed.atom").status_code == 404
