"""The rows of tests.web.cases for import, export, the look of the site and embedding."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from kb_app.exchange.spool import spool
from models import ExchangeKind, ExchangeRun, ExchangeState, SitePicture, unit_of_work
from tests.website import Website

CHECKED, MAPPING, PACKED = 1, 2, 3
PNG = b"\x89PNG\r\n\x1a\nsmall"
PICTURE = hashlib.sha256(PNG).hexdigest()
ARTICLE = "门锁离线怎么办"


class SiteRow(NamedTuple):
    """Endpoint, path, who may, who may not, method, form."""

    endpoint: str
    path: str
    may: str = "小编"
    may_not: str | None = "阿博"
    method: str = "GET"
    form: dict[str, Any] = {}  # noqa: RUF012  never changed


def make_runs(site: Website) -> None:
    """An import that was read, a sheet whose columns are unknown, an export to take away."""
    columns = {
        "header": ["问题", "答案"],
        "sample": [["甲", "乙"]],
        "guess": {"title": 0, "body": 1},
    }
    with unit_of_work(site.ports.database) as session:
        for number, kind, state, options in (
            (CHECKED, ExchangeKind.IMPORT, ExchangeState.CHECKED, {}),
            (MAPPING, ExchangeKind.IMPORT, ExchangeState.MAPPING, {"columns": columns}),
            (PACKED, ExchangeKind.EXPORT, ExchangeState.DONE, {}),
        ):
            session.add(
                ExchangeRun(
                    id=number,
                    kind=kind,
                    file_format="csv",
                    filename="faq.csv",
                    folder=f"{number}" * 8,
                    state=state,
                    options=options,
                    created=1,
                    total=1,
                    notes=[{"where": "3", "title": "", "code": "no_title"}],
                )
            )
        session.add(SitePicture(sha256=PICTURE, media_type="image/png", content=PNG))
    place = spool(site.ports, f"{PACKED}" * 8)
    place.make()
    place.product.write_text("编号,问题\n", encoding="utf-8")


SITE_ROWS = (
    SiteRow("exchange.imports", "/manage/import"),
    SiteRow("exchange.import_run", f"/manage/import/{CHECKED}"),
    SiteRow("exchange.import_progress", f"/manage/import/{CHECKED}/progress"),
    SiteRow(
        "exchange.choose_columns",
        f"/manage/import/{MAPPING}/columns",
        method="POST",
        form={"column_title": "0", "column_body": "1"},
    ),
    SiteRow("exchange.confirm", f"/manage/import/{CHECKED}/start", method="POST"),
    SiteRow("exchange.cancel", f"/manage/import/{MAPPING}/cancel", method="POST"),
    SiteRow("exchange.exports", "/manage/export"),
    SiteRow("exchange.begin_export", "/manage/export", method="POST", form={"format": "csv"}),
    SiteRow("exchange.export_progress", "/manage/export/progress"),
    SiteRow("exchange.export_file", f"/manage/export/{PACKED}/file"),
    *(
        SiteRow(endpoint, path, "", None)
        for endpoint, path in (
            ("look.stylesheet", "/look/site.css"),
            ("look.picture", f"/look/pictures/{PICTURE}"),
            ("robots.robots", "/robots.txt"),
            ("robots.sitemap", "/sitemap.xml"),
            ("robots.sitemap_page", "/sitemap-1.xml"),
            ("robots.llms", "/llms.txt"),
            ("embed.script", "/embed.js"),
            ("embed.panel", "/embed?q=密码"),
            ("embed.article", f"/embed/articles/{ARTICLE}"),
            ("embed.ask_form", "/embed/ask?q=密码"),
        )
    ),
    SiteRow("embed.ask", "/embed/ask", "", None, "POST", {"text": "怎么修改密码"}),
    SiteRow("look.edit", "/manage/look", "站长", "组长"),
    SiteRow("look.save", "/manage/look", "站长", "组长", "POST", {"version": "1"}),
    SiteRow("look.preview", "/manage/look/preview", "站长", "组长", "POST"),
    SiteRow("look.reset", "/manage/look/reset", "站长", "组长", "POST"),
    SiteRow("embed.settings", "/manage/embed", "站长", "组长"),
    SiteRow("embed.save", "/manage/embed", "站长", "组长", "POST", {"version": "1"}),
    SiteRow("embed.qr", "/manage/embed/qr.svg", "站长", "组长"),
)
# A question in a frame is its asker's alone, named by a signed word; see test_embed.
SITE_ELSEWHERE = frozenset({"embed.question", "embed.solved", "embed.unsolved"})
