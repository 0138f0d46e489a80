"""Small line charts as numbers for an SVG; the template draws, no script does. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 960, 250
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 30, 36
MOST_LABELS = 6
STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Line:
    """One series: its name for the style sheet, and its points."""

    name: str
    points: str


@dataclass(frozen=True)
class Mark:
    """A label at a place along an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Chart:
    """A chart within WIDTH × HEIGHT."""

    lines: tuple[Line, ...]
    rows: tuple[Mark, ...]
    columns: tuple[Mark, ...]
    left: int = LEFT
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = HEIGHT - BOTTOM


def line_chart(days: Sequence[date], series: Mapping[str, Sequence[int]]) -> Chart:
    """Lines over days; every series has one value a day."""
    step = grid_step(max((max(values, default=0) for values in series.values()), default=0))
    top = step * max(1, -(-max((max(v, default=0) for v in series.values()), default=0) // step))
    return Chart(
        lines=tuple(
            Line(name, " ".join(f"{_x(n, len(days))},{_y(v, top)}" for n, v in enumerate(values)))
            for name, values in series.items()
        ),
        rows=tuple(Mark(_y(value, top), str(value)) for value in range(0, top + 1, step)),
        columns=tuple(
            Mark(_x(n, len(days)), f"{day.month}/{day.day}")
            for n, day in enumerate(days)
            if n % max(1, -(-len(days) // MOST_LABELS)) == 0
        ),
    )


def grid_step(highest: int, rows: int = 4) -> int:
    """A round distance between grid lines: 1, 2 or 5 times a power of ten."""
    size = 1
    while True:
        for step in STEPS:
            if step * size * rows >= highest:
                return step * size
        size *= 10


def _x(place: int, count: int) -> float:
    room = WIDTH - LEFT - RIGHT
    return round(LEFT + (room * place / (count - 1) if count > 1 else room / 2), 1)


def _y(value: float, top: int) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / top, 1)
