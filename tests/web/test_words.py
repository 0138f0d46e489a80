"""The dictionary in the browser: what a content manager sees and can undo (K1)."""

from __future__ import annotations

import io
import re

from tests.website import Website

PATH = "/manage/words"


def add(site: Website, kind: str, words: str) -> None:
    """A line, added by the content manager."""
    answer = site.browser("小编").post(PATH, {"kind": kind, "words": words})
    assert answer.status_code == 303, answer.text


def lines(page: str) -> list[str]:
    """The words in the table, line by line."""
    rows = re.findall(r'<span class="wordline">(.*?)</td>', page, re.DOTALL)
    return ["=".join(re.findall(r'wordline__word">([^<]+)', row)) for row in rows]


def test_an_empty_dictionary_says_what_to_do(site: Website) -> None:
    page = site.browser("小编").get(PATH).text
    assert "这里还没有词" in page
    assert "智能门锁 L1" in page


def test_a_word_is_added_changed_deleted_and_brought_back(site: Website) -> None:
    """K1: the whole way, without a script."""
    add(site, "same", "小白 = 门锁")
    browser = site.browser("小编")
    page = browser.get(PATH).text
    assert lines(page) == ["小白=门锁"]
    [entry] = re.findall(r'href="/manage/words/(\d+)"', page)
    form = {"kind": "same", "words": "小白 = 门锁 = 锁具", "version": "1"}
    assert browser.post(f"{PATH}/{entry}", form).status_code == 303
    stale = browser.post(f"{PATH}/{entry}", {**form, "words": "小黑 = 门锁"})
    assert stale.status_code == 409
    assert "小黑 = 门锁" in stale.text
    gone = browser.post(f"{PATH}/{entry}/delete", {"version": "2"}, follow_redirects=True)
    assert "已删除同义词" in gone.text
    assert "撤销" in gone.text
    back = browser.post(f"{PATH}/{entry}/restore", follow_redirects=True)
    assert lines(back.text) == ["小白=门锁=锁具"]


def test_a_reader_finds_by_the_new_synonym(site: Website) -> None:
    """K1: hot-loaded; marks show why it was found."""
    assert "门锁电池怎么更换" not in plain(site, "小白没反应")
    add(site, "same", "小白 = 门锁")
    site.ports.engine.parts.words.now()
    assert "门锁电池怎么更换" in plain(site, "小白没反应")
    assert "<mark>门锁</mark>" in site.browser().get("/search?q=小白没反应").text


def plain(site: Website, query: str) -> str:
    """The results page without its marks."""
    page = site.browser().get("/search", query_string={"q": query}).text
    results = page.partition('id="main"')[2]
    return results.replace("<mark>", "").replace("</mark>", "")


def test_a_refused_line_is_given_back(site: Website) -> None:
    answer = site.browser("小编").post(PATH, {"kind": "same", "words": "只有一个"})
    assert answer.status_code == 422
    assert "至少要有两个" in answer.text
    assert "只有一个</textarea>" in answer.text
    assert site.browser("小编").post(PATH, {"kind": "?", "words": "a"}).status_code == 422


def test_the_preview_shows_words_and_synonyms(site: Website) -> None:
    page = site.browser("小编").get(PATH, query_string={"sentence": "智能门锁l1连不上"}).text
    assert "cut__piece--own" in page
    assert "也会找" in page
    assert "无法连接" in page


def test_a_list_is_checked_then_taken_in(site: Website) -> None:
    """K1: a GBK file as spreadsheets write it; faults are named by line."""
    browser = site.browser("小编")
    content = "类型,词语\r\n专用词,小屿网关\r\n同义词,单独\r\n=1+1\r\n".encode("gbk")
    report = browser.post(f"{PATH}/list/check", {"file": (io.BytesIO(content), "词.csv")})
    assert report.status_code == 200
    assert '可以添加 <strong class="num">1</strong>' in report.text
    assert "同义词至少要有两个不同的词" in report.text
    [text] = re.findall(r'name="list" hidden>\n(.*?)</textarea>', report.text, re.DOTALL)
    done = browser.post(f"{PATH}/list", {"list": text}, follow_redirects=True)
    assert "已添加 1 条" in done.text
    given = browser.get(f"{PATH}/words.csv")
    assert given.data.decode("utf-8-sig").splitlines() == ["类型,词语", "专用词,小屿网关"]


def test_an_unreadable_file_is_refused(site: Website) -> None:
    browser = site.browser("小编")
    for content, sentence in ((b"\xff\x00\x81\xff", "UTF-8 或 GBK"), (b"", "请粘贴清单")):
        answer = browser.post(f"{PATH}/list/check", {"file": (io.BytesIO(content), "a.csv")})
        assert answer.status_code == 422
        assert sentence in answer.text


def test_the_largest_list_that_is_checked_can_be_taken_in(site: Website) -> None:
    """K1: the form that confirms it sends no more than a form may hold."""
    browser = site.browser("小编")
    content = "\n".join(f"{'长' * 38}{n:04d}"[-40:] for n in range(4_900)).encode("gb18030")
    report = browser.post(f"{PATH}/list/check", {"file": (io.BytesIO(content), "词.csv")})
    confirm = r'<form ([^>]*)>[^<]*<input[^>]*><textarea name="list" hidden>\n(.*?)</textarea>'
    [(form, text)] = re.findall(confirm, report.text, re.DOTALL)
    assert 'enctype="multipart/form-data"' in form
    done = browser.post(
        f"{PATH}/list", {"list": text}, content_type="multipart/form-data", follow_redirects=True
    )
    assert "已添加 4900 条" in done.text
