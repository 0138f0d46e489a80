"""The languages of the site: its own, and those articles can be translated into."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean_line, required
from models import (
    DEFAULT_LANGUAGE,
    ArticleTranslation,
    JobKind,
    SiteLanguage,
    Viewer,
    enqueue,
    reading,
    record,
    unit_of_work,
)

MOST, LONGEST_CODE = 30, 20
KEPT_SECONDS = 3.0
SIMPLIFIED = frozenset({"", "cn", "sg", "hans", "hans-cn", "hans-sg"})
_CODE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_known: dict[str, tuple[float, tuple[str, ...]]] = {}


@dataclass(frozen=True)
class LanguageRow:
    """A language, and how many articles there are in it."""

    code: str
    name: str
    articles: int


def languages(session: Session) -> dict[str, str]:
    """Code → name of what articles can be translated into, in order."""
    rows = session.execute(
        sa.select(SiteLanguage.code, SiteLanguage.name).order_by(
            SiteLanguage.position, SiteLanguage.code
        )
    )
    return dict(rows.all())


def languages_page(ports: Ports, viewer: Viewer) -> tuple[LanguageRow, ...]:
    """Every language beside the site's own."""
    require(viewer, Permission.CONFIGURE)
    with reading(ports.database) as session:
        counted = sa.select(ArticleTranslation.language, sa.func.count()).group_by(
            ArticleTranslation.language
        )
        counts = dict(session.execute(counted).all())
        return tuple(
            LanguageRow(code, name, counts.get(code, 0))
            for code, name in languages(session).items()
        )


def add(ports: Ports, viewer: Viewer, code: str, name: str) -> None:
    """One language more; what is translated already is found by its readers, too."""
    require(viewer, Permission.CONFIGURE)
    checked, called = clean_line(code), required("name", clean_line(name), 60)
    if not is_code(checked):
        raise InvalidInput("code", "language")
    with unit_of_work(ports.database) as session:
        known = {one.lower() for one in languages(session)} | {DEFAULT_LANGUAGE.lower(), "zh"}
        if checked.lower() in known:
            raise InvalidInput("code", "known")
        if len(known) > MOST:
            raise InvalidInput("code", "many")
        session.add(SiteLanguage(code=checked, name=called, position=len(known)))
        _index_translated(session)
        record(session, viewer, "language.add", f"language:{checked}", name=called)
    _known.clear()


def is_code(text: str) -> bool:
    """Whether it is written like a language code and fits its column."""
    return len(text) <= LONGEST_CODE and _CODE.fullmatch(text) is not None


def remove(ports: Ports, viewer: Viewer, code: str) -> None:
    """One language less; only while nothing is written in it."""
    require(viewer, Permission.CONFIGURE)
    with unit_of_work(ports.database) as session:
        found = session.get(SiteLanguage, code)
        if found is None:
            raise NotFound(code)
        used = sa.select(ArticleTranslation.article_id).where(ArticleTranslation.language == code)
        if session.scalar(used.limit(1)) is not None:
            raise InvalidInput("code", "in_use")
        session.delete(found)
        _index_translated(session)
        record(session, viewer, "language.remove", f"language:{code}", name=found.name)
    _known.clear()


def reader_language(ports: Ports, wanted: tuple[str, ...]) -> str:
    """The first of these that the site has, best first; empty for its own.

    What the site has is looked up every few seconds; a language by its first part will do.
    """
    here = _codes(ports)
    for code in wanted:
        if _begins(code, DEFAULT_LANGUAGE) or not here:
            return ""
        for known in here:
            if known.lower() == code.lower():
                return known
        for known in here:
            if known.split("-")[0].lower() == code.split("-")[0].lower():
                return known
    return ""


def _begins(code: str, own: str) -> bool:
    """Whether somebody who reads `code` reads the site's own: zh, zh-CN, zh-Hans, zh-SG."""
    first, _, rest = code.lower().partition("-")
    return first == own.split("-", maxsplit=1)[0] and rest in SIMPLIFIED


def _codes(ports: Ports) -> tuple[str, ...]:
    place = str(ports.database.engine.url)
    at, codes = _known.get(place, (0.0, ()))
    if time.monotonic() - at > KEPT_SECONDS or place not in _known:
        with reading(ports.database) as session:
            codes = tuple(languages(session))
        _known[place] = (time.monotonic(), codes)
    return codes


def _index_translated(session: Session) -> None:
    """Originals are found by readers of every language they are not translated into."""
    for original_id in session.scalars(sa.select(ArticleTranslation.original_id).distinct()):
        enqueue(session, JobKind.INDEX_ARTICLE, article_id=original_id)
