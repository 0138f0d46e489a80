"""What a script is told of a file it has just sent."""

from __future__ import annotations

from typing import Any

from flask import url_for

from kb_app.files import FileLink


def file_words(made: FileLink) -> dict[str, Any]:
    """Where the file is, what it is called and what it is, for linking to it in a text."""
    return {
        "id": made.id,
        "url": url_for("files.show", file_id=made.id, filename=made.filename),
        "filename": made.filename,
        "media_type": made.media_type,
    }
