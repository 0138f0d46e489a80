"""Where the help may be embedded and how its button looks there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kb_app.errors import EditConflict, InvalidInput
from kb_app.look import colours
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean_line, optional
from models import Viewer, reading, record, site_settings, unit_of_work

MOST_HOSTS = 50
DEFAULT_LABEL = "帮助"
_HOST = re.compile(
    r"(?:\*\.)?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*(?::\d{1,5})?\Z"
)


@dataclass(frozen=True)
class Embedding:
    """`hosts` are origins that may show the help in a frame; none: only this site itself."""

    hosts: tuple[str, ...] = ()
    label: str = DEFAULT_LABEL
    side: str = "right"
    colour: str = ""


@dataclass(frozen=True)
class EmbeddingForm:
    """As it was typed."""

    hosts: str
    label: str
    side: str
    colour: str
    version: int


@dataclass(frozen=True)
class EmbeddingPage:
    """What the page shows."""

    embedding: Embedding
    version: int


def parse_hosts(text: str) -> tuple[str, ...]:
    """One origin a line, such as https://www.example.com; a bare name means https."""
    lines = [line.strip().lower().rstrip("/") for line in text.split("\n") if line.strip()]
    if len(lines) > MOST_HOSTS:
        raise InvalidInput("hosts", "too_many")
    return tuple(dict.fromkeys(_origin(line) for line in lines))


def _origin(line: str) -> str:
    try:
        parts = urlsplit(line if "://" in line else f"https://{line}")
    except ValueError as error:
        raise InvalidInput("hosts", "unclear") from error
    host = parts.netloc.encode("idna").decode("ascii") if _encodable(parts.netloc) else ""
    plain = not (parts.path or parts.query or parts.fragment)
    if parts.scheme not in {"http", "https"} or not plain or not _HOST.match(host):
        raise InvalidInput("hosts", "unclear")
    return f"{parts.scheme}://{host}"


def _encodable(host: str) -> bool:
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True


def embedding_page(ports: Ports, viewer: Viewer) -> EmbeddingPage:
    """The settings as they are."""
    require(viewer, Permission.CONFIGURE)
    with reading(ports.database) as session:
        row = site_settings(session)
    return EmbeddingPage(from_stored(row.embedding), row.version)


def save_embedding(ports: Ports, viewer: Viewer, form: EmbeddingForm) -> None:
    """Check and keep them."""
    require(viewer, Permission.CONFIGURE)
    hosts = parse_hosts(form.hosts)
    label = clean_line(optional("label", form.label, 12)) or DEFAULT_LABEL
    colour = colours.checked("colour", form.colour) if form.colour.strip() else ""
    side = "left" if form.side == "left" else "right"
    with unit_of_work(ports.database) as session:
        row = site_settings(session)
        if row.version != form.version:
            raise EditConflict("embedding")
        row.embedding = {"hosts": list(hosts), "label": label, "side": side, "colour": colour}
        row.editor_id, row.updated_at = viewer.user_id, ports.clock()
        record(session, viewer, "embedding.save", "site", hosts=list(hosts))


def from_stored(data: Mapping[str, Any]) -> Embedding:
    """The settings these values mean; what is not understood falls back."""
    hosts = data.get("hosts")
    label, colour = data.get("label"), data.get("colour")
    try:
        known = parse_hosts("\n".join(hosts)) if isinstance(hosts, list) else ()
        shade = colours.checked("colour", colour) if isinstance(colour, str) and colour else ""
    except (InvalidInput, TypeError):
        known, shade = (), ""
    return Embedding(
        known,
        label[:12] if isinstance(label, str) and label else DEFAULT_LABEL,
        "left" if data.get("side") == "left" else "right",
        shade,
    )
