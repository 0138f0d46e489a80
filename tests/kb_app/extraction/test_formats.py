"""What is read out of honest files, by the real child process (K7)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.analysis import normalize
from kb_app.extraction.limits import Limits
from kb_app.extraction.sandbox import Reading, Sandbox
from models import FileState, PlaceKind
from tests.office_files import PAGE_BREAK, docx, pdf, pptx, xlsx, zipped

SIMPLIFIED = "请先切断电源，再按住复位孔五秒，直到指示灯闪烁。"
TRADITIONAL = "請先切斷電源，再按住復位孔五秒，直到指示燈閃爍。"
Read = Callable[..., Reading]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads bytes as a file of this name."""

    def read_bytes(data: bytes, name: str, **bounds: object) -> Reading:
        path = tmp_path / "stored"
        path.write_bytes(data)
        return Sandbox(Limits(**bounds)).read(path, name)  # type: ignore[arg-type]  # by name

    return read_bytes


def told(found: Reading) -> list[tuple[str, int, str]]:
    """Kind, number and text of every piece."""
    return [(piece.kind.value, piece.place, piece.text) for piece in found.pieces]


def test_it_reads_pdf_page_by_page(read: Read) -> None:
    """K7: Chinese in a font the file does not carry; an empty page still counts."""
    found = read(pdf("安装手册\n第一步 开箱", "", "复位孔在电池仓左侧"), "手册.pdf")
    assert found.state is FileState.DONE
    assert told(found) == [
        ("page", 1, "安装手册\n第一步 开箱"),
        ("page", 3, "复位孔在电池仓左侧"),
    ]
    assert found.places == 3


def test_it_joins_lines_that_only_the_page_broke(read: Read) -> None:
    """K1 K7: a word on two lines of a PDF is still found."""
    found = read(pdf("请在确认指示灯熄灭之后再按住复\n位孔五秒钟"), "a.pdf")
    assert "复位孔" in found.pieces[0].text


def test_it_reads_word_by_the_pages_of_its_last_layout(read: Read) -> None:
    """K7: page numbers as Word last showed them; the words across a break stay whole."""
    data = docx("第一章 安装", f"先装底座{PAGE_BREAK}再装面板", "电池朝上")
    assert told(read(data, "手册.docx")) == [
        ("page", 1, "第一章 安装\n先装底座"),
        ("page", 2, "再装面板\n电池朝上"),
    ]


def test_it_reads_word_without_pages_tables_and_old_tellings(read: Read) -> None:
    """K7: cells stand apart; what is repeated for older programs is read once."""
    table = (
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>型号</w:t></w:r></w:p></w:tc>"
        "<w:tc><w:p><w:r><w:t>价格</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
        "<w:p><w:r><w:Choice><w:t>新</w:t></w:Choice><w:Fallback><w:t>旧</w:t></w:Fallback>"
        "<w:delText>删去</w:delText><w:tab/><w:t>末</w:t></w:r></w:p>"
    )
    assert told(read(docx(body=table), "a.docx")) == [("whole", 0, "型号\n价格\n新 末")]


def test_it_reads_slides_in_the_order_of_the_show(read: Read) -> None:
    """K7."""
    found = read(pptx("产品介绍\n智能门锁", "安装步骤", "谢谢"), "培训.pptx")
    assert told(found) == [
        ("slide", 1, "产品介绍\n智能门锁"),
        ("slide", 2, "安装步骤"),
        ("slide", 3, "谢谢"),
    ]


def test_it_reads_the_sheets_a_reader_would_see(read: Read) -> None:
    """K7: by name, a row a line; hidden sheets are not for readers."""
    sheets = {"价目": [["型号", "价格"], ["L1", "899 元"]], "底稿": [["成本"]], "门店": [["上海"]]}
    found = read(xlsx(sheets, hidden="底稿"), "价格.xlsx")
    assert [(piece.name, piece.text) for piece in found.pieces] == [
        ("价目", "型号 价格\nL1 899 元"),
        ("门店", "上海"),
    ]
    assert {piece.kind for piece in found.pieces} == {PlaceKind.SHEET}


def test_it_reads_html_without_what_is_not_shown(read: Read) -> None:
    """K7: script, style and hidden templates are no text; the declared character set counts."""
    page = (
        '<html><head><meta charset="gb2312"><title>说明</title><style>p{}</style></head>'
        "<body><h1>复位</h1><script>alert('坏')</script><p>按住&nbsp;五秒&amp;松开</p>"
        '<img alt="示意图" src="x"></body></html>'
    )
    [piece] = read(page.encode("gb18030"), "a.html").pieces
    assert piece.text.split("\n") == ["说明", "复位", "按住 五秒&松开", "示意图"]


@pytest.mark.parametrize("name", ["说明.txt", "说明.md", "说明.csv", "说明.log", "说明"])
def test_it_reads_plain_text_whatever_it_is_called(read: Read, name: str) -> None:
    """K7."""
    assert told(read(SIMPLIFIED.encode(), name)) == [("whole", 0, SIMPLIFIED)]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (SIMPLIFIED, "utf-8"),
        (SIMPLIFIED, "utf-8-sig"),
        (SIMPLIFIED, "utf-16"),
        (SIMPLIFIED, "gbk"),
        (SIMPLIFIED, "gb18030"),
        (TRADITIONAL, "big5"),
        (TRADITIONAL, "utf-16"),
        ("Wi-Fi 2.4GHz 掉线, error E-103", "utf-16-le"),
        ("Wi-Fi 2.4GHz 掉线, error E-103", "utf-16-be"),
        ("Wi-Fi 掉线了怎么办？请重启路由器", "gbk"),
        ("Éteignez l'appareil avant la réinitialisation", "cp1252"),
        ("plain ASCII, E-103", "ascii"),
        ("霍尔磁片", "gbk"),
        ("磁片", "gbk"),
    ],
)
def test_it_recognises_encodings(read: Read, text: str, encoding: str) -> None:
    """K1 K7: what Chinese Windows, old Taiwan systems and everybody else write."""
    assert [piece.text for piece in read(text.encode(encoding), "a.txt").pieces] == [text]


def test_it_reads_the_files_in_a_zip(read: Read) -> None:
    """K7: each with its path; a broken or foreign one is passed over."""
    inner = {
        "资料/手册.pdf": pdf("复位孔"),
        "说明.txt": "先断电".encode("gbk"),
        "图.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
        "坏.docx": b"PK\x03\x04 no zip",
        "内层.zip": zipped({"再里面.md": "# 保修三年"}),
    }
    found = read(zipped(inner), "资料包.zip")
    assert [(piece.member, piece.place, piece.text) for piece in found.pieces] == [
        ("资料/手册.pdf", 1, "复位孔"),
        ("说明.txt", 0, "先断电"),
        ("内层.zip/再里面.md", 0, "# 保修三年"),
    ]


def test_it_cuts_long_text_in_pieces_and_tells_when_it_keeps_less(read: Read) -> None:
    """K7: nothing of a long page is lost; beyond the site's bound the rest is."""
    text = "".join(f"第{number}条 保修说明。\n" for number in range(2000))
    found = read(text.encode(), "a.txt")
    assert not found.cut
    assert "".join(piece.text for piece in found.pieces).count("保修说明") == 2000
    short = read(text.encode(), "a.txt", chars=5_000)
    assert short.cut
    assert short.state is FileState.DONE
    assert sum(len(piece.text) for piece in short.pieces) <= 5_000


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "a.png", "picture"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 40, "a.jpg", "picture"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.doc", "legacy"),
        (b"MZ\x90\x00" + bytes(range(256)) * 8, "setup.exe", "other"),
        (b"ID3\x04\x00\x00" + bytes(range(256)) * 8, "a.mp3", "other"),
    ],
)
def test_it_looks_for_no_text_where_there_is_none(
    read: Read, data: bytes, name: str, reason: str
) -> None:
    """K7: pictures, sound, programs; old Word files are named as such."""
    found = read(data, name)
    assert (found.state, found.reason, found.pieces) == (FileState.SKIPPED, reason, ())


@pytest.mark.parametrize("data", [pdf("", ""), docx(""), b"", zipped({}), b" \n\t "])
def test_it_tells_an_empty_file_from_a_broken_one(read: Read, data: bytes) -> None:
    """K7: a scan without words is no failure."""
    assert read(data, "a").state is FileState.EMPTY


def test_it_tells_legacy_encodings_apart_over_many_texts() -> None:
    """K7: GBK and Big5, of which most bytes fit both, by their commonest characters."""
    import opencc

    from kb_app.extraction.decoding import decode

    to_traditional = opencc.OpenCC("s2t")
    folder = Path(__file__).parents[3] / "kb_app" / "demo"
    bodies = [
        json.loads(line)["body"].replace("\r", "")[:400]
        for path in sorted(folder.glob("*.articles.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert len(bodies) >= 80
    for body in bodies:
        assert decode(body.encode("gb18030")) == body
        old = to_traditional.convert(body).encode("big5hkscs", "ignore")
        assert decode(old) == old.decode("big5hkscs")
        assert normalize(str(decode(old)))[:1] != ""
