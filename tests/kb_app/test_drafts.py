"""Unsaved drafts, presence and the merge page behind them (K6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from kb_app import article_due, drafts
from kb_app.drafts import Typed, drop, keep, new_key
from kb_app.editing import create, save
from kb_app.editor_pages import edit
from kb_app.errors import EditConflict, InvalidInput, NotAllowed, NotFound
from kb_app.merge_pages import Settlement, compare, settle
from kb_app.merging import Choice
from kb_app.ports import Ports
from models import Role, Viewer, unit_of_work
from tests.conftest import People
from tests.factories import make_user
from tests.kb_app.test_editing import FORM, article


@pytest.fixture
def draft_id(ports: Ports, people: People) -> int:
    """A saved article of 林知夏."""
    return create(ports, people.linzhixia, FORM)


@pytest.fixture
def zhou(ports: Ports) -> Viewer:
    """A second writer, 周组长."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "周组长", Role.LEAD).as_viewer()


def _same(moment: datetime) -> datetime:
    """A clock that stands still."""
    return moment


def _typed(body: str, version: int = 1) -> Typed:
    return Typed({"title": FORM.title, "body": body}, version)


def test_it_keeps_what_was_typed_for_its_writer_alone(
    ports: Ports, people: People, draft_id: int, zhou: Viewer
) -> None:
    """K6: a draft is offered to whoever typed it, and is no revision."""
    keep(ports, people.linzhixia, str(draft_id), _typed("没保存的"))
    card = edit(ports, people.linzhixia, draft_id).draft
    assert card is not None
    assert (card.fields["body"], card.stale) == ("没保存的", False)
    assert edit(ports, zhou, draft_id).draft is None
    assert article(ports, draft_id).body == FORM.body
    assert len(edit(ports, people.linzhixia, draft_id).revisions) == 1


def test_it_forgets_the_draft_once_it_is_saved(ports: Ports, people: People, draft_id: int) -> None:
    """K6: saving or throwing away ends the offer; another writer's saving makes it stale."""
    key = str(draft_id)
    keep(ports, people.linzhixia, key, _typed("写好了"))
    save(ports, people.linzhixia, draft_id, replace(FORM, body="写好了", version=1))
    assert edit(ports, people.linzhixia, draft_id).draft is None
    keep(ports, people.linzhixia, key, _typed("旧的底稿", version=1))
    card = edit(ports, people.linzhixia, draft_id).draft
    assert card is not None
    assert card.stale
    drop(ports, people.linzhixia, key)
    assert edit(ports, people.linzhixia, draft_id).draft is None


def test_it_brings_back_new_articles_never_saved(ports: Ports, people: People) -> None:
    """K6: the browser died before the first saving; the list of new drafts has it."""
    key = new_key()
    keep(ports, people.linzhixia, key, _typed("刚开头", version=0))
    [card] = edit(ports, people.linzhixia, None).unsaved
    assert (card.key, card.title) == (key, FORM.title)
    create(ports, people.linzhixia, replace(FORM, draft_key=key))
    assert edit(ports, people.linzhixia, None).unsaved == ()


def test_it_shows_who_else_is_writing(
    ports: Ports, people: People, draft_id: int, zhou: Viewer
) -> None:
    """K6: both are seen while they are here, and not much longer."""
    keep(ports, zhou, str(draft_id), None)
    kept = keep(ports, people.linzhixia, str(draft_id), None)
    assert (kept.others, kept.version, kept.saved_at) == (("周组长",), 1, None)
    later = replace(ports, clock=lambda: ports.clock() + timedelta(minutes=1))
    assert keep(later, people.linzhixia, str(draft_id), None).others == ()


@pytest.mark.parametrize("key", ["0", "-1", "new-", "new-ZZ", "x" * 60, "99999999999", "²"])
def test_it_refuses_keys_it_did_not_give_out(ports: Ports, people: People, key: str) -> None:
    """K6: bad input is not found, nothing is kept."""
    with pytest.raises(NotFound):
        keep(ports, people.linzhixia, key, _typed("x"))


def test_it_refuses_customers_and_endless_texts(
    ports: Ports, people: People, draft_id: int
) -> None:
    """K6 O3: only writers keep drafts, of bounded size."""
    with pytest.raises(NotAllowed):
        keep(ports, people.xiaoai, str(draft_id), _typed("x"))
    with pytest.raises(InvalidInput):
        keep(ports, people.linzhixia, str(draft_id), _typed("长" * 800_001))


def test_it_sweeps_drafts_nobody_came_back_for(ports: Ports, people: People, draft_id: int) -> None:
    """K6: after ninety days, not before."""
    keep(ports, people.linzhixia, str(draft_id), _typed("没保存的"))
    for days, left in ((89, 1), (91, 0)):
        moment = ports.clock() + timedelta(days=days)
        later = replace(ports, clock=partial(_same, moment))
        article_due.catch_up(later)
        found = edit(ports, people.linzhixia, draft_id).draft
        assert (found is not None) is bool(left)


def test_it_puts_two_savings_together(
    ports: Ports, people: People, draft_id: int, zhou: Viewer
) -> None:
    """K6: both began from one version; what they chose is saved over what was seen."""
    base = replace(FORM, body="一\n\n二", version=1)
    version = save(ports, people.linzhixia, draft_id, base)
    save(
        ports, zhou, draft_id, replace(base, body="一\n\n他的二", phrasings="他的", version=version)
    )
    mine = replace(base, body="我的一\n\n我的二", phrasings="我的", version=version)
    page = compare(ports, people.linzhixia, draft_id, mine)
    assert (page.editor_name, page.clean, page.fields) == ("周组长", False, ())
    chosen = Settlement(page.seen, {1: Choice.MINE}, {})
    settled = settle(ports, people.linzhixia, draft_id, mine, chosen)
    assert (settled.body, settled.phrasings) == ("我的一\n\n我的二", "我的\n他的")
    save(ports, people.linzhixia, draft_id, settled)
    with pytest.raises(EditConflict):
        settle(ports, people.linzhixia, draft_id, mine, chosen)


def test_it_asks_about_titles_both_changed(
    ports: Ports, people: People, draft_id: int, zhou: Viewer
) -> None:
    """K6: one changed title wins silently; two are for the writer to choose."""
    save(ports, zhou, draft_id, replace(FORM, title="他的标题", version=1))
    kept = compare(ports, people.linzhixia, draft_id, replace(FORM, body="改过", version=1))
    assert kept.clean
    mine = replace(FORM, title="我的标题", version=1)
    page = compare(ports, people.linzhixia, draft_id, mine)
    assert [field.name for field in page.fields] == ["title"]
    taken = Settlement(page.seen, {}, {"title": Choice.THEIRS})
    assert settle(ports, people.linzhixia, draft_id, mine, taken).title == "他的标题"
    unread = Settlement(page.seen, {}, {})
    assert settle(ports, people.linzhixia, draft_id, mine, unread).title == "我的标题"
    body_only = replace(FORM, body="改过", version=1)
    assert settle(ports, people.linzhixia, draft_id, body_only, unread).title == "他的标题"


def test_it_knows_no_key_but_its_own() -> None:
    """K6: keys of new drafts are made by the product."""
    assert drafts.article_of(new_key()) is None
