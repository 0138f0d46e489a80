"""Small versions of pictures: upright, on white, kept, bomb-safe, no wider a door (K7 K11 O3)."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from kb_app import thumbnails
from kb_app.errors import NotFound
from kb_app.extraction.limits import Limits
from kb_app.extraction.sandbox import Sandbox
from kb_app.file_upkeep import clear_orphans
from kb_app.files import open_file, restrict
from kb_app.ports import Ports
from kb_app.rendering import render
from kb_app.thumbnails import MADE, SMALL, WIDE, thumbnail, with_small_pictures
from models import Attachment, unit_of_work
from tests.conftest import People
from tests.factories import make_article
from tests.kb_app.test_files import HTML, put

RED, GREEN = (220, 20, 20), (20, 160, 20)
ORIENTATION, TURNED = 0x0112, 6


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 600), mode: str = "RGB") -> bytes:
    """Red above, green below; see-through where its mode can be."""
    made = Image.new(mode, size, (0, 0, 0, 0) if mode == "RGBA" else RED)
    if mode == "RGB":
        made.paste(GREEN, (0, size[1] // 2, *size))
    out = io.BytesIO()
    made.save(out, kind)
    return out.getvalue()


def turned() -> bytes:
    """A photograph taken upright by a camera that writes it lying."""
    made, out = Image.new("RGB", (900, 600), RED), io.BytesIO()
    made.paste(GREEN, (450, 0, 900, 600))
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED
    made.save(out, "JPEG", exif=exif)
    return out.getvalue()


def moving() -> bytes:
    """Two frames, red then green."""
    frames, out = [Image.new("RGB", (800, 400), colour) for colour in (RED, GREEN)], io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def bomb(width: int = 40_000, height: int = 25_000) -> bytes:
    """A PNG of 10⁹ pixels in a few kilobytes."""
    rows = zlib.compress(b"\0" * (width // 8 + 1) * 100)

    def chunk(name: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + crc

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def near(colour: object, wanted: tuple[int, int, int]) -> bool:
    """Alike, but for what packing changes."""
    return isinstance(colour, tuple) and all(
        abs(one - other) < 40 for one, other in zip(colour[:3], wanted, strict=True)
    )


@pytest.fixture
def shown(ports: Ports, people: People) -> Callable[..., Image.Image]:
    """A picture put beside a public article and asked for small."""
    with unit_of_work(ports.database) as session:
        article_id = make_article(session, "怎么接线").id

    def show(data: bytes, width: int = SMALL) -> Image.Image:
        link = put(ports, people, article_id, data, "图.png")
        found = thumbnail(ports, people.passer_by, link.id, width)
        return Image.open(io.BytesIO(found.path.read_bytes()))

    return show


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_it_makes_a_small_picture(shown: Callable[..., Image.Image], kind: str) -> None:
    """K7: as wide as asked, as high as that makes it, the same colours at the same places."""
    small = shown(picture(kind))
    assert (small.format, small.size) == ("WEBP", (SMALL, 213))
    assert near(small.getpixel((10, 10)), RED)
    assert near(small.getpixel((10, 200)), GREEN)


def test_it_stands_upright_on_white_and_still(shown: Callable[..., Image.Image]) -> None:
    """K7: the camera's orientation, transparency, the first frame."""
    upright = shown(turned())
    assert upright.size == (SMALL, 480)
    assert near(upright.getpixel((160, 20)), RED)
    assert near(upright.getpixel((160, 460)), GREEN)
    assert near(shown(picture(mode="RGBA")).getpixel((5, 5)), (255, 255, 255))
    assert near(shown(moving()).getpixel((5, 5)), RED)


def test_it_leaves_alone_what_is_small_or_moves_in_a_text(
    shown: Callable[..., Image.Image],
) -> None:
    """K7: nothing is made larger, and a recording of a screen still moves where it is read."""
    assert shown(picture(size=(120, 90))).size == (120, 90)
    assert shown(picture(), WIDE).size == (900, 600)
    assert getattr(shown(moving(), WIDE), "n_frames", 1) == 2


@pytest.mark.parametrize(
    "data", [bomb(), picture()[:300], b"\x89PNG\r\n\x1a\n" + b"\0" * 99, picture("JPEG")[:500]]
)
def test_it_shows_the_file_itself_when_it_cannot_be_drawn(
    ports: Ports, people: People, data: bytes
) -> None:
    """K7 O3: 10⁹ pixels, half a file, noise: refused in the child, tried once, never a 500."""
    with unit_of_work(ports.database) as session:
        article_id = make_article(session, "怎么接线").id
    link = put(ports, people, article_id, data, "图.png")
    for _ in range(2):
        found = thumbnail(ports, people.passer_by, link.id, SMALL)
        assert found.path.read_bytes() == data
        assert found.media_type.startswith("image/")


def test_it_draws_in_the_confined_child(tmp_path: Path) -> None:
    """O3: decoders of hostile pictures run where files, network and processes are refused."""
    path = tmp_path / "a"
    path.write_bytes(picture())
    assert Sandbox().thumbnail(path, SMALL).startswith(b"RIFF")
    assert Sandbox(Limits(pixels=1000)).thumbnail(path, SMALL) == b""
    assert Sandbox().thumbnail(tmp_path / "none", SMALL) == b""


def test_it_shows_it_to_whom_the_file_may_be_shown(ports: Ports, people: People) -> None:
    """K11: the rule of the file, asked every time; no width but those of the pages."""
    with unit_of_work(ports.database) as session:
        article_id = make_article(session, "怎么接线").id
    link = put(ports, people, article_id, picture(), "图.png")
    text = put(ports, people, article_id, HTML, "a.html")
    thumbnail(ports, people.passer_by, link.id, SMALL)
    restrict(ports, people.linzhixia, article_id, link.id, "staff")
    for ref, width in ((link.id, SMALL), (text.id, SMALL), (link.id, 4000), (99, SMALL)):
        with pytest.raises(NotFound):
            thumbnail(ports, people.passer_by, ref, width)
    assert thumbnail(ports, people.linzhixia, link.id, SMALL).media_type == MADE


def test_it_goes_with_its_file(ports: Ports, people: People) -> None:
    """K7: what was drawn is deleted with the bytes it was drawn from."""
    with unit_of_work(ports.database) as session:
        article_id = make_article(session, "怎么接线").id
    link = put(ports, people, article_id, picture(), "图.png")
    drawn = thumbnail(ports, people.passer_by, link.id, SMALL).path
    whole = open_file(ports, people.passer_by, link.id).path
    with unit_of_work(ports.database) as session:
        session.delete(session.get_one(Attachment, link.id))
    assert clear_orphans(ports, seconds=-1) == 1
    assert not drawn.exists()
    assert not whole.exists()


def test_it_works_without_pillow(
    ports: Ports, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O1: the lean installation has no Pillow and shows pictures as they are."""
    monkeypatch.setattr(thumbnails, "has_pillow", lambda: False)
    with unit_of_work(ports.database) as session:
        article_id = make_article(session, "怎么接线").id
    link = put(ports, people, article_id, picture(), "图.png")
    assert thumbnail(ports, people.passer_by, link.id, SMALL).path.read_bytes() == picture()


def test_it_asks_for_small_pictures_in_articles() -> None:
    """K7: own pictures alone, each leading to itself; links, other sites and GIF as they were."""
    html = render(
        "![甲](/files/7/a.png)\n\n[![乙](/files/8/b.jpg)](/x)\n\n![丙](https://e.cn/files/9/c.png) "
        "![丁](/files/10/d.gif) ![戊](/files/11/../../e.png)"
    ).html
    small = with_small_pictures(html)
    assert '<a href="/files/7/a.png"><img alt="甲" src="/files/7/small/1440"></a>' in small
    assert small.count("<a ") == html.count("<a ") + 1
    assert 'src="/files/8/small/1440"' in small
    for kept in ("https://e.cn/files/9/c.png", "/files/10/d.gif", "/files/11/../../e.png"):
        assert f'src="{kept}"' in small
