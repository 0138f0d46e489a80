"""The look and the hosts that may embed, as every page needs them: read again when changed.

One small question to the database at most every second and process; on trouble with it, the
look stays as it was.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from sqlalchemy.exc import SQLAlchemyError

from kb_app.look.embedding import Embedding
from kb_app.look.embedding import from_stored as embedding_from
from kb_app.look.sheet import name_of, style_sheet
from kb_app.look.values import Banner, Block, Link, Look, from_stored
from kb_app.ports import Ports
from kb_app.rendering import render
from models import reading, settings_version, site_settings

LOOK_EVERY = 1.0


@dataclass(frozen=True)
class Site:
    """What every page knows about the site it belongs to."""

    name: str
    base_url: str
    slogan: str = ""
    blocks: tuple[Block, ...] = Look().blocks
    links: tuple[Link, ...] = ()
    footer: str = ""
    footer_links: tuple[Link, ...] = ()
    announcement: str = ""
    banner: Banner = field(default_factory=Banner)
    sheet: str = ""
    sheet_name: str = ""
    logo: str = ""
    favicon: str = ""
    embedding: Embedding = field(default_factory=Embedding)

    def banner_now(self, now: datetime) -> Banner | None:
        """The banner, while it is to be seen."""
        return self.banner if self.banner.shows(now) else None


def site_of(ports: Ports, look: Look, embedding: Embedding | None = None) -> Site:
    """The site with this look."""
    sheet = style_sheet(look)
    return Site(
        name=look.name or ports.config.site_name,
        base_url=ports.config.base_url,
        slogan=look.slogan,
        blocks=look.blocks,
        links=look.links,
        footer=look.footer,
        footer_links=look.footer_links,
        announcement=render(look.announcement).html if look.announcement else "",
        banner=look.banner,
        sheet=sheet,
        sheet_name=name_of(sheet),
        logo=look.logo,
        favicon=look.favicon,
        embedding=embedding or Embedding(),
    )


@dataclass
class CurrentSite:
    """One process's view of the settings."""

    ports: Ports
    _site: Site | None = None
    _version: int = 0
    _due: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def get(self) -> Site:
        """The site as it is, at most LOOK_EVERY seconds old."""
        now = time.monotonic()
        if self._site is None or now >= self._due:
            with self._lock:
                self._renew()
                self._due = now + LOOK_EVERY
        return self._site or site_of(self.ports, Look())

    def forget(self) -> None:
        """Read anew at the next page; for the process that changed something."""
        self._due = 0.0

    def _renew(self) -> None:
        try:
            with reading(self.ports.database) as session:
                if self._site is not None and settings_version(session) == self._version:
                    return
                row = site_settings(session)
            look, embedding = from_stored(row.look), embedding_from(row.embedding)
            self._site, self._version = site_of(self.ports, look, embedding), row.version
        except SQLAlchemyError:
            return
