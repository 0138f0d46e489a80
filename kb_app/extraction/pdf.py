"""The text of PDF, page by page, by PDFium; and pages as pictures for whoever reads those."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import pypdfium2
import pypdfium2.raw

from kb_app.extraction.budget import Budget, Unit, joined
from kb_app.extraction.limits import Fault, Refused
from kb_app.extraction.pictures import png

PASSWORD_ERRORS = {pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY}
OCR_DPI = 200
POINTS = 72


def read(source: BinaryIO, budget: Budget) -> Iterator[Unit]:
    """One unit a page; a page that is damaged by itself is an empty one."""
    document = _opened(source)
    try:
        for number in range(min(len(document), budget.limits.places)):
            yield Unit("page", number + 1, _page_text(document, number))
    finally:
        document.close()


def picture(source: BinaryIO, page: int, most_pixels: int) -> bytes:
    """A page as a grey picture (PGM) for optical reading; empty when it cannot be drawn."""
    document = _opened(source)
    try:
        return _drawn(document, page - 1, most_pixels) if page <= len(document) else b""
    finally:
        document.close()


def preview(source: BinaryIO, page: int, width: int, most_pixels: int) -> bytes:
    """A page in colour, `width` pixels wide, as PNG; empty when it cannot be drawn."""
    document = _opened(source)
    try:
        return _coloured(document, page - 1, width, most_pixels) if page <= len(document) else b""
    finally:
        document.close()


def _coloured(document: pypdfium2.PdfDocument, number: int, width: int, most: int) -> bytes:
    try:
        page = document[number]
        wide, high = page.get_size()
        scale = min(width / max(wide, 1.0), (most / max(wide * high, 1.0)) ** 0.5)
        bitmap = page.render(scale=scale, rev_byteorder=True)
    except pypdfium2.PdfiumError:
        return b""
    lines, stride, channels = bytes(bitmap.buffer), bitmap.stride, bitmap.n_channels
    starts = range(0, bitmap.height * stride, stride)
    rows = [lines[start : start + bitmap.width * channels] for start in starts]
    return png(rows, bitmap.width, channels)


def _opened(source: BinaryIO) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(source)
        len(document)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) in PASSWORD_ERRORS or "assword" in str(error)
        raise Refused(Fault.ENCRYPTED if locked else Fault.BROKEN) from error
    return document


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    try:
        page = document[number]
        try:
            text = page.get_textpage()
            try:
                return joined(str(text.get_text_range(errors="ignore")))
            finally:
                text.close()
        finally:
            page.close()
    except pypdfium2.PdfiumError:
        return ""


def _drawn(document: pypdfium2.PdfDocument, number: int, most_pixels: int) -> bytes:
    try:
        page = document[number]
        width, height = page.get_size()
        scale = OCR_DPI / POINTS
        if width * height * scale * scale > most_pixels:
            return b""
        bitmap = page.render(scale=scale, grayscale=True)
    except pypdfium2.PdfiumError:
        return b""
    lines, stride = bytes(bitmap.buffer), bitmap.stride
    starts = range(0, bitmap.height * stride, stride)
    rows = b"".join(lines[start : start + bitmap.width] for start in starts)
    return b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + rows
