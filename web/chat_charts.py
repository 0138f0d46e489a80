"""The history of chats as the charts of reports take it in; the tables say the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kb_app.chat.hours import History, Stretch

Value = Callable[[Stretch], float | None]


@dataclass(frozen=True)
class Drawn:
    """A chart with its name; `data` is what the script reads."""

    name: str
    data: dict[str, Any]


def charts_of(page: History) -> tuple[Drawn, ...]:
    """Load, waiting, shares; by day, and load by hour of the day."""
    return (
        _drawn("每天的会话", page.by_day, "line", "个", BEGUN),
        _drawn("接入等待", page.by_day, "line", "分钟", WAITS),
        _drawn("放弃、按时接入与满意", page.by_day, "line", "%", SHARES),
        _drawn("一天里的忙闲", page.by_hour, "bar", "个", BEGUN),
    )


def label(stretch: Stretch) -> str:
    """The day, or the hour."""
    at = stretch.at
    return f"{at.month}/{at.day}" if isinstance(at, datetime) else f"{at}:00"


def percent(value: float | None) -> float | None:
    """A share as people read it."""
    return None if value is None else round(100 * value, 1)


BEGUN: tuple[tuple[str, Value], ...] = (
    ("开始的会话", lambda one: one.begun),
    ("人工接待", lambda one: one.served),
)
WAITS: tuple[tuple[str, Value], ...] = (
    ("平均等待", lambda one: None if one.mean_wait is None else round(one.mean_wait, 1)),
)
SHARES: tuple[tuple[str, Value], ...] = (
    ("放弃率", lambda one: percent(one.share_abandoned)),
    ("按时接入率", lambda one: percent(one.share_in_time)),
    ("满意率", lambda one: percent(one.share_satisfied)),
)


def _drawn(
    name: str,
    stretches: Sequence[Stretch],
    kind: str,
    unit: str,
    series: tuple[tuple[str, Value], ...],
) -> Drawn:
    return Drawn(
        name,
        {
            "kind": kind,
            "unit": unit,
            "labels": [label(one) for one in stretches],
            "series": [
                {"name": word, "values": [value(one) for one in stretches]}
                for word, value in series
            ],
        },
    )
