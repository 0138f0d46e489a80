"""Levels and groups on their pages: who is in, what it opens, how one goes (K11)."""

from __future__ import annotations

import sqlalchemy as sa

from models import (
    Article,
    AuditEntry,
    Category,
    CategoryAccess,
    CustomerGroup,
    CustomerLevel,
    SavedView,
    TimeLimit,
    User,
    both_key,
    choose_access,
    group_key,
    level_key,
    reading,
    settle_access,
    unit_of_work,
)
from tests.web.cases import viewer_named
from tests.website import Website

PAGE = "/manage/circles"


def new(site: Website, kind: str, name: str) -> int:
    """Make one in the browser; its id."""
    answer = site.browser("组长").post(f"{PAGE}/{kind}", {"name": name})
    assert answer.status_code == 303, answer.text
    return int(answer.location.rpartition("/")[2])


def close(site: Website, title: str, *keys: str) -> Article:
    """Let only holders of these keys read it."""
    article = site.article(title)
    with unit_of_work(site.ports.database) as session:
        choose_access(session, session.get_one(Article, article.id), keys)
    return article


def test_it_opens_an_article_to_a_group_that_was_pasted_as_a_list(site: Website) -> None:
    """K11: from an empty page to a customer who reads what others cannot."""
    group_id = new(site, "group", "海蓝科技")
    article = close(site, "门锁离线怎么办", group_key(group_id))
    pasted = "小艾 <XiaoAi@example.com>；nobody@example.com, 老王"
    page = site.browser("组长").post(f"{PAGE}/group/{group_id}/members", {"emails": pasted})
    assert page.status_code == 200
    assert "有 1 个邮箱没有对应的账号" in page.text
    assert "nobody@example.com</textarea>" in page.text
    assert "门锁离线怎么办" in page.text
    for name, status in (("小艾", 200), ("老陈", 404), ("", 404)):
        assert site.browser(name).get(f"/articles/{article.slug}").status_code == status
    user_id = viewer_named(site, "小艾").user_id
    site.browser("组长").post(f"{PAGE}/group/{group_id}/members/{user_id}/remove")
    assert site.browser("小艾").get(f"/articles/{article.slug}").status_code == 404


def test_it_opens_an_article_to_those_of_a_level_in_a_group_alone(site: Website) -> None:
    """K11: one rule can ask for both; the editor shows it and keeps it."""
    level_id, group_id = new(site, "level", "金卡"), new(site, "group", "海蓝科技")
    article, lead = site.article("门锁离线怎么办"), site.browser("组长")
    form = {
        "title": article.title,
        "body": article.body,
        "access": "chosen",
        "access_level": level_key(level_id),
        "access_group": group_key(group_id),
        "version": str(article.version),
        "action": "save",
    }
    address = f"/manage/articles/{article.id}"
    half = lead.post(f"{address}/save", {**form, "access_group": ""})
    assert "等级和客户组都要选" in half.text
    assert lead.post(f"{address}/save", form).status_code == 303
    assert "等级“金卡”并且属于“海蓝科技”" in lead.get(address).text
    for kind, circle_id, people in (
        ("level", level_id, "xiaoai@example.com laochen@example.com"),
        ("group", group_id, "xiaoai@example.com"),
    ):
        lead.post(f"{PAGE}/{kind}/{circle_id}/members", {"emails": people})
    for name, status in (("小艾", 200), ("老陈", 404), ("", 404)):
        assert site.browser(name).get(f"/articles/{article.slug}").status_code == status


def name_everywhere(site: Website, group_id: int) -> None:
    """A category, a promise and a view for this group."""
    with unit_of_work(site.ports.database) as session:
        shelf = session.scalars(sa.select(Category).where(Category.slug == "order")).one()
        session.add(CategoryAccess(category_id=shelf.id, key=group_key(group_id)))
        limit = {"group_id": group_id, "response_minutes": 5, "resolution_minutes": 9}
        session.add(TimeLimit(name="快", **limit))
        session.add(SavedView(name="旧组的", rules={"group": str(group_id)}))
        session.flush()
        settle_access(session, list(session.scalars(sa.select(Article))))


def check_everywhere(site: Website, old: int, kept: int) -> None:
    """Nothing names the old group any more."""
    with reading(site.ports.database) as session:
        assert session.get(CustomerGroup, old) is None
        limits = sa.select(TimeLimit.group_id).where(TimeLimit.name == "快")
        assert session.scalars(limits).one() == kept
        view = session.scalars(sa.select(SavedView).where(SavedView.name == "旧组的")).one()
        assert view.rules == {"group": str(kept)}
        keys = {key for a in session.scalars(sa.select(Article)) for key in a.access_keys}
        assert not any(group_key(old) in key.split("+") for key in keys)
        told = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "group.delete"))
        assert told.one().detail == {"name": "旧组", "instead": kept}


def test_it_puts_another_in_its_place_everywhere(site: Website) -> None:
    """K11 Q6: members, articles, categories, promises, views; readers follow at once."""
    old, kept = new(site, "group", "旧组"), new(site, "group", "新组")
    level_id, lead = new(site, "level", "金卡"), site.browser("组长")
    for path in (f"group/{old}", f"level/{level_id}"):
        lead.post(f"{PAGE}/{path}/members", {"emails": "xiaoai@example.com"})
    plain = close(site, "门锁离线怎么办", group_key(old))
    pair = close(site, "修改登录密码", both_key(level_key(level_id), group_key(old)))
    name_everywhere(site, old)
    refused = lead.post(f"{PAGE}/group/{old}/delete")
    assert refused.status_code == 422
    assert "还有人或内容在用" in refused.text
    assert lead.post(f"{PAGE}/group/{old}/delete", {"instead": str(kept)}).status_code == 303
    check_everywhere(site, old, kept)
    for article in (plain, pair, site.article("申请退款多久到账")):
        assert site.browser("小艾").get(f"/articles/{article.slug}").status_code == 200
        assert site.browser("老陈").get(f"/articles/{article.slug}").status_code == 404
    site.work()
    found = site.browser("小艾").get("/api/v1/search", query_string={"q": "门锁离线"})
    assert "门锁离线怎么办" in found.text


def test_it_lets_go_of_what_nothing_names(site: Website) -> None:
    """K11: an empty group is gone with one button; what is gone is not found."""
    group_id = new(site, "group", "空组")
    lead = site.browser("组长")
    assert "可以直接删除" in lead.get(f"{PAGE}/group/{group_id}").text
    assert lead.post(f"{PAGE}/group/{group_id}/delete").status_code == 303
    assert lead.get(f"{PAGE}/group/{group_id}").status_code == 404


def test_it_refuses_a_name_twice_and_a_name_changed_meanwhile(site: Website) -> None:
    """K11: nothing typed is lost; whoever comes second is told."""
    level_id, lead = new(site, "level", "金卡"), site.browser("组长")
    page = lead.post(f"{PAGE}/level", {"name": "金卡"})
    assert page.status_code == 422
    assert "这个名称已经有了" in page.text
    assert 'value="金卡"' in page.text
    address = f"{PAGE}/level/{level_id}"
    assert lead.post(address, {"name": "黑卡", "seen": "金卡"}).status_code == 303
    assert lead.post(address, {"name": "白卡", "seen": "金卡"}).status_code == 409
    assert lead.post(f"{address}/members", {"emails": "没有邮箱"}).status_code == 422


def test_it_orders_levels_by_steps(site: Website) -> None:
    """K11 C2: the highest is the one who is served first in chats."""
    low, high = new(site, "level", "银卡"), new(site, "level", "金卡")
    lead = site.browser("组长")
    lead.post(f"{PAGE}/level/{low}/step", {"way": "up"})
    lead.post(f"{PAGE}/level/{low}/step", {"way": "up"})
    with reading(site.ports.database) as session:
        ids = session.scalars(sa.select(CustomerLevel.id).order_by(CustomerLevel.rank)).all()
    assert list(ids)[-2:] == [high, low]


def test_it_finds_people_to_add(site: Website) -> None:
    """K11: by a part of name or address; a level takes the place of the one before."""
    first, second = new(site, "level", "银卡"), new(site, "level", "金卡")
    lead = site.browser("组长")
    user_id = viewer_named(site, "老陈").user_id
    for level_id in (first, second):
        page = lead.get(f"{PAGE}/level/{level_id}", query_string={"q": "laochen"})
        assert "加入：老陈" in page.text
        lead.post(f"{PAGE}/level/{level_id}/members/{user_id}/add")
    with reading(site.ports.database) as session:
        assert session.get_one(User, user_id).level_id == second
    assert "没有找到可以加入的人" in lead.get(f"{PAGE}/level/{second}?q=laochen").text
