"""Files: sniffed not believed, kept once, readable with their article alone (K7, K11)."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from kb_app.errors import FileTooLarge, InvalidInput, NotAllowed, NotFound
from kb_app.files import FileLink, Upload, attach, files_of, open_file, safe_name, sniff
from kb_app.ports import Ports
from models import (
    STAFF_KEY,
    Article,
    ArticleStatus,
    Attachment,
    Viewer,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import People
from tests.factories import make_article

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
HTML = b"<html><script>alert(document.cookie)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.fixture
def article_id(ports: Ports) -> int:
    """A public article."""
    with unit_of_work(ports.database) as session:
        return make_article(session, "怎么接线").id


def put(ports: Ports, people: People, article_id: int, data: bytes, name: str) -> FileLink:
    """林知夏 attaches a file."""
    return attach(ports, people.linzhixia, article_id, Upload(name, io.BytesIO(data)))


def on_disk(ports: Ports) -> list[Path]:
    """Every file in the store."""
    return [path for path in ports.config.files_dir.rglob("*") if path.is_file()]


def test_it_keeps_and_serves_a_file(ports: Ports, people: People, article_id: int) -> None:
    """K7: the bytes come back as they were, under the name they had."""
    link = put(ports, people, article_id, PNG, "接线图.png")
    assert (link.filename, link.size, link.media_type) == ("接线图.png", len(PNG), "image/png")
    served = open_file(ports, people.passer_by, link.id)
    assert served.path.read_bytes() == PNG
    assert served.inline
    with reading(ports.database) as session:
        assert files_of(session, article_id) == (link,)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (HTML, "picture.png"),
        (SVG, "picture.svg"),
        (b"GIF8" + HTML, "picture.gif"),
        (b" " + PNG, "picture.png"),
        (b"RIFF\x00\x00\x00\x00HTML" + HTML, "sound.webp"),
        (b"MZ\x90\x00", "setup.pdf"),
    ],
)
def test_it_never_shows_in_place_what_only_claims_to_be_harmless(
    ports: Ports, people: People, article_id: int, data: bytes, name: str
) -> None:
    """K7 O3: content decides, not the name: HTML called .png is a download."""
    link = put(ports, people, article_id, data, name)
    served = open_file(ports, people.passer_by, link.id)
    assert not served.inline
    assert served.media_type == "application/octet-stream"


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF1234WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"", "application/octet-stream"),
    ],
)
def test_it_recognises_what_browsers_can_show(head: bytes, media_type: str) -> None:
    """K7: preview where browsers can."""
    assert sniff(head) == media_type


def test_it_keeps_the_same_bytes_once(ports: Ports, people: People, article_id: int) -> None:
    """K7: two names, two links, one file."""
    first = put(ports, people, article_id, PNG, "a.png")
    second = put(ports, people, article_id, PNG, "b.png")
    assert first.id != second.id
    assert len(on_disk(ports)) == 1


def test_it_refuses_what_is_too_large_and_leaves_nothing(
    ports: Ports, people: People, article_id: int
) -> None:
    """K7: one byte over the site's limit is told; the disk stays clean."""
    small = replace(ports, config=ports.config.model_copy(update={"max_upload_mb": 1}))
    limit = 1024 * 1024
    put(small, people, article_id, b"x" * limit, "fits.bin")
    with pytest.raises(FileTooLarge):
        put(small, people, article_id, b"x" * (limit + 1), "too_big.bin")
    with pytest.raises(InvalidInput):
        put(small, people, article_id, b"", "empty.bin")
    assert len(on_disk(ports)) == 1
    with reading(ports.database) as session:
        assert session.scalars(sa.select(Attachment.filename)).all() == ["fits.bin"]


class BrokenLine(io.BytesIO):
    """An upload that breaks off."""

    def read(self, *_: object) -> bytes:
        """Some bytes, then nothing more."""
        if self.tell():
            raise ConnectionResetError
        self.seek(1)
        return b"half"


def test_it_leaves_nothing_of_a_broken_upload(
    ports: Ports, people: People, article_id: int
) -> None:
    """K7: half a file is no file."""
    upload = Upload("half.bin", BrokenLine(b"xx"))
    with pytest.raises(ConnectionResetError):
        attach(ports, people.linzhixia, article_id, upload)
    assert on_disk(ports) == []


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\报告.docx", "报告.docx"),
        ("/absolute/x.pdf", "x.pdf"),
        ("..hidden.txt", "hidden.txt"),
        ("a\x00b\r\nX-Evil: 1.txt", "ab X-Evil: 1.txt"),
        ("exe\u202egnp.bat", "exegnp.bat"),
    ],
)
def test_it_keeps_no_path_in_a_name(given_name: str, kept: str) -> None:
    """K7 O3: no folders, line ends or direction tricks."""
    assert safe_name(given_name) == kept


@pytest.mark.parametrize("name", ["", "..", "/", "../", "\x00", " . . "])
def test_it_refuses_a_name_that_is_none(name: str) -> None:
    """K7: nothing left is said, not guessed."""
    with pytest.raises(InvalidInput):
        safe_name(name)


@given(st.text(max_size=400))
def test_it_makes_any_name_safe_or_refuses_it(name: str) -> None:
    """K7 O3: printable, storable, one path segment, and the ending survives."""
    try:
        kept = safe_name(name)
    except InvalidInput:
        return
    assert 0 < len(kept) <= 150
    assert not set("/\\\r\n\x00") & set(kept)
    assert kept not in {".", ".."}
    kept.encode()


def test_it_keeps_a_file_from_who_may_not_read_its_article(
    ports: Ports, people: People, article_id: int
) -> None:
    """K11: an address alone opens nothing; a hidden article hides its files."""
    link = put(ports, people, article_id, PNG, "a.png")
    with unit_of_work(ports.database) as session:
        session.get_one(Article, article_id).access[0].key = STAFF_KEY
    for stranger in (people.passer_by, people.xiaoai):
        with pytest.raises(NotFound):
            open_file(ports, stranger, link.id)
    assert open_file(ports, people.abo, link.id).inline
    for hide in ({"status": ArticleStatus.DRAFT}, {"deleted_at": utcnow()}):
        with unit_of_work(ports.database) as session:
            session.execute(sa.update(Article).values(**hide))
        with pytest.raises(NotFound):
            open_file(ports, people.abo, link.id)
        assert open_file(ports, people.linzhixia, link.id).inline


def test_it_is_attached_by_writers_to_what_exists(
    ports: Ports, people: People, article_id: int
) -> None:
    """K7: others may not; nowhere is no place."""
    refused: tuple[tuple[Viewer, type[Exception]], ...] = (
        (people.xiaoai, NotAllowed),
        (people.abo, NotFound),
    )
    for other, refusal in refused:
        with pytest.raises(refusal):
            attach(ports, other, article_id, Upload("a.png", io.BytesIO(PNG)))
    with pytest.raises(NotFound):
        put(ports, people, 404, PNG, "a.png")


def test_it_says_when_the_bytes_are_gone(ports: Ports, people: People, article_id: int) -> None:
    """K7 O2: a store restored without a file is a clear answer."""
    link = put(ports, people, article_id, PNG, "a.png")
    on_disk(ports)[0].unlink()
    with pytest.raises(NotFound):
        open_file(ports, people.passer_by, link.id)
    with pytest.raises(NotFound):
        open_file(ports, people.passer_by, 404)
