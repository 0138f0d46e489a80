"""The look of a site inside its own export: brought along by who may change it, to a site
whose look nobody has chosen yet."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

import sqlalchemy as sa

from kb_app.look.values import from_stored, to_stored
from kb_app.permissions import Permission, may
from kb_app.ports import Ports
from models import (
    SitePicture,
    Viewer,
    insert_if_absent,
    reading,
    record,
    site_settings,
    unit_of_work,
    utcnow,
)

LARGEST_PICTURE = 2_000_000


def tell_settings(ports: Ports) -> dict[str, Any]:
    """Look, embedding, and the pictures of both."""
    with reading(ports.database) as session:
        row = site_settings(session)
        pictures = session.scalars(sa.select(SitePicture)).all()
        return {
            "look": row.look,
            "embedding": row.embedding,
            "pictures": [
                {
                    "media_type": one.media_type,
                    "content": base64.b64encode(one.content).decode("ascii"),
                }
                for one in pictures
            ],
        }


def put_settings(ports: Ports, viewer: Viewer, settings: Any) -> None:
    """Take them over; every page checks what it shows of them."""
    if not isinstance(settings, dict) or not may(viewer, Permission.CONFIGURE):
        return
    with unit_of_work(ports.database) as session:
        row = site_settings(session)
        if row.look or row.embedding:
            return
        look, embedding = settings.get("look"), settings.get("embedding")
        row.look = to_stored(from_stored(look)) if isinstance(look, dict) and look else {}
        row.embedding = embedding if isinstance(embedding, dict) else {}
        row.editor_id, row.updated_at = viewer.user_id, utcnow()
        record(session, viewer, "look.import", "site")
        for told in settings.get("pictures") or []:
            content = _content(told)
            if content:
                insert_if_absent(
                    session,
                    SitePicture,
                    sha256=hashlib.sha256(content).hexdigest(),
                    media_type=str(told.get("media_type", ""))[:40],
                    content=content,
                    created_at=utcnow(),
                )


def _content(told: Any) -> bytes:
    try:
        content = base64.b64decode(told["content"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error):
        return b""
    return content if len(content) <= LARGEST_PICTURE else b""
