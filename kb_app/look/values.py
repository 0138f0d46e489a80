"""The look as a value: what was chosen, and what holds where nothing was.

`from_stored` believes nothing: what it does not understand falls back to the default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from kb_app.errors import InvalidInput
from kb_app.look import colours, css

LONGEST_LABEL = 30
LONGEST_URL = 500
MOST_LINKS = 12


class Block(StrEnum):
    """A part of the front page."""

    HERO = "hero"
    ANNOUNCEMENTS = "announcements"
    CATEGORIES = "categories"
    PRODUCTS = "products"
    HOTTEST = "hottest"
    NEWEST = "newest"


class Font(StrEnum):
    """Families that every system has one of."""

    SANS = "sans"
    SERIF = "serif"
    KAI = "kai"


class Level(StrEnum):
    """How loud the banner is."""

    INFO = "info"
    WARN = "warn"
    BAD = "bad"


BLOCKS = (Block.HERO, Block.CATEGORIES, Block.PRODUCTS, Block.HOTTEST, Block.NEWEST)


@dataclass(frozen=True)
class Link:
    """A name and where it leads: a path of this site, or https elsewhere."""

    label: str
    url: str


@dataclass(frozen=True)
class Banner:
    """A line above every page, from a moment until a moment."""

    text: str = ""
    level: Level = Level.INFO
    since: datetime | None = None
    until: datetime | None = None
    dismissible: bool = True

    def shows(self, now: datetime) -> bool:
        """Whether it is to be seen now."""
        begun = self.since is None or self.since <= now
        return bool(self.text) and begun and (self.until is None or now < self.until)


@dataclass(frozen=True)
class Look:
    """Everything that was chosen; empty is the default."""

    name: str = ""
    slogan: str = ""
    accent: str = ""
    font: Font = Font.SANS
    blocks: tuple[Block, ...] = BLOCKS
    links: tuple[Link, ...] = ()
    footer: str = ""
    footer_links: tuple[Link, ...] = ()
    announcement: str = ""
    banner: Banner = Banner()
    css: str = ""
    logo: str = ""
    favicon: str = ""


def parse_links(field: str, text: str) -> tuple[Link, ...]:
    """`name | address` a line; InvalidInput when a line is something else."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) > MOST_LINKS:
        raise InvalidInput(field, "too_many")
    found = []
    for line in lines:
        label, bar, url = line.replace("｜", "|").partition("|")
        link = Link(label.strip(), url.strip())
        if not bar or not link.label or not _leads_somewhere(link):
            raise InvalidInput(field, "unclear")
        found.append(link)
    return tuple(found)


def _leads_somewhere(link: Link) -> bool:
    plain = link.url.isprintable() and not set(link.url) & set(' "<>\\')
    inside = link.url.startswith("/") and not link.url.startswith("//")
    short = len(link.label) <= LONGEST_LABEL and len(link.url) <= LONGEST_URL
    return plain and short and (inside or link.url.startswith(("https://", "http://", "mailto:")))


def written(links: tuple[Link, ...]) -> str:
    """Links as they are typed."""
    return "\n".join(f"{link.label} | {link.url}" for link in links)


def to_stored(look: Look) -> dict[str, Any]:
    """As JSON."""
    banner = look.banner
    return {
        "name": look.name,
        "slogan": look.slogan,
        "accent": look.accent,
        "font": look.font.value,
        "blocks": [block.value for block in look.blocks],
        "links": written(look.links),
        "footer": look.footer,
        "footer_links": written(look.footer_links),
        "announcement": look.announcement,
        "banner": {
            "text": banner.text,
            "level": banner.level.value,
            "since": banner.since.isoformat() if banner.since else "",
            "until": banner.until.isoformat() if banner.until else "",
            "dismissible": banner.dismissible,
        },
        "css": look.css,
        "logo": look.logo,
        "favicon": look.favicon,
    }


def from_stored(data: Mapping[str, Any]) -> Look:
    """The look these values mean."""
    blocks = data.get("blocks")
    known = {block.value: block for block in Block}
    chosen = [known[one] for one in blocks if one in known] if isinstance(blocks, list) else None
    return Look(
        name=_text(data, "name", 40),
        slogan=_text(data, "slogan", 80),
        accent=_accent(_text(data, "accent", 7)),
        font=_one(Font, data.get("font"), Font.SANS),
        blocks=BLOCKS if chosen is None else tuple(dict.fromkeys(chosen)),
        links=_links(_text(data, "links", 8_000)),
        footer=_text(data, "footer", 500),
        footer_links=_links(_text(data, "footer_links", 8_000)),
        announcement=_text(data, "announcement", 4_000),
        banner=_banner(data.get("banner")),
        css=_css(_text(data, "css", css.LONGEST)),
        logo=_picture(data, "logo"),
        favicon=_picture(data, "favicon"),
    )


def _text(data: Mapping[str, Any], key: str, longest: int) -> str:
    value = data.get(key)
    return value[:longest] if isinstance(value, str) else ""


def _picture(data: Mapping[str, Any], key: str) -> str:
    value = _text(data, key, 64)
    return value if len(value) == 64 and value.isalnum() else ""  # noqa: PLR2004


def _accent(value: str) -> str:
    try:
        return colours.checked("accent", value) if value else ""
    except InvalidInput:
        return ""


def _css(value: str) -> str:
    try:
        css.checked(value)
    except css.CssFault:
        return ""
    return value


def _links(value: str) -> tuple[Link, ...]:
    try:
        return parse_links("links", value)
    except InvalidInput:
        return ()


def _banner(data: Any) -> Banner:
    if not isinstance(data, dict):
        return Banner()
    return Banner(
        _text(data, "text", 300),
        _one(Level, data.get("level"), Level.INFO),
        _moment(data.get("since")),
        _moment(data.get("until")),
        data.get("dismissible") is not False,
    )


def _moment(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None


def _one(kind: Any, value: Any, otherwise: Any) -> Any:
    return next((member for member in kind if member.value == value), otherwise)
