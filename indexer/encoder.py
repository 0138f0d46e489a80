"""The contract of sentence encoders: text in, unit vectors out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.passages import PASSAGE_CHARS

Vectors = NDArray[np.float32]
Tokens = NDArray[np.int8]


class EncoderMissing(Exception):
    """The encoder that was asked for cannot be had here; the message says why."""


@dataclass(frozen=True)
class Reading:
    """What was made of texts: a vector each, and the vectors of their single tokens.

    `vectors` float32 [n, dimensions]; `tokens` n arrays int8 [tokens, token_dimensions],
    whose rows point the right way but have any length, or () from an encoder without them.
    """

    vectors: Vectors
    tokens: tuple[Tokens, ...] = ()


class Encoder(Protocol):
    """Turns texts into comparable vectors; thread-safe; works without a network."""

    @property
    def name(self) -> str:
        """Identity of model and settings; vectors of different names never mix."""

    @property
    def dimensions(self) -> int:
        """Length of a vector; 0 for an encoder that encodes nothing."""

    @property
    def token_dimensions(self) -> int:
        """Length of a token's vector; 0 for an encoder that gives none."""

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Questions and titles → float32 [len(texts), dimensions], unit length."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Titles with bodies → float32 [len(texts), dimensions], unit length."""

    def read_queries(self, texts: Sequence[str]) -> Reading:
        """`queries`, with the vectors of tokens."""

    def read_passages(self, texts: Sequence[str]) -> Reading:
        """`passages`, with the vectors of tokens."""


def whole_name(encoder: Encoder) -> str:
    """Marks index entries that are encoded; another cut of passages is another name."""
    return f"{encoder.name}/{PASSAGE_CHARS}"


def partial_name(encoder: Encoder) -> str:
    """Marks index entries of which only title and first passage are encoded so far."""
    return f"{whole_name(encoder)}+"
