"""Word, web pages, FAQ sheets and the exports of other help desks (K14)."""

from __future__ import annotations

import html
import json

from kb_app.exchange.readers.html_markdown import parsed, to_markdown
from kb_app.rendering import render
from models import ArticleStatus, Attachment
from tests.kb_app.exchange.conftest import Exchange
from tests.office_files import DRAWING, OFFICE, WORD, package, relations, xlsx, zipped

PNG = b"\x89PNG\r\n\x1a\n" + b"1" * 40
STYLES = (
    f'<w:styles xmlns:w="{WORD}"><w:style w:styleId="1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="2"><w:name w:val="heading 2"/></w:style></w:styles>'
)
NUMBERING = (
    f'<w:numbering xmlns:w="{WORD}"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0">'
    '<w:numFmt w:val="decimal"/></w:lvl></w:abstractNum><w:abstractNum w:abstractNumId="1">'
    '<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="6"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
)


def _paragraph(text: str, properties: str = "", run: str = "") -> str:
    inner = f"<w:r><w:rPr>{run}</w:rPr><w:t>{text}</w:t></w:r>"
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def _styled(text: str, style: str) -> str:
    return _paragraph(text, f'<w:pStyle w:val="{style}"/>')


def _item(text: str, number: str) -> str:
    numbered = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr>'
    return _paragraph(text, numbered)


def word_file() -> bytes:
    """A document with all that is kept: headings, lists, a table, a link, bold, a picture."""
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    row = "<w:tr>" + cell + cell + "</w:tr>"
    body = (
        _styled("更换电池", "1")
        + _paragraph("请先关机。", run="<w:b/>")
        + _styled("步骤", "2")
        + _item("打开后盖", "5")
        + _item("放入电池", "5")
        + _item("注意极性", "6")
        + f"<w:tbl>{row.format('型号', '电池')}{row.format('L1', '4 节')}</w:tbl>"
        + '<w:p><w:hyperlink r:id="h1"><w:r><w:t>官网</w:t></w:r></w:hyperlink></w:p>'
        + f'<w:p><w:r><a:blip xmlns:a="{DRAWING}" r:embed="p1"/></w:r></w:p>'
    )
    main = f'<w:document xmlns:w="{WORD}" xmlns:r="{OFFICE}"><w:body>{body}</w:body></w:document>'
    targets = {
        "s": ("styles", "styles.xml"),
        "n": ("numbering", "numbering.xml"),
        "p1": ("image", "media/image1.png"),
    }
    links = relations(targets).replace(
        "</Relationships>",
        f'<Relationship Id="h1" Type="{OFFICE}/hyperlink" TargetMode="External" '
        'Target="https://example.com/a b"/></Relationships>',
    )
    return package(
        "word/document.xml",
        {
            "word/document.xml": main,
            "word/styles.xml": STYLES,
            "word/numbering.xml": NUMBERING,
            "word/_rels/document.xml.rels": links,
            "word/media/image1.png": PNG,
        },
    )


def test_it_keeps_the_structure_of_a_word_file(exchange: Exchange) -> None:
    """K14: headings, numbered and plain lists, tables, emphasis, links, pictures."""
    run = exchange.bring("docx", "电池.docx", word_file())
    assert (run.created, run.notes) == (1, [])
    article = exchange.article("电池")
    assert article.title == "更换电池"
    for part in (
        "**请先关机。**",
        "## 步骤",
        "1. 打开后盖\n2. 放入电池\n",
        "- 注意极性",
        "| 型号 | 电池 |\n| --- | --- |\n| L1 | 4 节 |",
        "[官网](https://example.com/a%20b)",
        "![](/files/",
    ):
        assert part in article.body
    assert exchange.count(Attachment) == 1


def test_it_brings_in_many_word_files_and_names_the_damaged(exchange: Exchange) -> None:
    """K14: a truncated file and an old .doc are lines in the report."""
    files = {
        "设备/电池.docx": word_file(),
        "坏.docx": word_file()[:400],
        "旧.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600,
        "~$电池.docx": b"lock",
    }
    run = exchange.bring("docx", "all.zip", zipped(files))
    assert (run.created, run.refused) == (1, 2)
    assert {(note["where"], note["code"]) for note in run.notes} == {
        ("坏.docx", "broken"),
        ("旧.doc", "old_word"),
    }


PAGE = """<!doctype html><html><head><meta charset="gbk"><title>网站名 - 退款</title>
<style>p{}</style></head><body><header>导航</header><main><h1>退款多久到账</h1>
<p>原路返回，<strong>1 到 5 个</strong>工作日。<br>见<a href="other.html">说明</a>。</p>
<ul><li>银行卡<ul><li>借记卡</li></ul></li><li>余额</li></ul>
<table><tr><th>方式</th><th>天</th></tr><tr><td>卡|券</td><td>5</td></tr></table>
<pre><code class="language-sh">echo &lt;hi&gt;
</code></pre><img src="图.png" alt="图示"><img src="data:image/png;base64,iVBORw0KGgowMDAw">
<script>alert(1)</script></main><footer>版权</footer></body></html>"""


def test_it_brings_in_web_pages(exchange: Exchange) -> None:
    """K14: the main part of a page in a Chinese encoding, with its pictures, without scripts."""
    files = {"pages/退款.html": PAGE.encode("gb18030"), "pages/图.png": PNG}
    run = exchange.bring("html", "site.zip", zipped(files))
    assert (run.created, run.notes) == (1, [])
    body = exchange.article("pages/退款").body
    assert exchange.article("pages/退款").title == "退款多久到账"
    for part in (
        "原路返回，**1 到 5 个**工作日。\n见[说明](other.html)。",
        "- 银行卡\n    - 借记卡\n- 余额",
        "| 方式 | 天 |\n| --- | --- |\n| 卡\\|券 | 5 |",
        "```sh\necho <hi>\n```",
        "![图示](/files/",
    ):
        assert part in body
    assert not {word for word in ("alert", "导航", "版权", "data:") if word in body}
    assert exchange.count(Attachment) == 2


def test_it_writes_markdown_that_shows_what_the_page_said() -> None:
    """K14: words that look like Markdown stay words."""
    said = "1. 不是列表 * 星 * _下划线_ # 号 [括号] <b> a_b_c `点`"
    page = parsed(f"<p>{html.escape(said)}</p><p># 不是标题</p><p>- 不是列表</p>")
    shown = render(to_markdown(page, lambda url, _picture: url)).html
    words = html.unescape(shown)
    assert "<li>" not in shown
    assert "<h1" not in shown
    assert "<em>" not in shown
    assert said in words


SHEET = "问题,答案,相似问法,类别\n怎么退款,点“我的订单”。,退钱;退款流程,订单/退款\n,没有问题,,\n"


def test_it_brings_in_a_faq_sheet(exchange: Exchange) -> None:
    """K14: columns are guessed, rows without a question are named."""
    run = exchange.read("csv", "faq.csv", SHEET.encode("gb18030"))
    assert run.state == "mapping"
    assert run.options["columns"]["guess"] == {
        "title": 0,
        "body": 1,
        "phrasings": 2,
        "category": 3,
    }
    run = exchange.confirm(exchange.columns(run))
    assert (run.created, run.refused) == (1, 1)
    assert [(note["where"], note["code"]) for note in run.notes] == [("3", "no_title")]
    article = exchange.article("faq:怎么退款")
    assert article.phrasings == ["退钱", "退款流程"]
    assert article.category is not None
    assert article.category.name == "退款"


def test_it_follows_the_columns_a_person_chose(exchange: Exchange) -> None:
    """K14: what the header says does not matter then."""
    run = exchange.read("csv", "faq.csv", "甲;乙\n答;问\n".encode())
    exchange.confirm(exchange.columns(run, {"title": 1, "body": 0}))
    assert exchange.article("faq:问").body == "答"


def test_it_brings_in_an_excel_sheet(exchange: Exchange) -> None:
    """K14: .xlsx as CSV."""
    data = xlsx({"表": [["标准问", "标准答案"], ["怎么退款", "点订单"], ["怎么开票", "点发票"]]})
    run = exchange.bring("xlsx", "faq.xlsx", data)
    assert run.created == 2
    assert exchange.article("faq:怎么开票").body == "点发票"


def test_it_brings_in_a_zendesk_help_centre(exchange: Exchange) -> None:
    """K14: sections nest in categories, drafts stay drafts, segments stay closed."""
    pages = {
        "articles-1.json": {
            "articles": [
                {
                    "id": 7,
                    "title": "退款",
                    "body": "<h2>步骤</h2><p>点<b>订单</b></p>",
                    "section_id": 2,
                    "label_names": ["退钱"],
                    "user_segment_id": None,
                },
                {"id": 8, "title": "内部", "body": "x", "section_id": 3, "user_segment_id": 9},
                {"id": 9, "title": "草稿", "body": "", "draft": True, "user_segment_id": None},
            ]
        },
        "sections.json": {
            "sections": [
                {"id": 2, "name": "支付", "category_id": 1, "parent_section_id": None},
                {"id": 3, "name": "细节", "category_id": 1, "parent_section_id": 2},
            ],
            "categories": [{"id": 1, "name": "订单"}],
        },
    }
    data = zipped({name: json.dumps(page) for name, page in pages.items()})
    assert exchange.bring("zendesk", "guide.zip", data).created == 3
    article = exchange.article("zendesk:7")
    assert article.body == "## 步骤\n\n点**订单**"
    assert article.phrasings == ["退钱"]
    assert article.category is not None
    assert article.category.name == "支付"
    assert exchange.article("zendesk:8").own_keys == {"staff"}
    assert exchange.article("zendesk:9").status is ArticleStatus.DRAFT


def test_it_brings_in_phpmyfaq_as_json_and_xml(exchange: Exchange) -> None:
    """K14: the answer is HTML, escaped once more; both exports are the same questions."""
    answer = "<p>点<em>订单</em></p>"
    faq = {
        "id": "3",
        "language": "zh",
        "category": "订单 >> 退款",
        "keywords": "退钱, 退款",
        "question": "怎么退款",
        "answer": html.escape(answer),
    }
    inner = "".join(f"<{key}>{html.escape(faq[key])}</{key}>" for key in faq if key != "id")
    xml = f'<?xml version="1.0"?><phpmyfaq><article id="3">{inner}</article></phpmyfaq>'
    assert exchange.bring("phpmyfaq", "faq.json", json.dumps([{"faq": faq}]).encode()).created == 1
    article = exchange.article("phpmyfaq:3:zh")
    assert (article.body, article.phrasings) == ("点*订单*", ["退钱", "退款"])
    assert exchange.bring("phpmyfaq", "faq.xml", xml.encode()).same == 1


def test_it_brings_in_discourse_topics(exchange: Exchange) -> None:
    """K14: the question and the accepted answer."""
    posts = [
        {"post_number": 1, "cooked": "<p>门锁没反应</p>"},
        {"post_number": 2, "cooked": "<p>我也是</p>", "like_count": 9},
        {"post_number": 3, "cooked": "<p>换电池</p>", "accepted_answer": True},
    ]
    topic = {"id": 5, "title": "门锁", "category_id": 2, "post_stream": {"posts": posts}}
    categories = {"category_list": {"categories": [{"id": 2, "name": "设备"}]}}
    data = zipped({"t5.json": json.dumps(topic), "categories.json": json.dumps(categories)})
    assert exchange.bring("discourse", "forum.zip", data).created == 1
    article = exchange.article("discourse:5")
    assert article.body == "门锁没反应\n\n---\n\n换电池"
    assert article.category is not None
    assert article.category.name == "设备"


def test_it_brings_in_a_discourse_archive(exchange: Exchange) -> None:
    """K14: own topics of the CSV archive; replies elsewhere are no articles."""
    rows = (
        "topic_title,categories,post_raw,url\n"
        "门锁,设备,怎么换电池,https://f.example/t/lock/5/1\n"
        "别人的,设备,同问,https://f.example/t/other/6/3\n"
    )
    assert exchange.bring("discourse", "archive.csv", rows.encode()).created == 1
    assert exchange.article("discourse:5").body == "怎么换电池"
