"""Who may read, written so that it means the same elsewhere: levels, groups and teams by name.

A name this site does not know becomes staff alone: what was closed never opens by travelling.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from kb_app.audiences import SITE_KEYS, audiences
from models import PUBLIC_KEY, STAFF_KEY, both_key, parts_of, simplest

AND = " + "


class AudienceNames:
    """The keys of this site and their names, both ways."""

    def __init__(self, session: Session) -> None:
        self._names = {one.key: f"{one.kind.value}:{one.name}" for one in audiences(session)}
        self._names.update({key: key for key in SITE_KEYS})
        self._keys = {name: key for key, name in self._names.items()}

    def names(self, keys: Iterable[str]) -> list[str]:
        """What is written into an export."""
        return sorted({self._name(key) for key in keys})

    def keys(self, names: Iterable[str], otherwise: str = PUBLIC_KEY) -> frozenset[str]:
        """The keys of these names; `otherwise` when there are none."""
        found = {self._key(name) for name in names}
        return simplest(found or {otherwise})

    def _name(self, key: str) -> str:
        parts = parts_of(key)
        known = all(part in self._names for part in parts)
        return AND.join(self._names[part] for part in parts) if known else STAFF_KEY

    def _key(self, name: str) -> str:
        """One name, or those of a level and a group at once."""
        if name in self._keys:
            return self._keys[name]
        level, _, group = name.partition(AND)
        found = self._keys.get(level), self._keys.get(group)
        kinds = [key and key.partition(":")[0] for key in found]
        return both_key(*map(str, found)) if kinds == ["level", "group"] else STAFF_KEY
