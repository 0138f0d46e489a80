"""Pictures and files that a text points at: found in the bundle, sent along, renamed. Child side.

In the body they become `attachment:N`; what leads elsewhere stays as it was written.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from kb_app.exchange.framing import Teller
from kb_app.exchange.readers.bundle import Bundle

MOST = 300
LARGEST_INLINE = 10_000_000
ARTICLES = (".md", ".markdown", ".html", ".htm", ".xhtml", ".docx")
_MARKDOWN = re.compile(
    r"(?P<head>!?\[(?:[^\[\]\\]|\\.|\[[^\[\]]*\])*\]\()"
    r"(?P<url><[^<>\n]*>|(?:[^\s()<>]|\([^\s()]*\))+)"
    r"(?P<tail>(?:\s+\"[^\"]*\"|\s+'[^']*')?\s*\))"
)
_DATA = re.compile(r"data:image/(png|jpe?g|gif|webp);base64,([A-Za-z0-9+/=\s%]+)$", re.IGNORECASE)
_CODE = re.compile(r"(^[ \t]*(`{3,}|~{3,}).*?^[ \t]*\2[ \t]*$|`[^`\n]*`)", re.DOTALL | re.MULTILINE)


@dataclass
class Files:
    """The files of one article as they are found."""

    bundle: Bundle
    teller: Teller
    path: str
    found: list[dict[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)

    def target(self, link: str, is_picture: bool = False) -> str:
        """What a link becomes: `attachment:N` for a file that came along, else itself."""
        inline = _DATA.match(link) if is_picture else None
        if inline:
            return self._inline(inline) or link
        member = self.bundle.beside(self.path, link)
        if not member:
            if is_picture and "://" not in link and not link.startswith(("data:", "//")):
                self.missing.append(link[:200])
            return link
        if member.lower().endswith(ARTICLES) and not is_picture:
            return link
        if member not in self._places and len(self.found) < MOST:
            self.add(self.bundle.whole(member), PurePosixPath(member).name, member)
        place = self._places.get(member)
        return link if place is None else f"attachment:{place}"

    def add(self, data: bytes, name: str, member: str = "") -> int:
        """One more file; returns its number."""
        place = len(self.found)
        self.found.append({"key": self.teller.asset(data), "name": name})
        self._places[member or f"#{place}"] = place
        return place

    def _inline(self, match: re.Match[str]) -> str:
        kind, text = match.group(1).lower(), match.group(2)
        if len(text) > LARGEST_INLINE or len(self.found) >= MOST:
            return ""
        try:
            data = base64.b64decode(re.sub(r"\s|%0A", "", text), validate=True)
        except (binascii.Error, ValueError):
            return ""
        ending = "jpg" if kind in {"jpg", "jpeg"} else kind
        return f"attachment:{self.add(data, f'picture-{len(self.found) + 1}.{ending}')}"

    def in_markdown(self, body: str) -> str:
        """The body with its links and pictures pointing at what came along; code is left alone."""
        parts = _CODE.split(body)
        # split() hands back the whole code and, after it, its fence: (text, code, fence) again.
        parts[::3] = [_MARKDOWN.sub(self._one, part) for part in parts[::3]]
        return "".join(part for place, part in enumerate(parts) if place % 3 != 2)  # noqa: PLR2004

    def _one(self, match: re.Match[str]) -> str:
        url = match.group("url")
        plain = url[1:-1] if url.startswith("<") else url
        new = self.target(plain, match.group("head").startswith("!"))
        return match.group(0) if new == plain else f"{match['head']}{new}{match['tail']}"
