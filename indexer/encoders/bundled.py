"""The encoder that ships with the product: e5-small for Chinese, int8, on onnxruntime.

No network, no torch. About 2 ms a question and 100 to 250 passages a second on two cores;
a text longer than MAX_TOKENS is cut, not refused.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from indexer.encoder import EncoderMissing, Reading, Tokens, Vectors

MODEL_FOLDER = Path(__file__).parent / "model"
MAX_TOKENS = 256
PASSAGE_TOKENS = 144
BATCH_TOKENS = 512
DIMENSIONS = 384
TOKEN_DIMENSIONS = 64
HEAD, TAIL = 3, 1  # the tokens of the prefix and of the end, which say nothing
MOST_THREADS = 4


class BundledEncoder:
    """The bundled model.

    A question runs on one thread, so that many people do not wait for each other; the
    batches of a bulk run side by side on `threads` (0: what the machine has, up to
    MOST_THREADS).
    """

    name = f"bundled-2/{PASSAGE_TOKENS}"
    dimensions = DIMENSIONS
    token_dimensions = TOKEN_DIMENSIONS

    def __init__(self, folder: Path = MODEL_FOLDER, threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        self._session = _session(folder / "encoder.int8.onnx", options)
        self._tokenizer = Tokenizer.from_buffer(_read(folder / "tokenizer.json"))
        self._pool = ThreadPoolExecutor(
            threads or min(MOST_THREADS, os.cpu_count() or 1), thread_name_prefix="encode"
        )
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def queries(self, texts: Sequence[str]) -> Vectors:
        """See Encoder."""
        return self.read_queries(texts).vectors

    def passages(self, texts: Sequence[str]) -> Vectors:
        """See Encoder; reads the first PASSAGE_TOKENS tokens."""
        return self.read_passages(texts).vectors

    def read_queries(self, texts: Sequence[str]) -> Reading:
        """See Encoder."""
        return self._encode([f"query: {text}" for text in texts], MAX_TOKENS)

    def read_passages(self, texts: Sequence[str]) -> Reading:
        """See Encoder; reads the first PASSAGE_TOKENS tokens."""
        return self._encode([f"passage: {text}" for text in texts], PASSAGE_TOKENS)

    def _encode(self, texts: Sequence[str], most: int) -> Reading:
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        tokens = [_cut(entry.ids, most) for entry in self._tokenizer.encode_batch(clean)]
        vectors = np.zeros((len(tokens), DIMENSIONS), np.float32)
        groups = _batches(tokens)
        batches = [[tokens[row] for row in rows] for rows in groups]
        made = map(self._run, batches) if len(groups) == 1 else self._pool.map(self._run, batches)
        states: dict[int, Tokens] = {}
        for rows, (part, of_tokens) in zip(groups, made, strict=True):
            vectors[rows] = part
            states.update(zip(rows, of_tokens, strict=True))
        return Reading(vectors, tuple(states[row] for row in range(len(tokens))))

    def _run(self, tokens: list[list[int]]) -> tuple[Vectors, list[Tokens]]:
        width = max(map(len, tokens))
        ids = np.zeros((len(tokens), width), np.int64)
        mask = np.zeros((len(tokens), width), np.int64)
        for row, line in enumerate(tokens):
            ids[row, : len(line)] = line
            mask[row, : len(line)] = 1
        fed = {"input_ids": ids, "attention_mask": mask}
        made, states = self._session.run(["embedding", "states"], fed)
        kept = [_small(states[row, HEAD : len(line) - TAIL]) for row, line in enumerate(tokens)]
        return np.asarray(made, np.float32), kept


def _session(path: Path, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
    if not path.is_file():
        raise EncoderMissing(f"the bundled model file {path.name} is missing")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except (RuntimeError, ValueError) as error:
        raise EncoderMissing(f"the bundled model {path.name} is damaged: {error}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EncoderMissing(f"the bundled model file {path.name} cannot be read") from error


def _small(states: NDArray[np.float32]) -> Tokens:
    """Rows of int8 that point the same way; each uses its full range."""
    largest = np.abs(states).max(axis=1, keepdims=True, initial=1e-9)
    return np.asarray(np.rint(states * (127 / largest)), np.int8)


def _cut(ids: list[int], most: int) -> list[int]:
    """At most `most` tokens, keeping the closing one."""
    return ids if len(ids) <= most else [*ids[: most - 1], ids[-1]]


def _batches(tokens: list[list[int]]) -> list[list[int]]:
    """Row numbers grouped by length, so that little padding is computed."""
    groups: list[list[int]] = []
    for row in sorted(range(len(tokens)), key=lambda row: -len(tokens[row])):
        if groups and (len(groups[-1]) + 1) * len(tokens[groups[-1][0]]) <= BATCH_TOKENS:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups
