"""No encoder: search by words alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from indexer.encoder import Reading, Vectors


class NoEncoder:
    """Encodes nothing; every caller then works without meaning vectors."""

    name = "none"
    dimensions = 0
    token_dimensions = 0

    def queries(self, texts: Sequence[str]) -> Vectors:
        """See Encoder: vectors of no length."""
        return np.zeros((len(texts), 0), np.float32)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """See Encoder: vectors of no length."""
        return np.zeros((len(texts), 0), np.float32)

    def read_queries(self, texts: Sequence[str]) -> Reading:
        """See Encoder: no tokens."""
        return Reading(self.queries(texts))

    def read_passages(self, texts: Sequence[str]) -> Reading:
        """See Encoder: no tokens."""
        return Reading(self.passages(texts))
