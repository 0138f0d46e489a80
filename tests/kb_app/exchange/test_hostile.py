"""Files made to hurt an import: each ends with a reason, and the good parts come in (K14 O3)."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from dataclasses import replace

import pytest

from kb_app.errors import FileTooLarge, InvalidInput, NotAllowed
from kb_app.exchange import reading as reading_module
from kb_app.exchange import runs
from kb_app.exchange.formats import ImportFormat
from kb_app.exchange.records import short_id
from models import Article
from tests.conftest import People
from tests.kb_app.exchange.conftest import Exchange
from tests.office_files import docx, zipped

GOOD = {"好.md": "# 好的\n\n正文。"}


def raw_zip(members: dict[str, bytes]) -> bytes:
    """A zip whose names Python would not write by itself."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, data in members.items():
            info = zipfile.ZipInfo("x")
            info.filename = name
            file.writestr(info, data)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../../etc/cron.d/坏.md", "bad_path"),
        ("/etc/passwd.md", "bad_path"),
        ("C:\\Windows\\坏.md", "bad_path"),
        ("a/../../坏.md", "bad_path"),
        ("坏\u202egnp.md", "bad_name"),
        ("x" * 300 + ".md", "long_name"),
    ],
)
def test_it_refuses_names_that_lead_away(exchange: Exchange, name: str, code: str) -> None:
    """K14 O3: the name is a line in the report, its neighbour comes in."""
    data = raw_zip({name: b"# x", "好.md": GOOD["好.md"].encode()})
    run = exchange.bring("markdown", "a.zip", data)
    assert run.created == 1
    assert [note["code"] for note in run.notes] == [code]


def test_it_refuses_a_bomb(exchange: Exchange) -> None:
    """K14 O3: a member that unpacks to a thousand times its size ends the reading."""
    run = exchange.read("markdown", "bomb.zip", zipped({"a.md": b"0" * 60_000_000, **GOOD}))
    assert (run.state, run.reason) == ("failed", "bomb")
    assert exchange.count(Article) == 0


@pytest.mark.parametrize(
    ("file_format", "data"),
    [
        ("markdown", zipped(GOOD)[:60]),
        ("docx", docx("一句话")[:300]),
        ("xlsx", docx("不是表格")),
        ("csv", bytes(range(256)) * 50),
        ("zendesk", b"[" * 100_000),
        ("zendesk", b'{"articles": 5, "sections": "x"}'),
        ("phpmyfaq", b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'x'>]><a>&b;</a>"),
        ("phpmyfaq", b'<phpmyfaq><article id="1"><question>x</question>'),
        ("discourse", b'{"topics": [{"id": 1, "posts": [5, null]}]}'),
        ("wenda", zipped(GOOD)),
        ("html", bytes(range(256)) * 50),
    ],
    # zips hold the time, and every process must collect the same names
    ids=lambda value: value if isinstance(value, str) else f"{len(value)}-bytes",
)
def test_it_ends_with_a_reason(exchange: Exchange, file_format: str, data: bytes) -> None:
    """K14: whatever was sent, the run ends and says why."""
    run = exchange.read(file_format, "坏.bin", data)
    assert run.state == "failed" or run.notes
    assert exchange.count(Article) == 0


def test_it_imports_what_is_good_of_a_page_of_nonsense(exchange: Exchange) -> None:
    """K14: wrong kinds of values in JSON are faults of their rows."""
    articles = [
        {"id": 1, "title": "好", "body": "好"},
        {"id": True, "title": 5, "body": ["x"]},
        {"id": 2, "title": "", "body": ""},
        {"id": 3, "title": "长", "body": "长" * 200_001},
        "x",
    ]
    run = exchange.bring("zendesk", "a.json", json.dumps({"articles": articles}).encode())
    assert (run.created, run.refused) == (1, 3)
    assert {note["code"] for note in run.notes} == {"no_id", "title_empty", "body_too_long"}


def test_it_survives_a_child_that_dies(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """O3: reading costs one run at most."""
    monkeypatch.setattr(reading_module, "BOOT", "import os; os.abort()")
    monkeypatch.setattr(
        reading_module, "PROGRAM", (*reading_module.PROGRAM[:-2], "import os; os.abort()", "x")
    )
    run = exchange.read("markdown", "a.zip", zipped(GOOD))
    assert (run.state, run.reason) == ("failed", "crashed")


@pytest.mark.parametrize(
    "said",
    [
        "print(chr(123))",
        'print(\'{"asset": {"key": "../../x", "size": 1}}\'); print("a")',
        'print(\'{"asset": {"key": "a", "size": -5}}\')',
        'print(\'{"record": 5}\'); print("[]")',
    ],
)
def test_it_does_not_believe_the_child(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """O3: a child taken over by a file can say what it likes and gets nothing by it."""
    program = (*reading_module.PROGRAM[:-2], said, "x")
    monkeypatch.setattr(reading_module, "PROGRAM", program)
    run = exchange.read("markdown", "a.zip", zipped(GOOD))
    assert run.state == "failed"


def test_it_ends_a_reading_that_takes_too_long(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O3: the clock is the parent's."""
    monkeypatch.setattr(reading_module, "LIMITS", replace(reading_module.LIMITS, seconds=1.0))
    program = (*reading_module.PROGRAM[:-2], "import time; time.sleep(60)", "x")
    monkeypatch.setattr(reading_module, "PROGRAM", program)
    run = exchange.read("markdown", "a.zip", zipped(GOOD))
    assert (run.state, run.reason) == ("failed", "timeout")


def test_it_refuses_a_zip_that_lies_about_sizes(exchange: Exchange) -> None:
    """O3: bytes are counted as they come."""
    data = bytearray(zipped({"a.md": b"0" * 9_000_000, **GOOD}))
    place = data.find(b"PK\x01\x02")
    struct.pack_into("<I", data, place + 24, 10)
    run = exchange.read("markdown", "lie.zip", bytes(data))
    assert run.state == "failed" or run.notes


def test_it_refuses_files_beyond_the_limit(exchange: Exchange) -> None:
    """K14: an upload larger than the site allows leaves nothing behind."""

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return b"0" * size

    with pytest.raises(FileTooLarge):
        runs.begin_import(
            exchange.ports,
            exchange.viewer,
            runs.Sent(ImportFormat.CSV, "a.csv", Endless()),  # type: ignore[arg-type]
        )
    assert not any((exchange.ports.config.data_dir / "exchange").iterdir())


def test_it_refuses_an_empty_file(exchange: Exchange) -> None:
    """K14: an empty file is a clear error, not a run."""
    with pytest.raises(InvalidInput):
        exchange.read("csv", "a.csv", b"")


def test_it_lets_only_publishers_import(exchange: Exchange, people: People) -> None:
    """K14 O3: an agent may not."""
    stranger = replace(exchange, viewer=people.abo)
    with pytest.raises(NotAllowed):
        stranger.read("markdown", "a.md", b"# x")


def test_it_makes_one_id_of_one_long_name() -> None:
    """K14: names beyond the column's length stay different."""
    one, other = short_id("甲" * 200 + "1"), short_id("甲" * 200 + "2")
    assert len(one) <= 120
    assert one != other


def test_it_reads_links_to_hosts_of_any_script(exchange: Exchange) -> None:
    """O3: whatever a link looks like, the confined child needs no file to read it."""
    links = (
        "[a](http://例子.公司/x) ![b](//[::1) [c](http://xn--/ ) ![d](%ff.png) [e](http://ｅ.cn/)"
    )
    run = exchange.bring("markdown", "a.md", f"# 题\n\n{links}\n".encode())
    assert (run.state, run.created) == ("done", 1)


def test_it_keeps_pictures_out_that_only_claim_to_be_some(exchange: Exchange) -> None:
    """K7 K14: a script named .png is stored as plain bytes, served as a download."""
    files: dict[str, bytes | str] = {
        "a.md": "# 题\n\n![x](x.png)",
        "x.png": b"<svg onload=alert(1)>" + zlib.compress(b"x"),
    }
    run = exchange.bring("markdown", "a.zip", zipped(files))
    assert run.created == 1
