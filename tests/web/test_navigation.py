"""The main navigation: what folds beside the work of staff, and where a page says it stands."""

from __future__ import annotations

import re

import pytest

from tests.website import VISITOR, Website

_TOP = re.compile(r'<nav class="nav".*?</nav>', re.DOTALL)
_CURRENT = re.compile(r'href="([^"]+)" aria-current="page"')


def _top(site: Website, name: str, path: str) -> str:
    """The navigation of wide screens on this page."""
    found = _TOP.search(site.browser(name).get(path).text)
    assert found
    return found.group()


def test_it_shows_customers_every_public_page_at_once(site: Website) -> None:
    """Nothing a customer needs hides behind a menu."""
    for name in (VISITOR, "小艾"):
        top = _top(site, name, "/hot")
        assert "<details" not in top
        assert _CURRENT.findall(top) == ["/hot"]


def test_it_folds_the_public_pages_for_staff(site: Website) -> None:
    """Many entries of their own must fit beside them."""
    for name in ("阿博", "小编", "站长"):
        top = _top(site, name, "/hot")
        assert top.index("<details") < top.index("公开问题") < top.index("</details>")


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/manage/teams", "/desk"),
        ("/manage/replies", "/desk"),
        ("/desk/chats/archive", "/desk/chats"),
        ("/manage/trees", "/manage/articles"),
        ("/manage/learning", "/insights"),
        ("/manage/embed", "/manage/look"),
    ],
)
def test_it_says_which_part_of_the_work_a_page_belongs_to(
    site: Website, path: str, entry: str
) -> None:
    """A page two steps in still marks its entry."""
    assert _CURRENT.findall(_top(site, "站长", path)) == [entry]
