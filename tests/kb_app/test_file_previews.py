"""Looking at a file without downloading it: drawn pages, text, sound, film (K7)."""

from __future__ import annotations

import io
import struct
import zlib

import pytest

from kb_app.editing import ArticleInput
from kb_app.errors import InvalidInput, NotAllowed, NotFound
from kb_app.extraction.pictures import png
from kb_app.file_articles import make_file_article, title_of
from kb_app.file_previews import PAGES_AT_ONCE, Look, drawn_page, file_page
from kb_app.files import Upload
from kb_app.ports import Ports
from kb_app.search import SearchForm, find
from kb_app.sniffing import is_inline, sniff
from models import STAFF_KEY, Article, reading, unit_of_work
from tests.conftest import People
from tests.factories import make_article, settle_index
from tests.kb_app.test_files import HTML, PNG, SVG, put
from tests.office_files import pdf

PAGES = pdf(*(f"第{n}步接线" for n in range(1, 12)))
BLANK = ArticleInput("", "")
NAMES = (("a_b.tar.gz", "a b.tar"), (".pdf", ".pdf"), ("长" * 300, "长" * 200))
SAMPLES = {
    "audio/mpeg": b"ID3\x04\x00" + b"\0" * 40,
    "audio/wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "audio/flac": b"fLaC\0\0\0\x22",
    "audio/ogg": b"OggS\0\x02" + b"\0" * 22 + b"\x01vorbis",
    "video/ogg": b"OggS\0\x02" + b"\0" * 22 + b"\x80theora",
    "video/mp4": b"\0\0\0\x20ftypisom\0\0\x02\0",
    "audio/mp4": b"\0\0\0\x20ftypM4A \0\0\x02\0",
    "image/avif": b"\0\0\0\x20ftypavif\0\0\0\0",
    "video/webm": b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm",
}


@pytest.fixture
def article_id(ports: Ports) -> int:
    """A public article."""
    with unit_of_work(ports.database) as session:
        return make_article(session, "怎么接线").id


@pytest.mark.parametrize(("media_type", "head"), SAMPLES.items())
def test_it_recognises_what_browsers_play(media_type: str, head: bytes) -> None:
    """K7: by the first bytes alone."""
    assert sniff(head) == media_type
    assert is_inline(media_type)


@pytest.mark.parametrize(
    "data", [HTML, SVG, b"\x1a\x45\xdf\xa3matroska", b"\0\0\0\x20ftyphtml", b"<?xml"]
)
def test_it_shows_nothing_in_place_that_could_act(data: bytes) -> None:
    """O3: markup is always a download, whatever it begins with."""
    assert not is_inline(sniff(data))


def test_it_draws_the_pages_of_a_pdf(ports: Ports, people: People, article_id: int) -> None:
    """K7: a real picture of each page, drawn once, some at a time."""
    link = put(ports, people, article_id, PAGES, "手册.pdf")
    settle_index(ports)
    page = file_page(ports, people.passer_by, link.id, 1)
    assert (page.look, page.total, page.numbers) == (
        Look.PAGES,
        11,
        tuple(range(1, PAGES_AT_ONCE + 1)),
    )
    assert file_page(ports, people.passer_by, link.id, 2).numbers[-1] == 11
    drawn = drawn_page(ports, people.passer_by, link.id, 2)
    width, height = struct.unpack(">II", drawn.read_bytes()[16:24])
    assert drawn.read_bytes().startswith(b"\x89PNG")
    assert width in range(990, 1011)
    assert height > width
    assert drawn_page(ports, people.passer_by, link.id, 2) == drawn
    for beyond in (12, 500):
        with pytest.raises(NotFound):
            drawn_page(ports, people.passer_by, link.id, beyond)


def test_it_draws_nothing_of_a_broken_or_other_file(
    ports: Ports, people: People, article_id: int
) -> None:
    """K7: truncated PDF, a picture: told, not guessed."""
    for data, name in ((PAGES[:200], "half.pdf"), (PNG, "a.png")):
        link = put(ports, people, article_id, data, name)
        settle_index(ports)
        with pytest.raises(NotFound):
            drawn_page(ports, people.passer_by, link.id, 1)
    assert file_page(ports, people.passer_by, link.id, 1).look is Look.PICTURE


def test_it_shows_the_text_of_other_files(ports: Ports, people: People, article_id: int) -> None:
    """K7: HTML is shown as its text, never as a page."""
    link = put(ports, people, article_id, "<p>先断电</p><script>x()</script>".encode(), "a.html")
    settle_index(ports)
    page = file_page(ports, people.passer_by, link.id, 1)
    assert page.look is Look.TEXT
    assert [one.text for one in page.passages] == ["先断电"]


def test_it_previews_only_what_may_be_read(ports: Ports, people: People, article_id: int) -> None:
    """K11: neither page nor picture of a hidden article's file."""
    link = put(ports, people, article_id, PAGES, "手册.pdf")
    settle_index(ports)
    drawn_page(ports, people.passer_by, link.id, 1)
    with unit_of_work(ports.database) as session:
        session.get_one(Article, article_id).access[0].key = STAFF_KEY
    for look in (file_page, drawn_page):
        with pytest.raises(NotFound):
            look(ports, people.xiaoai, link.id, 1)


def test_it_makes_a_file_an_article(ports: Ports, people: People) -> None:
    """K7: its name is the title, its text is found, at once and by everybody chosen."""
    form = ArticleInput("", "", access="customer")
    upload = Upload("L1_安装手册.pdf", io.BytesIO(pdf("霍尔磁片位于电池仓左侧")))
    article_id = make_file_article(ports, people.linzhixia, upload, form)
    settle_index(ports)
    with reading(ports.database) as session:
        assert session.get_one(Article, article_id).title == "L1 安装手册"
    [row] = find(ports, people.xiaoai, SearchForm("霍尔磁片")).rows
    assert row.article_id == article_id
    assert find(ports, people.passer_by, SearchForm("霍尔磁片")).total == 0


def test_it_leaves_no_article_behind_a_refused_file(ports: Ports, people: People) -> None:
    """K7: empty file, no right: nothing was made."""
    with pytest.raises(InvalidInput):
        make_file_article(
            ports, people.linzhixia, Upload("a.pdf", io.BytesIO(b"")), ArticleInput("", "")
        )
    with pytest.raises(NotAllowed):
        make_file_article(
            ports, people.abo, Upload("a.pdf", io.BytesIO(b"x")), ArticleInput("", "")
        )
    with reading(ports.database) as session:
        assert session.query(Article).count() == 0


@pytest.mark.parametrize(("name", "title"), NAMES)
def test_it_makes_a_title_of_a_name(name: str, title: str) -> None:
    """K7: readable, and never too long."""
    assert title_of(name) == title


def test_it_writes_pictures_others_can_read() -> None:
    """K7: rows of pixels come back as they were; the fourth byte is dropped."""
    made = png([b"\1\2\3\xff\4\5\6\xff"], 2, 4)
    start = made.index(b"IDAT") + 4
    size = struct.unpack(">I", made[start - 8 : start - 4])[0]
    assert zlib.decompress(made[start : start + size]) == b"\0\1\2\3\4\5\6"
