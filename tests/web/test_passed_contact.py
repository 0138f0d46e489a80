"""Contacts that another page hands over are filled in only when it signed them (X4)."""

from __future__ import annotations

import pytest

from kb_app import passing
from models import utcnow
from tests.web.cases import viewer_named
from tests.website import Website
from ticket_bridge.passing import signed

STRANGER = "stranger@example.com"


@pytest.mark.parametrize(("path", "field"), [("/ask", "email"), ("/chat", "contact")])
def test_a_link_cannot_direct_answers_elsewhere(site: Website, path: str, field: str) -> None:
    """X4: an unsigned address is told to agents, never written where answers go."""
    admin = viewer_named(site, "站长")
    passing.renew_secret(site.ports, admin)
    secret = passing.passing_page(site.ports, admin).secret
    token = signed(secret, {"email": STRANGER}, int(utcnow().timestamp()) + 600)
    browser = site.browser()
    loose = browser.get(path, query_string={"p_email": STRANGER}).text
    trusted = browser.get(path, query_string={"passed": token}).text
    assert _filled(trusted, field) == STRANGER
    assert _filled(loose, field) == ""


def _filled(page: str, field: str) -> str:
    """What stands in a field of the form."""
    start = page.index(f'name="{field}"')
    tag = page[page.rindex("<", 0, start) : page.index(">", start)]
    return tag.split('value="')[1].split('"')[0] if 'value="' in tag else ""
