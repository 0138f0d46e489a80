"""Agents write, hand in, read what the reviewer says, and are named as authors (K8 K11)."""

from __future__ import annotations

import io
from urllib.parse import unquote

import sqlalchemy as sa

from kb_app import editing
from models import Article, ArticleStatus, reading, unit_of_work
from tests.web.cases import viewer_named
from tests.website import Website

MINE = "/manage/own-articles"
FORM = {"title": "门铃不响怎么办", "body": "先看电量，再看配网。", "access": "public"}


def written(site: Website, action: str = "save") -> Article:
    """阿博's new draft, made in the browser."""
    made = site.browser("阿博").post("/manage/articles", {**FORM, "action": action})
    assert made.status_code == 303, made.text
    return site.article(FORM["title"])


def test_it_takes_an_agents_draft_through_review_to_readers(site: Website) -> None:
    """K8: written, handed in, given back with a word, mended, approved, credited."""
    agent, reviewer = site.browser("阿博"), site.browser("小编")
    article = written(site, "submit")
    address = f"/manage/articles/{article.id}"
    assert FORM["title"] in reviewer.get("/manage/articles?view=review").text
    back = {"step": "returned", "comment": "请写清楚按哪个键", "version": str(article.version)}
    assert reviewer.post(f"{address}/review", back).status_code == 303
    assert "退回意见：请写清楚按哪个键" in agent.get(MINE).text
    assert "请写清楚按哪个键" in agent.get(address).text
    version = str(site.article(FORM["title"]).version)
    mended = {**FORM, "body": "按住顶键三秒。", "version": version, "action": "submit"}
    assert agent.post(f"{address}/save", mended).status_code == 303
    version = str(site.article(FORM["title"]).version)
    reviewer.post(f"{address}/review", {"step": "approved", "version": version})
    assert "按住顶键三秒" in site.browser().get(f"/articles/{article.slug}").text
    assert "阿博" in reviewer.get("/manage/articles").text
    assert f"/articles/{article.slug}" in unquote(agent.get(MINE).text)


def test_it_gives_agents_no_way_past_the_reviewer(site: Website) -> None:
    """K8 O3: no publishing, archiving or deleting, however it is asked for."""
    article, agent = written(site), site.browser("阿博")
    address = f"/manage/articles/{article.id}"
    page = agent.get(address).text
    assert 'value="publish"' not in page
    assert 'value="trash"' not in page
    for action in ("publish", "archive", "trash", "restore"):
        form = {**FORM, "version": str(article.version), "action": action}
        assert agent.post(f"{address}/save", form).status_code == 403, action
    assert agent.post("/manage/articles", {**FORM, "action": "publish"}).status_code == 403
    agent.post(f"{address}/save", {**FORM, "version": str(article.version), "action": "submit"})
    version = str(site.article(FORM["title"]).version)
    approve = {"step": "approved", "version": version}
    assert agent.post(f"{address}/review", approve).status_code == 403
    assert site.article(FORM["title"]).status is ArticleStatus.REVIEW


def test_it_shows_agents_no_draft_but_their_own(site: Website) -> None:
    """K11: others' drafts, published articles, what was taken back: not found, not changed."""
    own = written(site)
    with unit_of_work(site.ports.database) as session:
        other = session.get_one(Article, site.article("门锁离线怎么办").id)
        foreign = Article(slug="f", title="别人的草稿", body="zxforeign", author_id=other.author_id)
        nobodys = Article(slug="n", title="导入的草稿", body="zxforeign", author_id=None)
        session.add_all([foreign, nobodys])
        session.flush()
        ids = [other.id, foreign.id, nobodys.id]
    agent = site.browser("阿博")
    for article_id in ids:
        for tail in ("", "/files", "/revisions/1"):
            assert agent.get(f"/manage/articles/{article_id}{tail}").status_code == 404
        for tail, form in (
            ("save", {**FORM, "version": "1", "action": "save"}),
            ("save", {**FORM, "version": "1", "action": "submit"}),
            ("merge", {**FORM, "version": "1", "seen": "1", "action": "save"}),
            ("review", {"step": "comment", "comment": "看看"}),
            ("files", {"file": (io.BytesIO(b"x"), "a.txt")}),
            ("revisions/1/restore", {"version": "1"}),
        ):
            answer = agent.post(f"/manage/articles/{article_id}/{tail}", form)
            assert answer.status_code == 404, tail
        assert agent.post(f"/manage/drafts/{article_id}", {"body": "x"}).status_code == 404
    publish(site, own)
    assert agent.get(f"/manage/articles/{own.id}").status_code == 404
    with unit_of_work(site.ports.database) as session:
        session.get_one(Article, own.id).status = ArticleStatus.DRAFT
    assert agent.get(f"/manage/articles/{own.id}").status_code == 404


def publish(site: Website, article: Article) -> None:
    """小编 publishes it."""
    editing.publish(site.ports, viewer_named(site, "小编"), article.id, article.version)


def test_it_lets_agents_see_the_files_of_their_own_drafts_alone(site: Website) -> None:
    """K7 K11: a pasted picture shows in the preview; nobody else opens it."""
    article, agent = written(site), site.browser("阿博")
    sent = agent.post(
        f"/manage/articles/{article.id}/files", {"file": (io.BytesIO(b"%PDF-1.4 x"), "图.pdf")}
    )
    assert sent.status_code == 303
    page = agent.get(f"/manage/articles/{article.id}/files").text
    address = page.partition('href="')[2].partition('"')[0]
    assert agent.get(address).status_code == 200
    for name in ("", "小艾"):
        assert site.browser(name).get(address).status_code == 404


def test_it_keeps_what_an_agent_typed_and_never_saved(site: Website) -> None:
    """K6 K8: the draft is there on the page of one's own articles, for nobody else."""
    kept = site.browser("阿博").post(
        "/manage/drafts/new-0123456789abcdef", {"title": "没写完的", "body": "一半"}
    )
    assert kept.status_code == 200
    assert "没写完的" in site.browser("阿博").get(MINE).text
    assert "没写完的" not in site.browser("小编").get(MINE).text
    with reading(site.ports.database) as session:
        assert session.scalar(sa.select(Article).where(Article.title == "没写完的")) is None
