"""An address counts as an account's once its holder has answered a mail to it (K2 O3)."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from kb_app.mail.writers import account
from models import Job, JobKind, Subscription, reading
from tests.website import PASSWORD, Browser, Website

ADDRESS = "stranger@example.com"
LINK = re.compile(r"/confirm-email/[^\s\"]+")
PAGE = "/account"


def mails(site: Website) -> list[dict[str, str]]:
    """Every mail that was written."""
    with reading(site.ports.database) as session:
        jobs = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL).order_by(Job.id))
        return [job.payload for job in jobs]


@pytest.fixture
def browser(site: Website) -> Browser:
    """Somebody who registered with an address that may not be theirs."""
    browser = site.browser()
    form = {"name": "新人", "email": ADDRESS, "password": PASSWORD}
    assert browser.post("/register", form).status_code == 303
    return browser


def link(site: Website) -> str:
    """The link in the last mail."""
    found = LINK.search(mails(site)[-1]["body"])
    assert found is not None
    return found.group()


def test_it_asks_and_believes_the_answer_once_it_comes(site: Website, browser: Browser) -> None:
    """O3: registering stays light; the page says what is missing and how to mend it."""
    assert mails(site)[-1]["to"] == ADDRESS
    assert "还没确认" in browser.get(PAGE).text
    assert browser.post("/account/confirm-email").status_code == 303
    assert len(mails(site)) == 2
    address = link(site)
    assert ADDRESS in browser.get(address).text
    assert "还没确认" in browser.get(PAGE).text  # a mail program that opens links confirms nothing
    assert browser.post(address).status_code == 303
    assert "还没确认" not in browser.get(PAGE).text
    assert browser.post(address).status_code == 303
    assert browser.get(address[:-3] + "xyz").status_code == 410
    browser.post("/account/confirm-email")
    assert len(mails(site)) == 2


def test_it_lets_nobody_say_yes_to_a_strangers_account(site: Website, browser: Browser) -> None:
    """O3 M1: whose address was claimed has no password of that account: no yes."""
    address = link(site)
    for reader in (site.browser(), site.browser("小艾")):
        reader.get(address)
        assert reader.post(address).status_code in {303, 410}
        assert "还没确认" in browser.get(PAGE).text
    asked = site.browser().get(address)
    assert asked.status_code == 303
    assert "/login?next=/confirm-email/" in asked.location
    with reading(site.ports.database) as session:
        assert account(session, ADDRESS) is None


def test_it_subscribes_no_stranger(site: Website, browser: Browser) -> None:
    """K2: an account's own word is not enough; a yes to news is none to the account."""
    browser.post("/categories/use/subscribe", {"rhythm": "daily"})
    with reading(site.ports.database) as session:
        assert session.scalars(sa.select(Subscription.confirmed_at)).one() is None
    body = mails(site)[-1]["body"]
    found = re.search(r"/subscriptions/[^\s\"]+", body)
    assert found is not None
    site.browser().post(found.group())
    with reading(site.ports.database) as session:
        assert session.scalars(sa.select(Subscription.confirmed_at)).one() is not None
    assert "还没确认" in browser.get(PAGE).text
    browser.post("/categories/use/unsubscribe")
    with reading(site.ports.database) as session:
        assert session.scalars(sa.select(Subscription.user_id)).one() is None


def test_it_keeps_what_somebody_confirmed_from_whoever_claims_their_address(
    site: Website,
) -> None:
    """K2 O3: a later account with that address neither takes it over nor stops it."""
    visitor = site.browser()
    visitor.post("/categories/use/subscribe", {"rhythm": "daily", "email": ADDRESS})
    found = re.search(r"/subscriptions/[^\s\"]+", mails(site)[-1]["body"])
    assert found is not None
    visitor.post(found.group())
    other = site.browser()
    other.post("/register", {"name": "冒名", "email": ADDRESS, "password": PASSWORD})
    other.post("/categories/use/subscribe", {"rhythm": "weekly"})
    other.post("/categories/use/unsubscribe")
    with reading(site.ports.database) as session:
        row = session.scalars(sa.select(Subscription)).one()
        assert (row.user_id, row.rhythm) == (None, "daily")


def test_it_gives_an_unproven_account_no_mail_and_no_group(site: Website, browser: Browser) -> None:
    """M1 K11: mail from that address is not theirs, a pasted list lets them in nowhere."""
    with reading(site.ports.database) as session:
        assert account(session, ADDRESS) is None
    lead = site.browser("组长")
    made = lead.post("/manage/circles/group", {"name": "海蓝科技"}).location
    page = lead.post(f"{made}/members", {"emails": ADDRESS})
    assert "还没有确认邮箱" in page.text
    assert "邮箱未确认" in lead.get(made, query_string={"q": "stranger"}).text
    browser.post(link(site))
    assert lead.post(f"{made}/members", {"emails": ADDRESS}).status_code == 303
    with reading(site.ports.database) as session:
        assert account(session, ADDRESS) is not None


def test_it_takes_a_new_password_by_mail_for_a_proof(site: Website, browser: Browser) -> None:
    """O3: whoever can reset the password reads that mailbox."""
    browser.post("/forgot", {"email": ADDRESS})
    found = re.search(r"/reset/\S+", mails(site)[-1]["body"])
    assert found is not None
    fresh = site.browser()
    fresh.post(found.group(), {"password": PASSWORD + "x"})
    assert "还没确认" not in fresh.get(PAGE).text
