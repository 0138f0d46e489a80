"""Which of the addresses a browser names are pages of this site that anybody may hear of.

The address of a page behind a link that is a key (new password, invitation) is the key itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from flask import current_app
from werkzeug.exceptions import HTTPException

from kb_app.chat.visiting import Page

# What routes call a part of their address that opens something.
KEYS = frozenset({"token", "k"})


def tellable(pages: Iterable[Page]) -> tuple[Page, ...]:
    """Those of them, in their order."""
    return tuple(page for page in pages if _is_tellable(page.path))


def _is_tellable(path: str) -> bool:
    try:
        _, parts = current_app.url_map.bind("").match(unquote(path), method="GET")
    except HTTPException:
        return False
    return KEYS.isdisjoint(parts)
