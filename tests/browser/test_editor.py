"""Writing in a real browser: rich text, Word, pictures, a killed page, two editors (K6)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RICH = "[data-rich] .vditor-wysiwyg pre.vditor-reset"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "YPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
# As Word puts it on the clipboard: lists are paragraphs, bullets hide in conditional comments.
WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"
xmlns:w="urn:schemas-microsoft-com:office:word"><head><meta name=ProgId content=Word.Document>
<style><!-- p.MsoNormal {mso-style-parent:""; font-size:10.5pt} --></style></head><body lang=ZH-CN>
<!--StartFragment--><h2 style='mso-pagination:lines-together'>更换<span lang=EN-US>滤芯</span></h2>
<p class=MsoNormal><span style='font-family:宋体'>先关水阀，<b>再</b>拆外壳。<o:p></o:p></span></p>
<p class=MsoListParagraph style='margin-left:18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]>
<span lang=EN-US style='mso-list:Ignore'>1.<span style='font:7.0pt "Times New Roman"'>&nbsp;
</span></span><![endif]>关闭进水阀<o:p></o:p></p>
<p class=MsoListParagraph style='margin-left:18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]>
<span lang=EN-US style='mso-list:Ignore'>2.<span>&nbsp;</span></span><![endif]>拧下外壳</p>
<p class=MsoListParagraph style='margin-left:36.0pt;mso-list:l0 level2 lfo1'><![if !supportLists]>
<span style='mso-list:Ignore'>l<span>&nbsp;</span></span><![endif]>用附带的扳手</p>
<table class=MsoTableGrid border=1><tr><td><p class=MsoNormal>型号</p></td>
<td><p class=MsoNormal>周期</p></td></tr><tr><td><p class=MsoNormal>甲型</p></td>
<td><p class=MsoNormal>六个月</p></td></tr></table>
<script>alert(1)</script><!--EndFragment--></body></html>"""


def _ready(page: Page) -> None:
    page.wait_for_selector("form[data-ready]")


def _open_new(page: Page, title: str) -> None:
    page.goto("/manage/articles/new")
    _ready(page)
    page.locator("#f-title").fill(title)


def _paste(page: Page, kind: str, content: str) -> None:
    """What a real paste fires, with a clipboard of our making."""
    page.evaluate(
        """([where, kind, content]) => {
          const data = new DataTransfer();
          if (kind === "picture") {
            const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
            data.items.add(new File([bytes], "image.png", { type: "image/png" }));
          } else data.setData("text/html", content);
          const field = document.querySelector(where);
          field.focus();
          const options = { clipboardData: data, bubbles: true, cancelable: true };
          field.dispatchEvent(new ClipboardEvent("paste", options));
        }""",
        [RICH, kind, content],
    )


def _save(page: Page) -> None:
    page.keyboard.press("Control+s")
    page.wait_for_selector(".toast--success")
    _ready(page)


def test_it_writes_rich_text_and_publishes_by_keyboard(
    signed_in: Callable[[str], Page], visitor: Callable[..., Page]
) -> None:
    """K6: what is typed rich is Markdown in the end; Ctrl+Enter publishes; no outside request."""
    page = signed_in("editor")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    _open_new(page, "净水器滤芯多久换一次")
    page.locator(RICH).click()
    page.keyboard.type("## 周期")
    page.keyboard.press("Enter")
    page.keyboard.type("一般六个月。")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".toast--success")
    assert page.locator("textarea[name=body]").input_value().startswith("## 周期\n\n一般六个月")
    reader = visitor(390, 844)
    reader.goto("/articles/净水器滤芯多久换一次")
    expect(reader.get_by_role("heading", name="周期")).to_be_visible()
    own = page.url.split("/manage")[0]
    assert [url for url in asked if not url.startswith((own, "data:", "blob:"))] == []


def test_it_keeps_headings_lists_and_tables_of_word(signed_in: Callable[[str], Page]) -> None:
    """K6: Word's paragraphs that only look like lists become lists; nothing in them acts."""
    page = signed_in("editor")
    _open_new(page, "怎样更换滤芯")
    _paste(page, "html", WORD)
    expect(page.locator(RICH).get_by_role("heading", name="更换滤芯")).to_be_visible()
    _save(page)
    text = page.locator("textarea[name=body]").input_value()
    assert "## 更换滤芯" in text
    assert "**再**" in text
    assert re.search(r"1\. 关闭进水阀\n+2\. 拧下外壳\n+ {2,4}[-*] 用附带的扳手", text)
    assert re.search(r"\| 型号 *\| 周期 *\|", text)
    assert "alert" not in text
    assert "Mso" not in text


def test_it_takes_a_pasted_picture(signed_in: Callable[[str], Page]) -> None:
    """K6 K7: a picture on the clipboard is uploaded and stands in the text of a new article."""
    page = signed_in("editor")
    _open_new(page, "指示灯的含义")
    _paste(page, "picture", PIXEL)
    picture = page.locator(f"{RICH} img")
    expect(picture).to_have_attribute("src", re.compile(r"^/files/\d+/"))
    page.wait_for_url(re.compile(r"/manage/articles/\d+$"))
    _save(page)
    assert "![" in page.locator("textarea[name=body]").input_value()


def test_it_brings_back_what_a_killed_page_had(signed_in: Callable[[str], Page]) -> None:
    """K6: the page dies, the browser's own store with it; the server's draft is offered."""
    page = signed_in("editor")
    page.goto("/manage/articles?view=published")
    page.locator(".queue__subject a").first.click()
    _ready(page)
    address = page.url
    page.locator(RICH).click()
    page.keyboard.press("Control+End")
    page.keyboard.type("还没保存的一句话。")
    expect(page.locator("[data-editor-state]")).to_contain_text("已自动保存草稿")
    context = page.context
    page.evaluate("localStorage.clear()")
    page.close(run_before_unload=False)
    again = context.new_page()
    again.goto(address)
    offer = again.locator("[data-draft-offer]")
    expect(offer).to_contain_text("没保存的内容")
    offer.get_by_role("link", name="恢复没保存的内容").click()
    _ready(again)
    expect(again.locator(RICH)).to_contain_text("还没保存的一句话。")
    _save(again)
    again.goto(address)
    expect(again.locator("[data-draft-offer]")).to_have_count(0)
    assert "还没保存的一句话。" in again.locator("textarea[name=body]").input_value()


def test_it_lets_two_editors_keep_both_their_words(signed_in: Callable[[str], Page]) -> None:
    """K6: each sees the other; the second saving merges what does not touch and asks else."""
    mine, theirs = signed_in("editor"), signed_in("lead")
    _open_new(mine, "两个人一起写")
    for page in (mine, theirs):
        page.evaluate("localStorage.setItem('editor-mode', 'split')")
    mine.get_by_role("button", name="Markdown 对照").click()
    mine.locator("textarea[name=body]").fill("第一段。\n\n第二段。\n\n第三段。")
    _save(mine)
    theirs.goto(mine.url)
    _ready(theirs)
    expect(theirs.locator("[data-others]")).to_have_text("林知夏也在编辑这篇文章")
    theirs.locator("textarea[name=body]").fill("他的第一段。\n\n他的第二段。\n\n第三段。")
    _save(theirs)
    mine.locator("textarea[name=body]").fill("第一段。\n\n我的第二段。\n\n第三段。\n\n我的第四段。")
    mine.keyboard.press("Control+s")
    expect(mine.get_by_role("heading", level=1)).to_contain_text("周组长在您编辑期间")
    expect(mine.get_by_text("两个人都改了这一段")).to_have_count(1)
    mine.get_by_role("button", name="保存合并后的内容").click()
    mine.wait_for_selector(".toast--success")
    _ready(mine)
    text = mine.locator("textarea[name=body]").input_value()
    for words in ("他的第一段。", "我的第二段。", "他的第二段。", "第三段。", "我的第四段。"):
        assert words in text
