"""The look as a style sheet: the chosen colours and font, then the site's own CSS. Pure."""

from __future__ import annotations

import hashlib

from kb_app.look import colours, css
from kb_app.look.values import Font, Look

FONTS = {
    Font.SANS: "",
    Font.SERIF: '"Songti SC", "Noto Serif CJK SC", "Source Han Serif SC", SimSun, serif',
    Font.KAI: '"Kaiti SC", "STKaiti", KaiTi, "Noto Serif CJK SC", serif',
}


def style_sheet(look: Look) -> str:
    """What is served; empty when nothing was chosen."""
    parts = []
    if look.accent:
        light, dark = colours.tokens(look.accent)
        parts.append(f":root{{{_declared(light)}}}")
        parts.append(
            "@media screen and (prefers-color-scheme:dark)"
            f'{{:root:not([data-theme="light"]){{{_declared(dark)}}}}}'
        )
        parts.append(f'@media screen{{:root[data-theme="dark"]{{{_declared(dark)}}}}}')
    if FONTS[look.font]:
        parts.append(f":root{{--font:{FONTS[look.font]}}}")
    if look.css:
        parts.append(css.checked(look.css))
    return "\n".join(parts)


def name_of(sheet: str) -> str:
    """A name that changes with the content."""
    return hashlib.sha256(sheet.encode()).hexdigest()[:12] if sheet else ""


def _declared(tokens: dict[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in tokens.items())
