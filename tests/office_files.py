"""Office files, PDF and archives made by hand, as small as their readers accept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
PAGE_BREAK = "\f"
HIDDEN = ' state="hidden"'


def zipped(members: Mapping[str, bytes | str]) -> bytes:
    """A compressed zip file of these members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return made.getvalue()


def relations(targets: Mapping[str, tuple[str, str]]) -> str:
    """A part's relationships: id → (kind, target)."""
    each = "".join(
        f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for key, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{PACKAGE}">{each}</Relationships>'


def package(main: str, members: Mapping[str, bytes | str]) -> bytes:
    """An office file whose main part is `main`."""
    start = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations({"r1": ("officeDocument", main)}),
    }
    return zipped({**start, **members})


def docx(*paragraphs: str, body: str | None = None) -> bytes:
    """A Word file; a form feed in a paragraph is where the last layout began a page."""
    runs = "".join(f"<w:p>{_runs(text)}</w:p>" for text in paragraphs)
    words = f'<w:document xmlns:w="{WORD}"><w:body>{body or runs}</w:body></w:document>'
    return package("word/document.xml", {"word/document.xml": words})


def _runs(text: str) -> str:
    parts = [f"<w:r><w:t>{escape(part)}</w:t></w:r>" for part in text.split(PAGE_BREAK)]
    return "<w:r><w:lastRenderedPageBreak/></w:r>".join(parts)


def pptx(*slides: str) -> bytes:
    """Slides; they are stored in reverse so that only the show's list gives their order."""
    count = len(slides)
    listed = "".join(f'<p:sldId id="{256 + i}" r:id="s{i}"/>' for i in range(count))
    show = (
        f'<p:presentation xmlns:p="{SLIDE}" xmlns:r="{OFFICE}">'
        f"<p:sldIdLst>{listed}</p:sldIdLst></p:presentation>"
    )
    members: dict[str, bytes | str] = {
        "ppt/presentation.xml": show,
        "ppt/_rels/presentation.xml.rels": relations(
            {f"s{i}": ("slide", f"slides/slide{count - i}.xml") for i in range(count)}
        ),
    }
    for i, text in enumerate(slides):
        lines = "".join(f"<a:p><a:r><a:t>{escape(x)}</a:t></a:r></a:p>" for x in text.split("\n"))
        members[f"ppt/slides/slide{count - i}.xml"] = (
            f'<p:sld xmlns:p="{SLIDE}" xmlns:a="{DRAWING}">{lines}</p:sld>'
        )
    return package("ppt/presentation.xml", members)


def xlsx(sheets: Mapping[str, Sequence[Sequence[str]]], hidden: str = "") -> bytes:
    """Sheets of cells, all text in the shared table."""
    strings = list(dict.fromkeys(cell for rows in sheets.values() for row in rows for cell in row))
    table = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{i}" r:id="s{i}"{HIDDEN if name == hidden else ""}/>'
        for i, name in enumerate(sheets, start=1)
    )
    targets = {
        f"s{i}": ("worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(sheets) + 1)
    }
    members: dict[str, bytes | str] = {
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relations(
            {**targets, "t": ("sharedStrings", "sharedStrings.xml")}
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{SHEET}">{table}</sst>',
    }
    for i, rows in enumerate(sheets.values(), start=1):
        lines = "".join(
            "<row>" + "".join(f'<c t="s"><v>{strings.index(x)}</v></c>' for x in row) + "</row>"
            for row in rows
        )
        members[f"xl/worksheets/sheet{i}.xml"] = (
            f'<worksheet xmlns="{SHEET}"><sheetData>{lines}</sheetData></worksheet>'
        )
    return package("xl/workbook.xml", members)


def pdf(*pages: str, trailer: str = "") -> bytes:
    """A PDF in a Chinese font that it does not carry; an empty text is a page without any."""
    font = (
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H "
        "/DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>] >>"
    )
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>",
        font,
    ]
    for i, text in enumerate(pages):
        drawn = " ".join(f"<{x.encode('utf-16-be').hex()}> Tj T*" for x in text.split("\n") if x)
        stream = f"BT /F1 18 Tf 50 750 Td 24 TL {drawn} ET"
        page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
        objects += [
            f"{page}/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * i} 0 R >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    return _pdf_file(objects, trailer)


def _pdf_file(objects: Sequence[str], trailer: str) -> bytes:
    made = bytearray(b"%PDF-1.5\n")
    places = []
    for number, text in enumerate(objects, start=1):
        places.append(len(made))
        made += f"{number} 0 obj\n{text}\nendobj\n".encode()
    start = len(made)
    made += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    for place in places:
        made += f"{place:010d} 00000 n \n".encode()
    size = len(objects) + 1
    made += f"trailer << /Size {size} /Root 1 0 R {trailer} >>\n".encode()
    made += f"startxref\n{start}\n%%EOF\n".encode()
    return bytes(made)
