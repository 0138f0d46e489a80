"""Choosing the look: the page's values, a form checked whole, saved, reset; its pictures."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from kb_app.errors import EditConflict, InvalidInput, NotFound
from kb_app.look import colours, css
from kb_app.look.values import (
    Banner,
    Block,
    Font,
    Level,
    Look,
    from_stored,
    parse_links,
    to_stored,
    written,
)
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.sniffing import sniff
from kb_app.typed_text import clean_line, optional
from models import (
    SitePicture,
    Viewer,
    insert_if_absent,
    reading,
    record,
    site_settings,
    unit_of_work,
)

LARGEST_PICTURE = 512 * 1024
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
KEEP, REMOVE = "keep", "remove"


@dataclass(frozen=True)
class LookForm:
    """The form as it was typed. Pictures: new bytes, or None; `drop_…` takes one away."""

    name: str = ""
    slogan: str = ""
    accent: str = ""
    font: str = Font.SANS.value
    blocks: tuple[str, ...] = tuple(block.value for block in Look().blocks)
    links: str = ""
    footer: str = ""
    footer_links: str = ""
    announcement: str = ""
    banner: str = ""
    banner_level: str = Level.INFO.value
    banner_since: str = ""
    banner_until: str = ""
    banner_dismissible: bool = True
    css: str = ""
    logo: bytes | None = None
    favicon: bytes | None = None
    drop_logo: bool = False
    drop_favicon: bool = False
    version: int = 0


@dataclass(frozen=True)
class LookPage:
    """What the form shows."""

    form: LookForm
    version: int
    default_name: str
    logo: str
    favicon: str
    all_blocks: tuple[str, ...]
    fonts: tuple[str, ...] = tuple(font.value for font in Font)
    levels: tuple[str, ...] = tuple(level.value for level in Level)


def look_page(ports: Ports, viewer: Viewer) -> LookPage:
    """The look as it is."""
    require(viewer, Permission.CONFIGURE)
    with reading(ports.database) as session:
        row = site_settings(session)
    look = from_stored(row.look)
    chosen = [block.value for block in look.blocks]
    others = [block.value for block in Block if block.value not in chosen]
    zone = ZoneInfo(ports.config.timezone)
    form = LookForm(
        name=look.name,
        slogan=look.slogan,
        accent=look.accent,
        font=look.font.value,
        blocks=tuple(chosen),
        links=written(look.links),
        footer=look.footer,
        footer_links=written(look.footer_links),
        announcement=look.announcement,
        banner=look.banner.text,
        banner_level=look.banner.level.value,
        banner_since=_typed(look.banner.since, zone),
        banner_until=_typed(look.banner.until, zone),
        banner_dismissible=look.banner.dismissible,
        css=look.css,
    )
    site_name = ports.config.site_name
    blocks = (*chosen, *others)
    return LookPage(form, row.version, site_name, look.logo, look.favicon, blocks)


def _typed(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if moment else ""


def chosen_look(ports: Ports, form: LookForm, before: Look) -> Look:
    """The look a form means; InvalidInput or CssFault names what cannot be used."""
    try:
        blocks = tuple(dict.fromkeys(Block(name) for name in form.blocks))
        font, level = Font(form.font), Level(form.banner_level)
    except ValueError as error:
        raise InvalidInput("blocks", "unknown") from error
    css.checked(form.css)
    zone = ZoneInfo(ports.config.timezone)
    since = _moment("banner_since", form.banner_since, zone)
    until = _moment("banner_until", form.banner_until, zone)
    if since and until and until <= since:
        raise InvalidInput("banner_until", "before")
    return replace(
        before,
        name=clean_line(optional("name", form.name, 40)),
        slogan=clean_line(optional("slogan", form.slogan, 80)),
        accent=colours.checked("accent", form.accent) if form.accent.strip() else "",
        font=font,
        blocks=blocks,
        links=parse_links("links", form.links),
        footer=optional("footer", form.footer, 500),
        footer_links=parse_links("footer_links", form.footer_links),
        announcement=optional("announcement", form.announcement, 4_000),
        banner=Banner(
            clean_line(optional("banner", form.banner, 300)),
            level,
            since,
            until,
            form.banner_dismissible,
        ),
        css=form.css,
    )


def _moment(field: str, text: str, zone: ZoneInfo) -> datetime | None:
    """What a date and time field sent, in the site's zone."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=zone)
    except ValueError as error:
        raise InvalidInput(field, "invalid") from error


def save_look(ports: Ports, viewer: Viewer, form: LookForm) -> None:
    """Check the whole form, then keep it; EditConflict when somebody was faster."""
    require(viewer, Permission.CONFIGURE)
    with unit_of_work(ports.database) as session:
        row = site_settings(session)
        if row.version != form.version:
            raise EditConflict("look")
        look = chosen_look(ports, form, from_stored(row.look))
        logo = _kept(ports, session, "logo", form.logo)
        favicon = _kept(ports, session, "favicon", form.favicon)
        look = replace(
            look,
            logo=logo or ("" if form.drop_logo else look.logo),
            favicon=favicon or ("" if form.drop_favicon else look.favicon),
        )
        row.look = to_stored(look)
        row.editor_id, row.updated_at = viewer.user_id, ports.clock()
        record(session, viewer, "look.save", "site")


def _kept(ports: Ports, session: Session, field: str, content: bytes | None) -> str:
    """Keep a picture that was sent; its key, or nothing when none was."""
    if not content:
        return ""
    if len(content) > LARGEST_PICTURE:
        raise InvalidInput(field, "too_long")
    kind = sniff(content[:512])
    if kind not in PICTURES:
        raise InvalidInput(field, "invalid")
    key = hashlib.sha256(content).hexdigest()
    values = {"sha256": key, "media_type": kind, "content": content}
    insert_if_absent(session, SitePicture, **values, created_at=ports.clock())
    return key


def reset_look(ports: Ports, viewer: Viewer) -> None:
    """Back to the default; what was chosen stays in the log."""
    require(viewer, Permission.CONFIGURE)
    with unit_of_work(ports.database) as session:
        row = site_settings(session)
        record(session, viewer, "look.reset", "site", before=row.look)
        row.look = {}
        row.editor_id, row.updated_at = viewer.user_id, ports.clock()


@dataclass(frozen=True)
class Picture:
    """A logo or favicon as it is served."""

    content: bytes
    media_type: str


def picture(ports: Ports, sha256: str) -> Picture:
    """Its bytes with the type they really have; NotFound for anything that is no picture."""
    with reading(ports.database) as session:
        row = session.get(SitePicture, sha256)
    kind = sniff(row.content[:512]) if row is not None else ""
    if row is None or kind not in PICTURES:
        raise NotFound(sha256)
    return Picture(row.content, kind)
