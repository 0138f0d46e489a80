"""Files over HTTP: ranges, scripts' answers, headers, names, and nothing that acts (K7, O3)."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from kb_app import file_store, files
from kb_app.file_store import FileStore
from kb_app.files import Upload, attach
from tests.office_files import pdf
from tests.web.cases import viewer_named
from tests.website import VISITOR, Website

DATA = b"%PDF-1.4\n" + bytes(range(256)) * 40
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'
JSON = {"Accept": "application/json"}
TITLE = "门锁电池怎么更换"


def words(answer: TestResponse) -> dict[str, str]:
    """What a script was told."""
    assert isinstance(answer.json, dict)
    return answer.json


def put(site: Website, data: bytes = DATA, name: str = "手册.pdf") -> str:
    """A file of a public article; its address."""
    article_id = site.article(TITLE).id
    upload = Upload(name, io.BytesIO(data))
    link = attach(site.ports, viewer_named(site, "小编"), article_id, upload)
    return f"/files/{link.id}/{quote(link.filename)}"


def send(site: Website, data: bytes, name: str, **options: object) -> TestResponse:
    """小编 uploads a file the way the editor's script does."""
    path = f"/manage/articles/{site.article(TITLE).id}/files"
    browser = site.browser("小编")
    return browser.post(path, {"file": (io.BytesIO(data), name)}, headers=JSON, **options)


@pytest.mark.parametrize(
    ("asked", "status", "said", "part"),
    [
        ("bytes=0-9", 206, f"bytes 0-9/{len(DATA)}", DATA[:10]),
        ("bytes=-5", 206, f"bytes {len(DATA) - 5}-{len(DATA) - 1}/{len(DATA)}", DATA[-5:]),
        ("bytes=10000-", 206, f"bytes 10000-{len(DATA) - 1}/{len(DATA)}", DATA[10000:]),
        ("bytes=0-1,5-6", 416, f"bytes */{len(DATA)}", None),
        ("bytes=99999999-", 416, f"bytes */{len(DATA)}", None),
    ],
)
def test_it_serves_a_part_of_a_file(
    site: Website, asked: str, status: int, said: str | None, part: bytes | None
) -> None:
    """K7: seeking in a film loads what is seen; more than one range is refused, not mixed up."""
    answer = site.browser().get(put(site), headers={"Range": asked})
    assert (answer.status_code, answer.headers.get("Content-Range")) == (status, said)
    if part is not None:
        assert answer.data == part


def test_it_goes_on_only_with_the_file_it_began(site: Website) -> None:
    """K7: If-Range with the same content is a part, with another the whole; unchanged is 304."""
    address, browser = put(site), site.browser()
    tag = browser.get(address).headers["ETag"]
    for given, status in ((tag, 206), ('"other"', 200)):
        headers = {"Range": "bytes=0-3", "If-Range": given}
        assert browser.get(address, headers=headers).status_code == status
    assert browser.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_it_tells_a_script_what_it_sent(site: Website) -> None:
    """K6 K7: id, address, name, kind; the address works."""
    told = words(send(site, DATA, "接线图.pdf"))
    assert (told["filename"], told["media_type"]) == ("接线图.pdf", "application/pdf")
    assert site.browser().get(told["url"]).data == DATA


def test_it_tells_a_script_what_went_wrong(site: Website) -> None:
    """K7: a sentence and the right status, never a page."""
    assert send(site, b"", "a.pdf").status_code == 422
    assert "空文件" in words(send(site, b"", "a.pdf"))["error"]
    path = f"/manage/articles/{site.article(TITLE).id}/files"
    for name, status in (("阿博", 404), (VISITOR, 401)):
        refused = site.browser(name).post(path, {"file": (io.BytesIO(b"x"), "a")}, headers=JSON)
        assert (refused.status_code, bool(words(refused)["error"])) == (status, True)
    forged = site.browser("小编").client.post(path, headers=JSON)
    assert (forged.status_code, bool(words(forged)["error"])) == (400, True)


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd.svg", "a\x00b.html", "长" * 300 + ".svg", "x\u202egpj.svg", "'><img>.svg"],
)
def test_it_serves_what_could_act_only_as_a_download_in_a_sandbox(site: Website, name: str) -> None:
    """K7 O3: SVG under any name: no type a browser would run, no path, no turned letters."""
    told = words(send(site, SVG, name))
    answer = site.browser().get(told["url"])
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not set("/\\\x00\u202e") & set(told["filename"])
    assert len(told["filename"]) <= 150
    assert "<img>" not in site.browser().get(f"/articles/{site.article(TITLE).slug}").text


def test_it_shows_a_pdf_where_the_browser_can(site: Website) -> None:
    """K7: inline, without the sandbox in which browsers refuse PDF; a download when asked."""
    address, browser = put(site), site.browser()
    shown = browser.get(address)
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert "sandbox" not in shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    asked = browser.get(f"{address}?download=1")
    assert asked.headers["Content-Disposition"].startswith("attachment")


def test_it_has_a_page_for_a_file(site: Website) -> None:
    """K7: the drawn pages, the way back to the article, a download."""
    address = put(site, pdf("开箱检查", "指纹录入"))
    site.work()
    page = site.browser().get(address.rpartition("/")[0] + "/view")
    assert page.text.count('class="file-pages__picture"') == 2
    assert TITLE in page.text
    drawn = site.browser().get(address.rpartition("/")[0] + "/pages/2.png")
    assert drawn.data.startswith(b"\x89PNG")
    article = site.browser().get(f"/articles/{site.article(TITLE).slug}").text
    assert address.rpartition("/")[0] + "/view" in article


def test_it_makes_an_article_of_a_file_in_the_browser(site: Website) -> None:
    """K7: 小编 may, an agent may not; a refused form keeps the title."""
    path = "/manage/articles/from-file"
    form = {"title": "安装手册", "access": "public"}
    file = {"file": (io.BytesIO(pdf("霍尔磁片")), "手册.pdf")}
    assert site.browser("阿博").post(path, form | file).status_code == 403
    kept = site.browser("小编").post(path, form)
    assert (kept.status_code, "安装手册" in kept.text) == (422, True)
    file = {"file": (io.BytesIO(pdf("霍尔磁片")), "手册.pdf")}
    assert site.browser("小编").post(path, form | file).status_code == 303
    site.work()
    assert "安装手册" in site.browser().get("/search?q=霍尔磁片").text


def test_it_sends_a_large_file_from_far_away_in_parts(
    site: Website, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K7: what is not on this machine is asked for as it is sent; ranges, 304 and 404 as ever."""
    address, browser = put(site, DATA * 40), site.browser()
    whole = DATA * 40
    tag = browser.get(address).headers["ETag"]
    monkeypatch.setattr(files, "FETCHED", 10)
    monkeypatch.setattr(FileStore, "nearby", lambda _store, _sha256: False)
    monkeypatch.setattr(file_store, "FAR_PART", 70_000)
    answer = browser.get(address)
    assert (answer.data, answer.headers["ETag"]) == (whole, tag)
    assert int(answer.headers["Content-Length"]) == len(whole)
    for asked, part in (("5-40", whole[5:41]), ("-9", whole[-9:]), ("30-", whole[30:])):
        answer = browser.get(address, headers={"Range": f"bytes={asked}"})
        assert (answer.status_code, answer.data) == (206, part)
        assert answer.headers["Content-Range"].endswith(f"/{len(whole)}")
    assert browser.get(address, headers={"Range": "bytes=999999-"}).status_code == 416
    for given, status in ((tag, 206), ('"other"', 200)):
        headers = {"Range": "bytes=0-3", "If-Range": given}
        assert browser.get(address, headers=headers).status_code == status
    assert browser.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert browser.client.head(address).data == b""
    monkeypatch.setattr(FileStore, "path", lambda _store, _sha256: tmp_path / "gone")
    assert browser.get(address).status_code == 404


def test_it_shows_pictures_no_larger_than_the_page(site: Website) -> None:
    """K7: a small version beside the name of a file and in the text; the file one click away."""
    drawn = io.BytesIO()
    Image.new("RGB", (3000, 2000), (20, 90, 200)).save(drawn, "PNG")
    told = words(send(site, drawn.getvalue(), "接线图.png"))
    number = told["url"].split("/")[2]
    small = site.browser().get(f"/files/{number}/small/320")
    assert (small.status_code, small.headers["Content-Type"]) == (200, "image/webp")
    assert Image.open(io.BytesIO(small.data)).size == (320, 213)
    assert "sandbox" in small.headers["Content-Security-Policy"]
    tag = small.headers["ETag"]
    again = site.browser().get(f"/files/{number}/small/320", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert site.browser().get(f"/files/{number}/small/321").status_code == 404
    page = site.browser().get(f"/articles/{site.article(TITLE).slug}").text
    assert f'src="/files/{number}/small/320"' in page
