"""One colour in, the colours of a light and a dark site out, each readable. Pure.

Contrast as WCAG 2.2 counts it; a colour is moved in lightness until its text can be read.
"""

from __future__ import annotations

import colorsys
import re

from kb_app.errors import InvalidInput

READABLE = 4.5
LIGHT_GROUND, DARK_GROUND = "#ffffff", "#161e1b"
FARTHEST = 0.42
STEP = 0.01
LINEAR = 0.04045
_HEX = re.compile(r"#[0-9a-f]{6}\Z")

Colour = tuple[float, float, float]


def checked(field: str, text: str) -> str:
    """A colour as `#rrggbb`, or InvalidInput: `invalid`, or `faint` when it cannot be read."""
    value = text.strip().lower()
    if not _HEX.match(value):
        raise InvalidInput(field, "invalid")
    moved = abs(_lightness(readable(value, LIGHT_GROUND)) - _lightness(value))
    if moved > FARTHEST:
        raise InvalidInput(field, "faint")
    return value


def contrast(one: str, other: str) -> float:
    """Between 1 and 21."""
    low, high = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))))
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, ground: str, wanted: float = READABLE) -> str:
    """The colour, darker or lighter until it stands out from the ground."""
    hue, lightness, strength = colorsys.rgb_to_hls(*_rgb(colour))
    step = -STEP if _luminance(_rgb(ground)) > 0.5 else STEP  # noqa: PLR2004
    found = colour
    while contrast(found, ground) < wanted and 0 <= lightness + step <= 1:
        lightness += step
        found = _hex(colorsys.hls_to_rgb(hue, lightness, strength))
    return found


def tokens(accent: str) -> tuple[dict[str, str], dict[str, str]]:
    """The colours of tokens.css that follow the accent: of the light and of the dark site."""
    return _light(readable(accent, LIGHT_GROUND)), _dark(readable(accent, DARK_GROUND, 7.0), accent)


def _light(accent: str) -> dict[str, str]:
    hero = _shade(accent, 0.15, 0.75)
    return {
        "accent": accent,
        "accent-strong": _shade(accent, max(0.0, _lightness(accent) - 0.08)),
        "accent-soft": _mixed(accent, "#ffffff", 0.86),
        "accent-line": _mixed(accent, "#ffffff", 0.62),
        "on-accent": "#ffffff",
        "hero": hero,
        "hero-ink": "#f4f8f7",
        "hero-ink-2": _mixed("#ffffff", hero, 0.28),
        "hero-chip": _mixed(hero, "#ffffff", 0.12),
        "mark": _mixed(accent, "#ffffff", 0.82),
    }


def _dark(accent: str, chosen: str) -> dict[str, str]:
    hero = _shade(chosen, 0.1, 0.6)
    return {
        "accent": accent,
        "accent-strong": _mixed(accent, "#ffffff", 0.35),
        "accent-soft": _mixed(accent, DARK_GROUND, 0.82),
        "accent-line": _mixed(accent, DARK_GROUND, 0.6),
        "on-accent": _shade(chosen, 0.07, 0.8),
        "hero": hero,
        "hero-ink": "#eef4f2",
        "hero-ink-2": _mixed("#ffffff", hero, 0.35),
        "hero-chip": _mixed(hero, "#ffffff", 0.12),
        "mark": _mixed(accent, DARK_GROUND, 0.72),
    }


def _shade(colour: str, lightness: float, most: float = 1.0) -> str:
    """The same hue at another lightness, at most so strong."""
    hue, _, strength = colorsys.rgb_to_hls(*_rgb(colour))
    return _hex(colorsys.hls_to_rgb(hue, lightness, min(strength, most)))


def _mixed(one: str, other: str, share: float) -> str:
    """`share` of the other colour in the one."""
    red, green, blue = (
        a * (1 - share) + b * share for a, b in zip(_rgb(one), _rgb(other), strict=True)
    )
    return _hex((red, green, blue))


def _lightness(colour: str) -> float:
    return colorsys.rgb_to_hls(*_rgb(colour))[1]


def _rgb(colour: str) -> Colour:
    return (
        int(colour[1:3], 16) / 255,
        int(colour[3:5], 16) / 255,
        int(colour[5:7], 16) / 255,
    )


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(min(1.0, max(0.0, part)) * 255):02x}" for part in colour)


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= LINEAR else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
