"""The menu before a chat: the service catalogue, level by level."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from kb_app.setup.catalogue import walk


@dataclass
class MenuNode:
    """One entry and what lies under it."""

    id: int
    label: str
    children: list[MenuNode] = field(default_factory=list)

    @property
    def below(self) -> frozenset[str]:
        """The ids of this branch, as a form sends them."""
        inner = (child.below for child in self.children)
        return frozenset({str(self.id)}).union(*inner)


def menu(session: Session) -> tuple[MenuNode, ...]:
    """The catalogue as a tree, in its order, without what is out of use."""
    roots: list[MenuNode] = []
    path: list[MenuNode] = []
    for node, depth in walk(session):
        entry = MenuNode(node.id, node.name)
        del path[depth - 1 :]
        if node.is_active:
            (path[-1].children if path else roots).append(entry)
        path.append(entry)
    return tuple(roots)
