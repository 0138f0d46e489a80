"""The contract of sentence encoders: text in, unit vectors out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class EncoderMissing(Exception):
    """The encoder that was asked for cannot be had here; the message says why."""


class Encoder(Protocol):
    """Turns texts into comparable vectors; thread-safe; works without a network."""

    @property
    def name(self) -> str:
        """Identity of model and settings; vectors of different names never mix."""

    @property
    def dimensions(self) -> int:
        """Length of a vector; 0 for an encoder that encodes nothing."""

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Questions and titles → float32 [len(texts), dimensions], unit length."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Titles with bodies → float32 [len(texts), dimensions], unit length."""


def partial_name(encoder: Encoder) -> str:
    """Marks index entries of which only title and first passage are encoded so far."""
    return f"{encoder.name}+"
