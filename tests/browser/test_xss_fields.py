"""Hostile labels, hints, choices and answers on every page that shows a form (T2 T5 O3)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from models import unit_of_work
from tests.browser.xss_site import *  # noqa: F403  the hostile site
from tests.browser.xss_site import Served, enter
from tests.browser.xss_watch import Watch, watching
from tests.website import person
from tests.xss_fields import Filled, fields, fill

pytestmark = pytest.mark.browser

CLOSED = "body *:not(svg, svg *)"
BOXES = "#node-fields :is(input[type=text], textarea):visible"


@pytest.fixture(scope="module")
def filled(served: Served) -> Filled:
    """Forms in the hostile site."""
    customer = person(served.site.ports, "小艾")
    with unit_of_work(served.site.ports.database) as session:
        return fill(session, customer, served.world.article_ids[0])


def _visit(watch: Watch, path: str) -> None:
    """Open a page; then point at, focus and click whatever a hostile word could have become."""
    answer = watch.page.goto(path, wait_until="load")
    assert answer is not None
    assert answer.status == 200, path
    assert watch.look(f"{CLOSED}:not(form, form button)") == [], path
    watch.touch("label, legend, .field__hint, .checks *, dt, dd, option, td")


@pytest.mark.parametrize("bypass", [True, False], ids=["no-policy", "policy"])
def test_it_asks_hostile_questions_and_obeys_none(
    chromium: Browser, served: Served, filled: Filled, bypass: bool
) -> None:
    """T2 O3: the form of a service as a visitor sees it, whole and as a script loads it."""
    with watching(chromium, served.address, bypass=bypass) as watch:
        for node in filled.nodes:
            _visit(watch, f"/ask?node_id={node}")
            shown = watch.page.locator("#node-fields .field").count()
            assert shown == len(fields(0)), "a field was swallowed"
            _visit(watch, f"/ask/fields?node_id={node}")
        watch.page.goto("/ask")
        watch.page.locator("#f-node_id").select_option(str(filled.nodes[1]))
        watch.page.locator("#node-fields .field").first.wait_for()
        assert watch.look("#node-fields *:not(svg, svg *)") == []
        watch.touch("#node-fields *")
        watch.nothing_acted()


@pytest.mark.parametrize("bypass", [True, False], ids=["no-policy", "policy"])
@pytest.mark.parametrize("name", ["阿博", "小编", "组长"])
def test_it_shows_hostile_answers_and_obeys_none(
    chromium: Browser, served: Served, filled: Filled, name: str, bypass: bool
) -> None:
    """T5 O3: answers beside a ticket, facts of a customer and an article, and the builders."""
    paths = {
        "阿博": (
            f"/desk/tickets/{filled.ticket}", f"/desk/people/{filled.customer}/fields", "/desk",
        ),
        "小编": (f"/manage/articles/{filled.article}/fields",),
        "组长": (
            f"/manage/catalogue/{filled.nodes[0]}/form", "/manage/catalogue",
            "/manage/fields/customers", "/manage/fields/articles",
        ),
    }[name]  # fmt: skip
    with watching(chromium, served.address, bypass=bypass) as watch:
        enter(watch, name)
        for path in paths:
            _visit(watch, path)
        watch.nothing_acted()


def test_it_gives_hostile_answers_back_when_a_form_is_refused(
    chromium: Browser, served: Served, filled: Filled
) -> None:
    """T2 O3: what was typed stands in the form again as it was, beside the fault."""
    with watching(chromium, served.address, bypass=True) as watch:
        watch.page.goto(f"/ask?node_id={filled.nodes[0]}")
        hostile = "\"><img src=x onerror=hit('typed')></textarea><script>hit('typed')</script>"
        for box in watch.page.locator(BOXES).all():
            box.fill(hostile)
        watch.page.evaluate(
            "document.querySelector('#node-fields').closest('form').noValidate = true"
        )
        watch.page.locator("#node-fields").evaluate("(one) => one.closest('form').submit()")
        watch.page.wait_for_load_state("load")
        assert watch.page.locator("#node-fields textarea").first.input_value() == hostile
        watch.nothing_acted()
