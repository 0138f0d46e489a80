"""Any sentence-transformers model, by local path or hub name; needs requirements.txt.

E5 models get their prefixes; others are fed as they are. Loading may reach for a model
hub, encoding never does.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from indexer.encoder import EncoderMissing, Reading, Vectors

MAX_TOKENS = 256
BATCH = 32


class SentenceTransformerEncoder:
    """A sentence-transformers model behind the product's contract."""

    token_dimensions = 0

    def __init__(self, model: str, threads: int = 0) -> None:
        self._model = _load(model, threads)
        self._lock = threading.Lock()
        short = Path(model).name or model
        self.name = f"st:{short}"[:80]
        self._prefixed = "e5" in short.lower()
        self.dimensions = int(self._model.encode(["a"], show_progress_bar=False).shape[1])

    def queries(self, texts: Sequence[str]) -> Vectors:
        """See Encoder."""
        return self._encode("query: ", texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """See Encoder."""
        return self._encode("passage: ", texts)

    def read_queries(self, texts: Sequence[str]) -> Reading:
        """See Encoder: no tokens."""
        return Reading(self.queries(texts))

    def read_passages(self, texts: Sequence[str]) -> Reading:
        """See Encoder: no tokens."""
        return Reading(self.passages(texts))

    def _encode(self, prefix: str, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        head = prefix if self._prefixed else ""
        clean = [head + text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        with self._lock:
            vectors = self._model.encode(
                clean, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(vectors, np.float32)


def _load(model: str, threads: int) -> Any:
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise EncoderMissing(
            "sentence-transformers is not installed: pip install -r requirements.txt"
        ) from error
    if threads:
        torch.set_num_threads(threads)
    try:
        loaded = SentenceTransformer(model, device="cpu")
    except (OSError, ValueError) as error:
        raise EncoderMissing(f"cannot load the encoder {model!r}: {error}") from error
    loaded.max_seq_length = min(loaded.max_seq_length or MAX_TOKENS, MAX_TOKENS)
    return loaded
