"""Files made to hurt: each ends with a reason or with its harmless text, in time (K7 O3)."""

from __future__ import annotations

import io
import os
import platform
import socket
import struct
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from kb_app.extraction.limits import Limits
from kb_app.extraction.sandbox import BOOT, ROOT, Reading, Sandbox
from models import FileState
from tests.office_files import SHEET, docx, package, pdf, xlsx, zipped

BROKEN, BOMB, LOCKED = "failed:broken", "failed:bomb", "failed:encrypted"
EMPTY, DONE, LATE = "empty:", "done:", "failed:timeout"
LIMITS = Limits(seconds=5, soft_seconds=2.5)
SECONDS = 20
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "哈哈哈哈哈哈哈哈哈哈">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><w:document xmlns:w='w'><w:t>&i;</w:t></w:document>"
)
OUTSIDE = (
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    "<w:document xmlns:w='w'><w:t>&a;</w:t></w:document>"
)
CLIMBING = (
    '<Relationships><Relationship Id="1" Type="x/officeDocument" '
    'Target="../../../etc/passwd"/></Relationships>'
)


def word(xml: str | bytes) -> bytes:
    """A Word file with this as its document."""
    return package("word/document.xml", {"word/document.xml": xml})


def nested(depth: int) -> bytes:
    """A zip in a zip in a zip …"""
    data = zipped({"底.txt": "最里面"})
    for _ in range(depth):
        data = zipped({"里.zip": data})
    return data


def locked_zip() -> bytes:
    """A zip whose members say that they are encrypted."""
    data = bytearray(zipped({"a.txt": "密"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def overlapping_zip() -> bytes:
    """Many entries that all unpack the same large stretch."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("0.txt", "好" * 3_000_000)
        for number in range(1, 1000):
            info = zipfile.ZipInfo(f"{number}.txt")
            for name in ("compress_type", "CRC", "compress_size", "file_size", "header_offset"):
                setattr(info, name, getattr(file.filelist[0], name))
            file.filelist.append(info)
    return made.getvalue()


def lying_zip() -> bytes:
    """A member that claims ten bytes and holds a hundred million."""
    data = bytearray(zipped({"a.txt": b"A" * 100_000_000}))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    data[22:26] = struct.pack("<I", 10)
    return bytes(data)


def flate_pdf() -> bytes:
    """A page whose drawing unpacks to a hundred million bytes."""
    packed = zlib.compress(b" " * 100_000_000, 9)
    start = pdf("页").replace(b"5 0 obj", b"9 0 obj", 1)
    head = b"5 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed)
    return start.replace(b"xref", head + packed + b"\nendstream\nendobj\nxref", 1)


def looping_pdf() -> bytes:
    """Pages whose parent is a page, and a form that draws itself."""
    return pdf("页").replace(b"/Count 1 /Kids [4 0 R]", b"/Count 99999 /Kids [2 0 R]", 1)


def picture(width: int, height: int) -> bytes:
    """A PNG that says it is this large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    made = struct.pack(">I", len(head)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + made


def sheet_of(rows: str) -> bytes:
    """A workbook whose only sheet holds these rows."""
    with zipfile.ZipFile(io.BytesIO(xlsx({"表": [["一"]]}))) as small:
        members = {info.filename: small.read(info) for info in small.infolist()}
    sheet = f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>'
    return zipped({**members, "xl/worksheets/sheet1.xml": sheet})


def endless_rows() -> bytes:
    """Two million rows, no two quite alike, so that they look honest."""
    row = '<row><c t="inlineStr"><is><t>单元格{}</t></is></c></row>'
    return sheet_of("".join(row.format(hash(str(i)) % 10**9) for i in range(2_000_000)))


def stray_strings() -> bytes:
    """Cells that refer to strings there are none of."""
    wrong = ("-1", "99999999999999999999", "٣", "x", "")
    cells = "".join(f'<c t="s"><v>{value}</v></c>' for value in wrong)
    return sheet_of(f'<row>{cells}<c t="s"><v>0</v></c></row>')


DEEP = "<w:document xmlns:w='w'>" + "<w:p>" * 200_000
HOSTILE: dict[str, tuple[Callable[[], bytes], str, set[str]]] = {
    "zip bomb": (lambda: zipped({"a.txt": b"0" * 100_000_000}), "a.zip", {BOMB}),
    "zip bomb in a document": (lambda: word(b" " * 100_000_000), "a.docx", {BOMB}),
    "zips in zips": (lambda: nested(12), "a.zip", {EMPTY}),
    "overlapping entries": (overlapping_zip, "a.zip", {BOMB, BROKEN, EMPTY, DONE}),
    "a size that lies": (lying_zip, "a.zip", {BOMB, BROKEN, EMPTY}),
    "too many members": (lambda: zipped({str(i): "" for i in range(20_100)}), "a.zip", {BOMB}),
    "paths that climb": (lambda: zipped({"../../../etc/cron.d/x.txt": "爬"}), "a.zip", {DONE}),
    "an encrypted zip": (locked_zip, "a.zip", {LOCKED}),
    "a zip cut off": (lambda: zipped({"a.txt": "半" * 900})[:60], "a.zip", {BROKEN}),
    "billion laughs": (lambda: word(LAUGHS), "a.docx", {BOMB}),
    "an entity from outside": (lambda: word(OUTSIDE), "a.docx", {BOMB}),
    "elements nested for ever": (lambda: word(DEEP), "a.docx", {BOMB}),
    "a document cut off": (lambda: docx("半" * 9000)[:300], "a.docx", {BROKEN}),
    "XML that stops": (lambda: word("<w:document xmlns:w='w'><w:t>半"), "a.docx", {BROKEN}),
    "relations that climb": (
        lambda: zipped({"[Content_Types].xml": "<a/>", "_rels/.rels": CLIMBING}), "a.docx",
        {EMPTY, DONE}),
    "an encrypted document": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512
        + "EncryptedPackage".encode("utf-16-le"), "a.docx", {LOCKED}),
    "a string that is not in the table": (stray_strings, "a.xlsx", {DONE}),
    "two million rows": (endless_rows, "a.xlsx", {DONE}),
    "a PDF cut off": (lambda: pdf("半" * 500)[:700], "a.pdf", {BROKEN, EMPTY, DONE}),
    "a PDF of noise": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 400, "a.pdf", {BROKEN}),
    "a PDF under a password": (
        lambda: pdf("密", trailer="/ID [<00><00>] /Encrypt << /Filter /Standard /V 2 /R 3 "
                    "/Length 128 /P -4 /O <" + "00" * 32 + "> /U <" + "11" * 32 + "> >>"),
        "a.pdf", {LOCKED}),
    "a PDF that unpacks hugely": (flate_pdf, "a.pdf", {EMPTY, DONE, "failed:too_large"}),
    "a PDF that is its own page": (looping_pdf, "a.pdf", {BROKEN, EMPTY}),
    "a page of a billion points": (
        lambda: pdf("远").replace(b"[0 0 595 842]", b"[0 0 1e9 1e9]"), "a.pdf", {EMPTY, DONE}),
    "a picture of 10^9 pixels": (
        lambda: picture(40_000, 25_000), "a.png", {"skipped:picture"}),
    "a program called text": (lambda: b"\x7fELF" + bytes(range(256)) * 99, "a.txt",
                              {"skipped:other"}),
    "HTML without an end": (lambda: b"<div " * 300_000, "a.html", {EMPTY, DONE, LATE}),
    "HTML of open comments": (lambda: b"<!--" * 300_000, "a.html", {EMPTY, DONE, LATE}),
    "one line of ten million": (lambda: "长".encode() * 5_000_000, "a.txt", {DONE}),
}  # fmt: skip


def read(tmp_path: Path, data: bytes, name: str, limits: Limits | None = None) -> Reading:
    """The child's reading of these bytes."""
    path = tmp_path / "stored"
    path.write_bytes(data)
    return Sandbox(limits or Limits()).read(path, name)


@pytest.mark.parametrize("kind", HOSTILE)
def test_it_ends_well_with_a_hostile_file(tmp_path: Path, kind: str) -> None:
    """K7 O3: a reason or harmless text, within seconds, bounded, and never an exception."""
    make, name, allowed = HOSTILE[kind]
    data = make()
    began = time.monotonic()
    found = read(tmp_path, data, name, LIMITS)
    assert f"{found.state.value}:{found.reason}" in allowed
    assert time.monotonic() - began < SECONDS
    assert sum(len(piece.text) for piece in found.pieces) <= Limits().chars
    assert not any(".." in piece.member for piece in found.pieces)


def test_it_keeps_no_character_that_misleads_or_cannot_be_stored(tmp_path: Path) -> None:
    """K7 O3: NUL, direction marks, zero width, lone surrogates."""
    text = "复\u202e位\u200b孔\u2066在\x07左\ufeff侧"
    data = zipped({"名\u202e字.txt": text, "a\x01b.md": "好"})
    found = read(tmp_path, data, "a\x00\u202e.zip")
    assert [piece.text for piece in found.pieces] == ["复位孔在左侧", "好"]
    assert all(piece.member.isprintable() for piece in found.pieces)
    lone = read(tmp_path, b"\xed\xa0\x80 " + "足够长的正常文字".encode() * 400, "a.txt")
    assert lone.pieces[0].text.encode()


def program(source: str) -> Sandbox:
    """A sandbox whose child is this program instead."""
    return Sandbox(Limits(seconds=1.5, soft_seconds=1), None, (sys.executable, "-I", "-c", source))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("while True: pass", "timeout"),
        ("import time; time.sleep(60)", "timeout"),
        ("import os; os.close(1); import time; time.sleep(60)", "timeout"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashed"),
        ("import sys; sys.exit(3)", "crashed"),
        ("print('no json')", "crashed"),
        ("print('[1, 2]')", "crashed"),
        ('print(\'{"end": "rich"}\')', "crashed"),
        ("print('[' * 100000)", "crashed"),
        ("while True: print('x' * 65536)", "bomb"),
    ],
)
def test_it_survives_whatever_the_child_does(tmp_path: Path, source: str, reason: str) -> None:
    """K7 O3: hanging, dying, lying, flooding: the file is given up, nothing else is."""
    path = tmp_path / "stored"
    path.write_bytes(b"x")
    began = time.monotonic()
    found = program(source).read(path, "a.txt")
    assert (found.state, found.reason) == (FileState.FAILED, reason)
    assert time.monotonic() - began < 10


def test_it_kills_what_the_child_started_too(tmp_path: Path) -> None:
    """K7 O3: nothing of it goes on when its time is over."""
    sign = tmp_path / "alive"
    grandchild = f"import time; time.sleep(3); open({str(sign)!r}, 'w')"
    source = (
        "import subprocess, sys, time; "
        f"subprocess.Popen([sys.executable, '-c', {grandchild!r}]); time.sleep(60)"
    )
    path = tmp_path / "stored"
    path.write_bytes(b"x")
    assert program(source).read(path, "a.txt").reason == "timeout"
    time.sleep(3)
    assert not sign.exists()


def test_it_says_when_the_file_is_not_there(tmp_path: Path) -> None:
    """K7 O2."""
    assert Sandbox().read(tmp_path / "gone", "a.txt").reason == "missing"


@dataclass(frozen=True)
class Attempt:
    """Something a reader that was taken over would try."""

    name: str
    source: str


ATTEMPTS = (
    Attempt("read a file", "open('/etc/passwd').read()"),
    Attempt("write a file", "open({sign!r}, 'w').write('x')"),
    Attempt("list a folder", "__import__('os').listdir('/')"),
    Attempt("remove a file", "__import__('os').unlink({sign!r})"),
    Attempt("run a program", "__import__('os').execv('/bin/true', ['true'])"),
    Attempt("make a process", "__import__('os').fork()"),
    Attempt("open a connection", "socket.socket().connect(('127.0.0.1', {port}))"),
    Attempt("signal its parent", "__import__('os').kill({parent}, 0)"),
    Attempt("limit its parent", "__import__('resource').prlimit({parent}, 4, (0, 0))"),
    Attempt(
        "reach its parent's threads",
        "if __import__('ctypes').CDLL(None).syscall({tgkill}, {parent}, {parent}, 0):"
        " raise OSError",
    ),
    Attempt("take much memory", "bytearray(3_000_000_000)"),
)


@pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")
@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_it_gives_a_taken_over_reader_no_power(tmp_path: Path, attempt: Attempt) -> None:
    """K7 O3: the same confinement, then the attempt, which has to be refused."""
    sign = tmp_path / "sign"
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.settimeout(5), daemon=True).start()
        tgkill = 234 if platform.machine() == "x86_64" else 131
        tried = attempt.source.format(
            sign=str(sign), port=server.getsockname()[1], parent=os.getpid(), tgkill=tgkill
        )
        source = (
            f"import sys, os, socket; sys.path.insert(0, {str(ROOT)!r})\n"
            "from kb_app.extraction.confine import confine\n"
            "assert confine(5, 1024)\n"
            f"try:\n    {tried}\n"
            "except (OSError, MemoryError) as error:\n    print('refused')\n"
            "else:\n    print('done')\n"
        )
        command = [sys.executable, "-I", "-c", source]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.stdout.strip() == "refused", done.stderr
    assert not sign.exists()


def test_it_is_confined_here(tmp_path: Path) -> None:
    """K7 O3: where the product is tested, the filter works."""
    assert read(tmp_path, "好".encode(), "a.txt").confined
    assert "confine" not in BOOT
