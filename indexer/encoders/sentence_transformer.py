"""Any sentence-transformers model, by local path or hub name; needs requirements.txt.

A model's own prompts are used; E5 models that lack them get theirs, others are fed as they
are. Loading may reach for a model hub, encoding never does.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from indexer.encoder import EncoderMissing, Reading, Vectors

MAX_TOKENS = 256
BATCH = 32
SAMPLE = 64
SHORT_NAME = 60
PASSAGE_PROMPTS = ("passage", "document", "corpus")


class SentenceTransformerEncoder:
    """A sentence-transformers model behind the product's contract."""

    token_dimensions = 0

    def __init__(self, model: str, threads: int = 0) -> None:
        self._model = load_model(model, threads)
        self._lock = threading.Lock()
        short = Path(model).name or model
        # Two models of one folder's name, or one trained anew, must never share vectors.
        self.name = f"st:{short[:SHORT_NAME]}-{weights_digest(self._model)}"
        self.query_prompt, self.passage_prompt = prompts_of(self._model, short)
        self.dimensions = int(self._model.encode(["a"], show_progress_bar=False).shape[1])

    def queries(self, texts: Sequence[str]) -> Vectors:
        """See Encoder."""
        return self._encode(self.query_prompt, texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """See Encoder."""
        return self._encode(self.passage_prompt, texts)

    def read_queries(self, texts: Sequence[str]) -> Reading:
        """See Encoder: no tokens."""
        return Reading(self.queries(texts))

    def read_passages(self, texts: Sequence[str]) -> Reading:
        """See Encoder: no tokens."""
        return Reading(self.passages(texts))

    def _encode(self, head: str, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        clean = [head + text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        with self._lock:
            vectors = self._model.encode(
                clean, prompt="", batch_size=BATCH, normalize_embeddings=True,
                show_progress_bar=False,
            )  # fmt: skip
        return np.asarray(vectors, np.float32)


def load_model(model: str, threads: int = 0) -> Any:
    """The model itself, on the processor; EncoderMissing says why there is none."""
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


def prompts_of(model: Any, name: str) -> tuple[str, str]:
    """What stands before a question and before a passage."""
    own = {key: text for key, text in (model.prompts or {}).items() if text}
    if own:
        passage = next((own[key] for key in PASSAGE_PROMPTS if key in own), "")
        return own.get("query", ""), passage
    return ("query: ", "passage: ") if "e5" in name.lower() else ("", "")


def weights_digest(model: Any) -> str:
    """Tells models apart by a few weights of every part: training changes them all.

    Many models come without the pooler they do not use; it is then random at every start.
    """
    digest = hashlib.blake2b(digest_size=5)
    for name, values in sorted(model.state_dict().items()):
        if ".pooler." in name:
            continue
        flat = values.detach().flatten()
        digest.update(f"{name}{tuple(values.shape)}".encode())
        for part in (flat[:SAMPLE], flat[-SAMPLE:]):
            digest.update(part.float().numpy().tobytes())
    return digest.hexdigest()
