"""Vectors of a base, centred so that cosines tell documents apart. Pure numpy.

Sentence vectors share a large common part; taking the base's mean out of titles, bodies
and questions before comparing lifts R@3 by several points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.anchors import ANCHOR_WEIGHT
from indexer.encoder import Vectors

TITLE_SHARE = 0.15  # a body's vector knows its title; measured on nine fields and a cloud FAQ
Halves = NDArray[np.float16]


@dataclass(frozen=True)
class Centre:
    """The means taken out of titles (and questions) and of bodies."""

    title: Vectors
    body: Vectors


def centre_of(titles: Halves, bodies: Halves, anchor: Vectors) -> Centre:
    """The base's means, with `anchor` (a mean of ordinary titles) counted in."""
    weight = ANCHOR_WEIGHT / (ANCHOR_WEIGHT + len(titles))
    if len(titles) == 0:
        return Centre(anchor, anchor)
    own = 1 - weight
    return Centre(
        own * titles.mean(axis=0, dtype=np.float32) + weight * anchor,
        own * bodies.mean(axis=0, dtype=np.float32) + weight * anchor,
    )


def unit(vectors: NDArray[np.floating]) -> Vectors:
    """Rows brought to length 1; a row of zeros stays so."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)


def summed(titles: Halves, passages: Halves, centre: Centre) -> Vectors:
    """Titles and passages as one vector: a dot product is the weighed mean of two cosines."""
    joined = TITLE_SHARE * unit(titles - centre.title)
    joined += (1 - TITLE_SHARE) * unit(passages - centre.body)
    return joined


def centred_query(query: Vectors, centre: Centre) -> Vectors:
    """A question seen from the same middle as the titles."""
    return unit(query - centre.title)
