"""The editor and the life of an article over HTTP, without JavaScript (K6, K8, K11)."""

from __future__ import annotations

import io
import re

from kb_app.editing import ArticleInput, create
from kb_app.files import Upload, attach
from kb_app.life_pages import life
from kb_app.sharing import share
from models import ArticleStatus
from tests.web.cases import viewer_named
from tests.website import Website

TITLE = "门锁电池怎么更换"
PNG = b"\x89PNG\r\n\x1a\nx"


def _form(site: Website, **change: str) -> dict[str, str]:
    article = site.article(TITLE)
    form = {"title": article.title, "body": article.body, "access": "public", "action": "save"}
    return form | {"version": str(article.version)} | change


def test_it_redirects_an_old_address_for_good(site: Website) -> None:
    """K8: 301 within the site; the query of an old link does no harm."""
    article = site.article(TITLE)
    editor = site.browser("小编")
    form = {"slug": "换电池", "version": str(article.version)}
    assert editor.post(f"/manage/articles/{article.id}/address", form).status_code == 303
    answer = site.browser().get(f"/articles/{article.slug}?next=//evil.example")
    assert answer.status_code == 301
    assert answer.headers["Location"] == "/articles/%E6%8D%A2%E7%94%B5%E6%B1%A0"
    assert "no-cache" in answer.headers["Cache-Control"]


def test_it_merges_two_savings_without_javascript(site: Website) -> None:
    """K6: the second form is answered with both texts; its choice is saved."""
    article = site.article(TITLE)
    mine, theirs = _form(site, body="我的正文"), _form(site, body="他的正文")
    assert (
        site.browser("组长").post(f"/manage/articles/{article.id}/save", theirs).status_code == 303
    )
    page = site.browser("小编").post(f"/manage/articles/{article.id}/save", mine)
    assert page.status_code == 409
    assert "我的正文" in page.text
    assert "他的正文" in page.text
    seen = re.search(r'name="seen" value="(\d+)"', page.text)
    assert seen
    chosen = mine | {"seen": seen[1], "piece-0": "both", "then": "save"}
    done = site.browser("小编").post(f"/manage/articles/{article.id}/merge", chosen)
    assert done.status_code == 303
    assert site.article(TITLE).body == "我的正文\n\n他的正文"


def test_it_takes_the_merged_text_back_into_the_editor(site: Website) -> None:
    """K6: 合并后再看看 shows the editor on the newer version, saving nothing yet."""
    article = site.article(TITLE)
    site.browser("组长").post(f"/manage/articles/{article.id}/save", _form(site, body="他的正文"))
    now = site.article(TITLE)
    form = _form(site, body="我的正文", version=str(article.version))
    form |= {"seen": str(now.version), "piece-0": "mine", "then": "edit"}
    page = site.browser("小编").post(f"/manage/articles/{article.id}/merge", form)
    assert page.status_code == 200
    assert "我的正文</textarea>" in page.text
    assert f'name="version" value="{now.version}"' in page.text
    assert site.article(TITLE).body == "他的正文"


def test_it_restores_a_draft_by_a_link(site: Website) -> None:
    """K6: kept by the editor, offered when one comes back, laid into the form."""
    article, editor = site.article(TITLE), site.browser("小编")
    kept = editor.post(f"/manage/drafts/{article.id}", _form(site, body="没写完的话"))
    assert kept.json is not None
    assert kept.json["version"] == article.version
    assert "没保存的内容" in editor.get(f"/manage/articles/{article.id}").text
    page = editor.get(f"/manage/articles/{article.id}?draft=1")
    assert "没写完的话</textarea>" in page.text
    assert editor.post(f"/manage/drafts/{article.id}/discard").status_code == 303
    assert "没写完的话" not in editor.get(f"/manage/articles/{article.id}").text
    assert editor.get(f"/manage/articles/{article.id}?draft=1").status_code == 404


def test_it_relaxes_styles_on_the_editor_alone_and_scripts_nowhere(site: Website) -> None:
    """O3: the editor's policy differs by one directive; its pages work under it."""
    editor = site.browser("小编")
    policy = editor.get(f"/manage/articles/{site.article(TITLE).id}").headers[
        "Content-Security-Policy"
    ]
    assert "style-src-attr 'unsafe-inline'" in policy
    assert "script-src 'self';" in policy
    for path in ("/", "/manage/articles", f"/articles/{site.article(TITLE).slug}"):
        plain = editor.get(path).headers["Content-Security-Policy"]
        assert "unsafe" not in plain
        assert "frame-src 'self' https://player.bilibili.com" in plain


def test_it_makes_a_draft_for_a_script_that_wants_to_upload(site: Website) -> None:
    """K6: a picture pasted into a new article makes it the draft it will be anyway."""
    form = {"title": "新的", "body": "", "access": "public"}
    editor = site.browser("小编")
    made = editor.post("/manage/articles", form, headers={"Accept": "application/json"})
    assert made.json is not None
    assert made.json["version"] == site.article("新的").version
    sent = editor.post(
        made.json["upload_url"],
        {"file": (io.BytesIO(PNG), "图.png")},
        headers={"Accept": "application/json"},
    )
    assert sent.json is not None
    assert sent.json["media_type"] == "image/png"
    assert editor.get(sent.json["url"]).status_code == 200


def test_it_shows_a_shared_draft_with_its_pictures_to_nobody_else(site: Website) -> None:
    """K8 K11: readable by the link, hidden from search engines, gone when revoked."""
    editor = viewer_named(site, "小编")
    article_id = create(site.ports, editor, ArticleInput("秘密计划", ""))
    file = attach(site.ports, editor, article_id, Upload("图.png", io.BytesIO(PNG)))
    body = f"![图](/files/{file.id}/图.png)"
    form = {"title": "秘密计划", "body": body, "access": "public", "action": "save"}
    browser = site.browser("小编")
    browser.post(f"/manage/articles/{article_id}/save", form | {"version": "1"})
    token = share(site.ports, editor, article_id, 1)
    stranger = site.browser()
    page = stranger.get(f"/share/{token}")
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    address = re.search(r'src="(/share/[^"]+)"', page.text)
    assert address
    assert stranger.get(address[1]).data == PNG
    assert stranger.get(f"/files/{file.id}/图.png").status_code == 404
    [link] = life(site.ports, editor, article_id).links
    revoke = f"/manage/articles/{article_id}/share/{link.share_id}/revoke"
    assert site.browser("阿博").post(revoke).status_code == 403
    assert site.browser().post(revoke).status_code in {303, 401}
    assert browser.post(revoke).status_code == 303
    assert stranger.get(f"/share/{token}").status_code == 404
    assert stranger.get(address[1]).status_code == 404
    assert stranger.get("/share/none").status_code == 404


def test_it_says_beside_the_field_what_cannot_be_planned(site: Website) -> None:
    """K8: a wrong or past time is named, and what was typed stays."""
    article, editor = site.article(TITLE), site.browser("小编")
    for typed in ("gestern", "2001-01-01T09:00", "9999-99-99T99:99"):
        form = {"expires_at": typed, "version": str(article.version)}
        page = editor.post(f"/manage/articles/{article.id}/plan", form)
        assert page.status_code == 422
        assert typed in page.text
    form = {"review_by": "2030-01-02", "version": str(article.version)}
    assert editor.post(f"/manage/articles/{article.id}/plan", form).status_code == 303
    planned = life(site.ports, viewer_named(site, "小编"), article.id).review_by
    assert planned is not None
    assert planned.isoformat() == "2030-01-02T01:00:00+00:00"


def test_it_hands_in_and_approves_over_the_pages(site: Website) -> None:
    """K8: the reviewer reads the remark and publishes with one button."""
    form = {"title": "待审的文章", "body": "正文", "access": "public", "action": "submit"}
    assert site.browser("小编").post("/manage/articles", form).status_code == 303
    article = site.article("待审的文章")
    assert article.status is ArticleStatus.REVIEW
    boss = site.browser("组长")
    assert "通过并发布" in boss.get(f"/manage/articles/{article.id}").text
    review = f"/manage/articles/{article.id}/review"
    step = {"step": "returned", "comment": "", "version": str(article.version)}
    assert boss.post(review, step).status_code == 422
    assert boss.post(review, step | {"step": "approved"}).status_code == 303
    assert site.article("待审的文章").status is ArticleStatus.PUBLISHED
