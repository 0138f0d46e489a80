"""Everything hostile that files bring in, as Chromium sees it afterwards (K14 K6 O3).

What came of it is shown without any policy, and the pages it is read on, managed on and
reported on are opened with the policy on and off.
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from kb_app import markdown_html
from kb_app.exchange.formats import ImportFormat
from kb_app.exchange.run_pages import run_of
from kb_app.markdown_html import TAGS
from kb_app.rendering import render
from models import Article, User, reading
from tests.browser.test_xss import OWN
from tests.browser.xss_site import *  # noqa: F403  the hostile site
from tests.browser.xss_site import Served, enter
from tests.browser.xss_watch import watching
from tests.website import PEOPLE
from tests.xss import vectors
from tests.xss_doors import EVEN, FILES, bring_in

pytestmark = pytest.mark.browser

LEAST = len(EVEN) * 9 // 10
AT_ONCE = 200


@pytest.fixture(scope="module")
def came_in(served: Served) -> dict[ImportFormat, tuple[int, list[Article]]]:
    """The run and the articles of each kind of file."""
    ports, found = served.site.ports, {}
    with reading(ports.database) as session:
        email = PEOPLE["小编"][0]
        editor = session.scalars(sa.select(User).where(User.email == email)).one().as_viewer()
    for kind in FILES:
        with reading(ports.database) as session:
            last = session.scalar(sa.select(sa.func.max(Article.id))) or 0
        run_id = bring_in(ports, editor, kind)
        with reading(ports.database) as session:
            query = sa.select(Article).where(Article.id > last).order_by(Article.id)
            found[kind] = run_id, list(session.scalars(query))
    return found


CameIn = dict[ImportFormat, tuple[int, list[Article]]]


@pytest.mark.parametrize("kind", list(FILES))
def test_it_renders_nothing_that_acts(
    chromium: Browser, served: Served, came_in: CameIn, kind: ImportFormat
) -> None:
    """K14 O3: texts, link targets and whatever the reader made of them."""
    run_id, articles = came_in[kind]
    run = run_of(served.site.ports, run_id)
    carried = len(articles) if kind is not ImportFormat.DOCX else len(vectors())
    assert run.state == "done"
    assert carried >= LEAST, f"only {carried}, {run.notes[:3]}"
    for start in range(0, len(articles), AT_ONCE):
        texts = [render(one.body).html for one in articles[start : start + AT_ONCE]]
        with watching(chromium, bypass=True) as watch:
            watch.show("".join(f"<section>{text}</section>" for text in texts))
            assert watch.look("body *", TAGS | OWN) == []
            watch.again("section")
            watch.touch()
            watch.nothing_acted()
            assert watch.page.locator("body > section").count() == len(texts)


@pytest.mark.parametrize("bypass", [True, False], ids=["no-policy", "policy"])
def test_it_shows_what_came_in(
    chromium: Browser, served: Served, came_in: CameIn, bypass: bool
) -> None:
    """K14 O3: articles, their editor, the report with its faults, and the lists."""
    with watching(chromium, served.address, bypass=bypass) as watch:
        enter(watch, "小编")
        paths = ["/manage/articles", "/manage/trees"]
        for run_id, articles in came_in.values():
            paths.append(f"/manage/import/{run_id}")
            some = articles[7 :: len(articles) // 2 or 1][:2]
            paths += [f"/articles/{one.slug}" for one in some if one.status == "published"]
            paths.append(f"/manage/articles/{articles[3].id}/life")
        for path in paths:
            answer = watch.page.goto(path, wait_until="load")
            assert answer is not None
            assert answer.status == 200, path
            assert watch.look("body *:not(svg, svg *, form, form *)") == [], path
        watch.nothing_acted()


def test_it_would_notice(
    chromium: Browser, came_in: CameIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O3: the same texts do act when the sanitiser sleeps, so silence means something."""
    monkeypatch.setattr(markdown_html, "PROTOCOLS", markdown_html.PROTOCOLS | {"javascript"})
    _, articles = came_in[ImportFormat.MARKDOWN]
    with watching(chromium, bypass=True) as watch:
        watch.show("".join(f"<section>{markdown_html.to_html(a.body)}</section>" for a in articles))
        assert watch.look("body *", TAGS | OWN)
