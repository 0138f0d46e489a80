"""A sentence-transformers CrossEncoder, by local path or hub name; needs requirements.txt.

Reads question and text together: slower than comparing vectors, so only few are scored.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from indexer.encoder import EncoderMissing
from indexer.encoders.sentence_transformer import weights_digest
from indexer.ranking import Floats

MAX_TOKENS = 256
BATCH = 20


class CrossEncoderScorer:
    """See PairScorer; thread-safe, one search after the other."""

    def __init__(self, model: str, threads: int = 0) -> None:
        self._model = _load(model, threads)
        self._lock = threading.Lock()
        self.name = f"ce:{(Path(model).name or model)[:60]}-{weights_digest(self._model.model)}"

    def scores(self, question: str, texts: Sequence[str]) -> Floats:
        """See PairScorer."""
        if not texts:
            return np.zeros(0)
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in (question, *texts)]
        pairs = [(clean[0], text) for text in clean[1:]]
        with self._lock:
            made = self._model.predict(
                pairs, batch_size=BATCH, show_progress_bar=False, convert_to_numpy=True
            )
        return np.asarray(made, np.float64).reshape(len(texts), -1)[:, -1]


def _load(model: str, threads: int) -> Any:
    try:
        import torch
        from sentence_transformers import CrossEncoder
    except ImportError as error:
        raise EncoderMissing(
            "sentence-transformers is not installed: pip install -r requirements.txt"
        ) from error
    if threads:
        torch.set_num_threads(threads)
    try:
        found = CrossEncoder(model, device="cpu", activation_fn=torch.nn.Sigmoid())
    except (OSError, ValueError) as error:
        raise EncoderMissing(f"cannot load the re-ranker {model!r}: {error}") from error
    if found.num_labels != 1:
        raise EncoderMissing(f"the re-ranker {model!r} gives {found.num_labels} scores, not one")
    found.max_seq_length = min(found.max_seq_length or MAX_TOKENS, MAX_TOKENS)
    return found
