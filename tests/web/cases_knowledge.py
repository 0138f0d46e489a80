"""The rows of tests.web.cases for levels and groups, own drafts, languages, confirmed mail."""

from __future__ import annotations

from typing import Any

from models import CustomerGroup, CustomerLevel, SiteLanguage, unit_of_work
from tests.web.cases_site import SiteRow
from tests.website import Website

CIRCLE = 900


def make_circles(site: Website) -> None:
    """A level and a group that nobody is in."""
    with unit_of_work(site.ports.database) as session:
        session.add_all(
            [
                CustomerLevel(id=CIRCLE, name="银卡", rank=900),
                CustomerGroup(id=CIRCLE, name="乙公司"),
                SiteLanguage(code="ja", name="日本語"),
                SiteLanguage(code="ko", name="한국어"),
            ]
        )


def _lead(endpoint: str, tail: str = "", method: str = "GET", **form: Any) -> SiteRow:
    return SiteRow(f"circles.{endpoint}", f"/manage/circles{tail}", "组长", "小编", method, form)


KNOWLEDGE_ROWS = (
    _lead("index"),
    _lead("add", "/group", "POST", name="丙公司"),
    _lead("edit", f"/group/{CIRCLE}"),
    _lead("rename", f"/level/{CIRCLE}", "POST", name="银卡会员", seen="银卡"),
    _lead("step", f"/level/{CIRCLE}/step", "POST", way="up"),
    _lead("add_members", f"/group/{CIRCLE}/members", "POST", emails="xiaoai@example.com"),
    _lead("add_member", f"/group/{CIRCLE}/members/1/add", "POST"),
    _lead("remove_member", f"/group/{CIRCLE}/members/1/remove", "POST"),
    _lead("delete", f"/level/{CIRCLE}/delete", "POST"),
    SiteRow("languages.index", "/manage/languages", "站长", "组长"),
    SiteRow(
        "languages.add",
        "/manage/languages",
        "站长",
        "组长",
        "POST",
        {"code": "fr", "name": "Français"},
    ),
    SiteRow("languages.remove", "/manage/languages/ko/remove", "站长", "组长", "POST"),
    SiteRow(
        "languages.begin", "/manage/articles/1/translations", method="POST", form={"language": "ko"}
    ),
    SiteRow(
        "manage.add_phrasing",
        "/manage/articles/1/phrasings",
        may_not="小艾",
        method="POST",
        form={"phrasing_hint": "门锁没电", "version": "1"},
    ),
    SiteRow("proof.send_again", "/account/confirm-email", "小艾", None, "POST"),
    SiteRow("own.mine", "/manage/own-articles", "阿博", "小艾"),
)
# Needs a mailed token, or a translation; tests/web/test_proof.py, test_languages.py.
KNOWLEDGE_ELSEWHERE = frozenset({"proof.link", "proof.confirm", "languages.checked"})
