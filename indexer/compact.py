"""Vectors in a quarter of the memory, and how close a question comes to each of them.

Rows of int8 with a scale each, multiplied in integers with the processor's own instructions
(simsimd; plain C where it has none). A dot product differs by less than 0.003 from floats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import simsimd
from numpy.typing import NDArray

from indexer.encoder import Tokens, Vectors

FULL = 127.0
Scales = NDArray[np.float32]


@dataclass(frozen=True)
class Compact:
    """`rows` [n, dimensions] int8 times `scales` [n] are the vectors."""

    rows: NDArray[np.int8]
    scales: Scales

    def __getitem__(self, span: slice) -> Compact:
        return Compact(self.rows[span], self.scales[span])


def compact(vectors: NDArray[np.floating]) -> Compact:
    """Each row uses the full range; a row of zeros stays one."""
    largest = np.abs(vectors).max(axis=-1, initial=0.0)
    factors = FULL / np.maximum(largest, 1e-9)
    rows = np.rint(vectors * factors[:, None]).astype(np.int8)
    return Compact(rows, (largest / FULL).astype(np.float32))


def dots(held: Compact, asked: Compact) -> Vectors:
    """[n]: the dot product of each vector held with the one asked for."""
    if held.rows.size == 0:
        return np.zeros(len(held.rows), np.float32)
    found: Any = simsimd.cdist(asked.rows, held.rows, metric="dot")
    products: Vectors = np.asarray(found, np.float32).reshape(-1)
    return np.asarray(products * (held.scales * asked.scales[0]), np.float32)


def token_cosines(asked: Tokens, held: Tokens) -> Vectors:
    """[asked tokens, held tokens]: the cosine of each pair of int8 rows."""
    found: Any = simsimd.cdist(asked, held, metric="cosine")
    return np.float32(1.0) - np.asarray(found, np.float32).reshape(len(asked), len(held))
