"""Review, plan, clock, addresses, neighbours and links of an article (K8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from kb_app import article_due, review
from kb_app.article_life import PlanInput, move, plan, relate
from kb_app.article_list import ManageFilter, manage
from kb_app.articles import read
from kb_app.editing import archive, create, publish, restore, trash
from kb_app.editor_pages import edit
from kb_app.errors import EditConflict, InvalidInput, Moved, NotAllowed, NotFound
from kb_app.life_pages import life
from kb_app.ports import Ports
from kb_app.sharing import revoke, share, shared
from models import Article, ArticleStatus, Job, JobKind, Role, Viewer, reading, unit_of_work
from tests.conftest import People
from tests.factories import make_user
from tests.kb_app.test_editing import FORM, article

NO_PLAN = PlanInput(None, None, None, None, 1)


@pytest.fixture
def draft_id(ports: Ports, people: People) -> int:
    """A draft of 林知夏."""
    return create(ports, people.linzhixia, FORM)


@pytest.fixture
def zhou(ports: Ports) -> Viewer:
    """A second content manager."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "周组长", Role.LEAD).as_viewer()


def _at(ports: Ports, days: float) -> Ports:
    moment = ports.clock() + timedelta(days=days)
    return replace(ports, clock=lambda: moment)


def _mails(ports: Ports) -> list[str]:
    with reading(ports.database) as session:
        jobs = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL))
        return [str(job.payload["subject"]) for job in jobs]


def _looks(ports: Ports) -> list[datetime]:
    with reading(ports.database) as session:
        due = sa.select(Job.run_after).where(Job.kind == JobKind.ARTICLE_DUE)
        return list(session.scalars(due.order_by(Job.run_after)))


def test_it_goes_through_review_with_words(
    ports: Ports, people: People, draft_id: int, zhou: Viewer
) -> None:
    """K8: handed in, returned with a reason, handed in again, approved; the writer is told."""
    version = review.save_and_submit(ports, people.linzhixia, draft_id, replace(FORM, version=1))
    assert article(ports, draft_id).status is ArticleStatus.REVIEW
    with pytest.raises(InvalidInput):
        review.give_back(ports, zhou, draft_id, version, "  ")
    review.give_back(ports, zhou, draft_id, version, "请补上截图")
    page = edit(ports, people.linzhixia, draft_id)
    assert [note.kind for note in page.notes] == ["submitted", "returned"]
    assert page.notes[1].body == "请补上截图"
    version = review.submit(ports, people.linzhixia, draft_id)
    review.approve(ports, zhou, draft_id, version, "")
    assert article(ports, draft_id).status is ArticleStatus.PUBLISHED
    assert [mail.split("：")[0] for mail in _mails(ports)] == ["文章被退回修改", "文章已通过审核"]


def test_it_approves_only_what_was_read_and_handed_in(
    ports: Ports, people: People, draft_id: int, zhou: Viewer
) -> None:
    """K8: not a draft, not a newer text, not by an agent."""
    with pytest.raises(InvalidInput):
        review.approve(ports, zhou, draft_id, 1, "")
    review.submit(ports, people.linzhixia, draft_id)
    with pytest.raises(EditConflict):
        review.approve(ports, zhou, draft_id, 1, "")
    with pytest.raises(NotAllowed):
        review.approve(ports, people.abo, draft_id, 2, "")


def test_it_appears_and_runs_out_by_the_clock(ports: Ports, people: People, draft_id: int) -> None:
    """K8: the worker is told each moment; doing it twice or early changes nothing."""
    now = ports.clock()
    form = replace(NO_PLAN, publish_at=now + timedelta(days=1), expires_at=now + timedelta(days=2))
    plan(ports, people.linzhixia, draft_id, form)
    assert _looks(ports) == [form.publish_at, form.expires_at]
    article_due.act(ports, draft_id)
    assert article(ports, draft_id).status is ArticleStatus.DRAFT
    for _ in range(2):
        article_due.act(_at(ports, 1), draft_id)
    assert article(ports, draft_id).status is ArticleStatus.PUBLISHED
    article_due.catch_up(_at(ports, 2.1))
    assert article(ports, draft_id).status is ArticleStatus.ARCHIVED


def test_it_is_unreadable_from_the_moment_it_runs_out(
    ports: Ports, people: People, draft_id: int
) -> None:
    """K8 K11: even before the worker comes, by the one reading rule and its twin."""
    publish(ports, people.linzhixia, draft_id, 1)
    with unit_of_work(ports.database) as session:
        session.get_one(Article, draft_id).expires_at = ports.clock() - timedelta(seconds=1)
    over = article(ports, draft_id)
    assert not over.is_visible(people.xiaoai)
    with pytest.raises(NotFound):
        read(ports, people.xiaoai, over.slug, None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"publish_at": -1}, "publish_at"),
        ({"expires_at": -1}, "expires_at"),
        ({"publish_at": 3, "expires_at": 2}, "expires_at"),
        ({"owner_id": 404}, "owner_id"),
    ],
)
def test_it_refuses_plans_that_cannot_be(
    ports: Ports, people: People, draft_id: int, change: dict[str, int], field: str
) -> None:
    """K8: the past, an end before the beginning, an owner who does not work here."""
    now = ports.clock()
    values: dict[str, Any] = {
        name: now + timedelta(days=value) if name.endswith("_at") else value
        for name, value in change.items()
    }
    with pytest.raises(InvalidInput) as fault:
        plan(ports, people.linzhixia, draft_id, replace(NO_PLAN, **values))
    assert fault.value.field == field
    assert article(ports, draft_id).version == 1


Change = Callable[[Ports, Viewer, int, int], int]


@pytest.mark.parametrize("change", [archive, trash])
def test_it_does_not_come_back_by_an_old_plan(
    ports: Ports, people: People, draft_id: int, change: Change
) -> None:
    """K8: what was taken away and brought back as a draft stays a draft."""
    soon = ports.clock() + timedelta(hours=1)
    plan(ports, people.linzhixia, draft_id, replace(NO_PLAN, publish_at=soon))
    version = change(ports, people.linzhixia, draft_id, article(ports, draft_id).version)
    restore(ports, people.linzhixia, draft_id, version)
    article_due.catch_up(_at(ports, 1))
    assert article(ports, draft_id).status is ArticleStatus.DRAFT


def test_it_reminds_the_owner_once_for_each_date(
    ports: Ports, people: People, draft_id: int
) -> None:
    """K8: a mail and a place on the worklist; a new date starts anew."""
    due = ports.clock() + timedelta(days=1)
    form = replace(NO_PLAN, owner_id=people.abo.user_id, review_by=due)
    plan(ports, people.linzhixia, draft_id, form)
    later = _at(ports, 1.5)
    for _ in range(2):
        article_due.catch_up(later)
    assert _mails(ports) == [f"请复核文章：{FORM.title}"]
    assert manage(later, people.linzhixia, ManageFilter("due")).total == 1
    version = article(ports, draft_id).version
    again = replace(form, review_by=due + timedelta(days=1), version=version)
    plan(ports, people.linzhixia, draft_id, again)
    article_due.catch_up(_at(ports, 3))
    assert len(_mails(ports)) == 2


def test_it_leaves_the_bin_after_thirty_days(ports: Ports, people: People, draft_id: int) -> None:
    """K8: restorable until then, gone afterwards with all that hung on it."""
    trash(ports, people.linzhixia, draft_id, 1)
    article_due.catch_up(_at(ports, 29))
    assert article(ports, draft_id).deleted_at is not None
    assert life(ports, people.linzhixia, draft_id).purged_at is not None
    article_due.act(_at(ports, 30.1), draft_id)
    with pytest.raises(NotFound):
        edit(ports, people.linzhixia, draft_id)


def test_it_leads_every_old_address_to_the_present_one(
    ports: Ports, people: People, draft_id: int
) -> None:
    """K8: chains collapse; a way back is no loop; unreadable articles tell nothing."""
    first = article(ports, draft_id).slug
    publish(ports, people.linzhixia, draft_id, 1)
    for slug in ("第二个", "第三个"):
        move(ports, people.linzhixia, draft_id, slug, article(ports, draft_id).version)
    for old in (first, "第二个"):
        with pytest.raises(Moved) as moved:
            read(ports, people.xiaoai, old, None)
        assert moved.value.slug == "第三个"
    move(ports, people.linzhixia, draft_id, first, article(ports, draft_id).version)
    assert read(ports, people.xiaoai, first, None).slug == first
    assert life(ports, people.linzhixia, draft_id).old_slugs == ("第三个", "第二个")
    archive(ports, people.linzhixia, draft_id, article(ports, draft_id).version)
    with pytest.raises(NotFound) as gone:
        read(ports, people.xiaoai, "第三个", None)
    assert not isinstance(gone.value, Moved)


@pytest.mark.parametrize(
    ("slug", "code"),
    [("", "empty"), ("a/b", "invalid"), ("//evil.example", "invalid"), ("长" * 61, "invalid"),
     ("taken", "taken"), ("once", "taken")],
)  # fmt: skip
def test_it_refuses_addresses_that_are_none(
    ports: Ports, people: People, draft_id: int, slug: str, code: str
) -> None:
    """K8: nothing that leaves the site, nothing another article has or had."""
    other = create(ports, people.linzhixia, replace(FORM, title="once"))
    move(ports, people.linzhixia, other, "taken", 1)
    with pytest.raises(InvalidInput) as fault:
        move(ports, people.linzhixia, draft_id, slug, 1)
    assert fault.value.code == code


def test_it_shows_chosen_neighbours_first_to_those_who_may_read_them(
    ports: Ports, people: People, draft_id: int
) -> None:
    """K8 K11: in the chosen order; a draft among them is shown to nobody."""
    publish(ports, people.linzhixia, draft_id, 1)
    ids = [create(ports, people.linzhixia, replace(FORM, title=title)) for title in "甲乙丙"]
    for one in ids[:2]:
        publish(ports, people.linzhixia, one, 1)
    relate(ports, people.linzhixia, draft_id, (ids[1], ids[2], ids[0], draft_id))
    page = read(ports, people.xiaoai, article(ports, draft_id).slug, None)
    assert [card.article_id for card in page.related][:2] == [ids[1], ids[0]]
    assert ids[2] not in {card.article_id for card in page.related}
    with pytest.raises(InvalidInput):
        relate(ports, people.linzhixia, draft_id, (404,))


def test_it_shares_a_draft_until_its_time_is_over(
    ports: Ports, people: People, draft_id: int
) -> None:
    """K8: by link alone, ended by time, by hand, by the bin; published leads to the article."""
    token = share(ports, people.linzhixia, draft_id, 7)
    assert shared(ports, people.passer_by, token).title == FORM.title
    with pytest.raises(NotFound):
        shared(_at(ports, 8), people.passer_by, token)
    [link] = life(ports, people.linzhixia, draft_id).links
    second = share(ports, people.linzhixia, draft_id, 1)
    revoke(ports, people.linzhixia, draft_id, link.share_id)
    with pytest.raises(NotFound):
        shared(ports, people.passer_by, token)
    publish(ports, people.linzhixia, draft_id, 1)
    assert shared(ports, people.passer_by, second).published_slug is not None
    archive(ports, people.linzhixia, draft_id, article(ports, draft_id).version)
    with pytest.raises(NotFound):
        shared(ports, people.passer_by, second)
    with pytest.raises(InvalidInput):
        share(ports, people.linzhixia, draft_id, 7)
