"""The formats knowledge comes in and goes out by, and what a file of each may be called."""

from __future__ import annotations

from enum import StrEnum


class ImportFormat(StrEnum):
    """Where knowledge comes from; the reading child has a reader for each."""

    MARKDOWN = "markdown"
    DOCX = "docx"
    HTML = "html"
    CSV = "csv"
    XLSX = "xlsx"
    ZENDESK = "zendesk"
    PHPMYFAQ = "phpmyfaq"
    DISCOURSE = "discourse"
    WENDA = "wenda"


class ExportFormat(StrEnum):
    """How knowledge goes out: everything in one zip, or the articles as one sheet."""

    WENDA = "wenda"
    CSV = "csv"


SHEETS = frozenset({ImportFormat.CSV, ImportFormat.XLSX})
EXPORT_NAMES = {ExportFormat.WENDA: "wenda-export.zip", ExportFormat.CSV: "wenda-articles.csv"}
EXPORT_TYPES = {ExportFormat.WENDA: "application/zip", ExportFormat.CSV: "text/csv"}
