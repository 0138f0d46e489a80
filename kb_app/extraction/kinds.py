"""What a file is, by its bytes first and its name last, and the reader for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import PurePosixPath
from typing import BinaryIO

from kb_app.extraction import pdf, sheets, slides, word
from kb_app.extraction.budget import Budget, Unit
from kb_app.extraction.limits import Fault, NotText, Refused, Skip
from kb_app.extraction.office import main_part
from kb_app.extraction.packages import Package
from kb_app.extraction.pictures import PICTURES
from kb_app.extraction.plain import html_text, text_of

HEAD = 4096
LARGEST_TEXT = 30_000_000
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SEALED = "EncryptedPackage".encode("utf-16-le")
MARKUP = {".html", ".htm", ".xhtml", ".xml", ".svg"}
BINARY = {".exe", ".dll", ".bin", ".apk", ".iso", ".dmg", ".msi", ".rar", ".7z", ".gz"}


def read(source: BinaryIO, name: str, budget: Budget, depth: int = 0) -> Iterator[Unit]:
    """The text of a file as units; Refused or NotText say why there is none."""
    source.seek(0)
    head = source.read(HEAD)
    if b"%PDF-" in head[:1024]:
        yield from pdf.read(source, budget)
    elif head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        yield from _packed(Package(source, budget), budget, depth)
    elif head.startswith(OLE):
        raise _sealed(source)
    elif head.startswith(PICTURES):
        raise NotText(Skip.PICTURE)
    else:
        yield _plain(source, head, name)


def _packed(package: Package, budget: Budget, depth: int) -> Iterator[Unit]:
    part = main_part(package)
    if part is None:
        yield from _members(package, budget, depth)
    elif part.startswith("ppt/"):
        yield from slides.read(package, part)
    elif part.startswith("xl/"):
        yield from sheets.read(package, part, budget)
    elif part.endswith(".xml"):
        yield from word.read(package, part)
    else:
        raise NotText(Skip.OTHER)


def _members(package: Package, budget: Budget, depth: int) -> Iterator[Unit]:
    """The files of an ordinary zip; one that cannot be read is passed over."""
    if depth >= budget.limits.depth:
        return
    names = package.names()
    if names and all(package.is_encrypted(name) for name in names):
        raise Refused(Fault.ENCRYPTED)
    for name in names:
        shown = "/".join(part for part in PurePosixPath(package.shown_name(name)).parts
                         if part not in {"..", "/", "."})  # fmt: skip
        try:
            for unit in read(BytesIO(package.whole(name)), shown, budget, depth + 1):
                member = f"{shown}/{unit.member}" if unit.member else shown
                yield replace(unit, member=member)
        except NotText:
            continue
        except Refused as refused:
            if refused.fault is Fault.BOMB:
                raise


def _sealed(source: BinaryIO) -> Exception:
    """An office file under a password lies in an old container; others there are too old."""
    source.seek(0)
    if SEALED in source.read(LARGEST_TEXT):
        return Refused(Fault.ENCRYPTED)
    return NotText(Skip.LEGACY)


def _plain(source: BinaryIO, head: bytes, name: str) -> Unit:
    ending = PurePosixPath(name).suffix.lower()
    if ending in BINARY:
        raise NotText(Skip.OTHER)
    source.seek(0)
    data = source.read(LARGEST_TEXT)
    start = head.lstrip().lower()
    is_markup = ending in MARKUP or start.startswith((b"<!doctype html", b"<html"))
    text = html_text(data) if is_markup else text_of(data)
    if text is None:
        raise NotText(Skip.OTHER)
    return Unit("whole", 0, text)
