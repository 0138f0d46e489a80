"""The page of articles that say much the same, and saying that two of them do not."""

from __future__ import annotations

from dataclasses import dataclass

from kb_app.errors import NotFound
from kb_app.insight.article_rows import ArticleRow, article_rows
from kb_app.insight.twins import DISMISSED, RESTORED, Pair, decide, dismissed, pairs
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import Viewer, reading, unit_of_work

LISTED = 100


@dataclass(frozen=True)
class TwinRow:
    """Two articles and how close they are (a cosine: it ranks, it is no probability)."""

    first: ArticleRow
    second: ArticleRow
    closeness: float


@dataclass(frozen=True)
class TwinsPage:
    """Pairs that are open, and those somebody dismissed."""

    rows: tuple[TwinRow, ...]
    dismissed: tuple[TwinRow, ...]
    total: int


def twins_page(ports: Ports, viewer: Viewer, listed: int = LISTED) -> TwinsPage:
    """The closest pairs first."""
    require(viewer, Permission.INSIGHT)
    with reading(ports.database) as session:
        known = {row.article_id: row for row in article_rows(session, viewer)}
        hidden = dismissed(session)
        found = [p for p in pairs(session) if p.first in known and p.second in known]
    is_open = [p for p in found if (p.first, p.second) not in hidden]
    is_closed = [p for p in found if (p.first, p.second) in hidden]
    return TwinsPage(
        tuple(_row(pair, known) for pair in is_open[:listed]),
        tuple(_row(pair, known) for pair in is_closed[:listed]),
        len(is_open),
    )


def _row(pair: Pair, known: dict[int, ArticleRow]) -> TwinRow:
    return TwinRow(known[pair.first], known[pair.second], pair.closeness)


def dismiss(ports: Ports, viewer: Viewer, first: int, second: int) -> None:
    """They are not the same; neither page speaks of the pair again."""
    _decide(ports, viewer, (first, second), DISMISSED)


def restore(ports: Ports, viewer: Viewer, first: int, second: int) -> None:
    """Perhaps they are, after all."""
    _decide(ports, viewer, (first, second), RESTORED)


def _decide(ports: Ports, viewer: Viewer, pair: tuple[int, int], action: str) -> None:
    require(viewer, Permission.INSIGHT)
    with unit_of_work(ports.database) as session:
        known = {row.article_id for row in article_rows(session, viewer)}
        first, second = sorted(pair)
        if first == second or not {first, second} <= known:
            raise NotFound(f"{first} {second}")
        if ((first, second) in dismissed(session)) != (action == DISMISSED):
            decide(session, viewer, (first, second), action)
