"""What else could be chosen on a results page, and what was: facets and chips.

Counts come from the search engine and so count only what the viewer may read. Codes of
types and days become words in the templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from indexer.narrowing import DAYS, TYPES, Counts, Narrowing
from kb_app.result_rows import Trees
from kb_app.trees import Node, Tree

SHOWN = 8
MOST = 40


@dataclass(frozen=True)
class FacetValue:
    """One choice: what goes into the address, what it is called, how many there would be."""

    value: str
    label: str
    count: int
    chosen: bool = False


@dataclass(frozen=True)
class Facet:
    """One side of the results: `name` is category, product, type or days.

    `above` leads from the top of the tree to what was chosen; `more` are values shown on demand.
    """

    name: str
    values: tuple[FacetValue, ...]
    more: tuple[FacetValue, ...] = ()
    above: tuple[FacetValue, ...] = ()


@dataclass(frozen=True)
class Chip:
    """A choice that is in force and can be taken back."""

    name: str
    label: str


def facets(counts: Counts | None, chosen: Narrowing, trees: Trees) -> tuple[Facet, ...]:
    """Every side with something to choose on it."""
    if counts is None:
        return ()
    types = {kind.value: counts.types.get(kind, 0) for kind in TYPES}
    days = {str(each): counts.days.get(each, 0) for each in DAYS}
    of_type = chosen.doc_type.value if chosen.doc_type else ""
    found = (
        _tree_facet("category", trees.categories, counts.categories, chosen.category_id),
        _tree_facet("product", trees.products, counts.products, chosen.product_id),
        _flat_facet("type", types, of_type, least=2),
        _flat_facet("days", days, str(chosen.days or ""), least=1),
    )
    return tuple(facet for facet in found if facet.values or facet.above)


def chips(chosen: Narrowing, trees: Trees) -> tuple[Chip, ...]:
    """What was chosen, in the order of the facets; a node that is gone has no name."""
    category = trees.categories.crumb(chosen.category_id)
    product = trees.products.crumb(chosen.product_id)
    found = []
    if chosen.category_id is not None:
        found.append(Chip("category", category.name if category else ""))
    if chosen.product_id is not None:
        found.append(Chip("product", product.name if product else ""))
    if chosen.doc_type is not None:
        found.append(Chip("type", chosen.doc_type.value))
    if chosen.days is not None:
        found.append(Chip("days", str(chosen.days)))
    return tuple(found)


def _tree_facet(name: str, tree: Tree, counts: Mapping[int, int], chosen: int | None) -> Facet:
    """The level below what was chosen; of a tree with one root the level below that."""
    path = tree.path(chosen)
    below = _counted(tree.children(path[-1].id if path else None), counts)
    while not path and len(below) == 1 and (deeper := _counted(tree.children(below[0].id), counts)):
        below = deeper
    values = sorted((_value(node, counts) for node in below), key=lambda value: -value.count)
    above = tuple(_value(node, counts, chosen=node.id == chosen) for node in path)
    return Facet(name, tuple(values[:SHOWN]), tuple(values[SHOWN:MOST]), above)


def _counted(nodes: tuple[Node, ...], counts: Mapping[int, int]) -> list[Node]:
    return [node for node in nodes if counts.get(node.id)]


def _value(node: Node, counts: Mapping[int, int], *, chosen: bool = False) -> FacetValue:
    return FacetValue(str(node.id), node.name, counts.get(node.id, 0), chosen)


def _flat_facet(name: str, counts: Mapping[str, int], chosen: str, *, least: int) -> Facet:
    """A side is worth showing with at least so many values, or when one was chosen."""
    values = tuple(
        FacetValue(value, value, count, value == chosen)
        for value, count in counts.items()
        if count or value == chosen
    )
    return Facet(name, values if len(values) >= least or chosen else ())
