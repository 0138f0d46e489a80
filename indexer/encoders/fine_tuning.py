"""Fine-tuning a sentence-transformers model: question near its answer, far from the others.

Answers of the other questions of a batch and texts that were shown in vain are the wrong
ones (multiple negatives ranking). On the processor, the same every time; needs
requirements.txt.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from indexer.encoders.sentence_transformer import load_model, prompts_of
from indexer.training import Course, Lesson, Progress

SCALE = 20.0
WARM_UP = 0.1
SEED = 20
WRONG_OF_ONE = 2
LONGEST_GRADIENT = 1.0


def fine_tune(course: Course, lessons: Sequence[Lesson], progress: Progress) -> None:
    """See Trainer; nothing is left under the folder when it fails."""
    model = load_model(course.base)
    heads = prompts_of(model, Path(course.base).name or course.base)
    try:
        _train(model, heads, course, lessons, progress)
        model.prompts = {"query": heads[0], "passage": heads[1]}
        model.save(str(course.folder))
    except BaseException:
        shutil.rmtree(course.folder, ignore_errors=True)
        raise
    finally:
        model.eval()


def _train(
    model: Any,
    heads: tuple[str, str],
    course: Course,
    lessons: Sequence[Lesson],
    progress: Progress,
) -> None:
    import torch

    torch.manual_seed(SEED)
    batches = list(_batches(lessons, course))
    optimizer = torch.optim.AdamW(model.parameters(), lr=course.rate, weight_decay=0.01)
    rising = max(1, int(len(batches) * WARM_UP))

    def pace(step: int) -> float:
        return min((step + 1) / rising, max(0.0, (len(batches) - step) / len(batches)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, pace)
    model.train()
    for done, batch in enumerate(batches, start=1):
        loss = _loss(model, heads, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), LONGEST_GRADIENT)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        progress(done, len(batches))


def _batches(lessons: Sequence[Lesson], course: Course) -> Iterator[list[Lesson]]:
    chance = random.Random(SEED)  # noqa: S311  the same order every time, no secret
    for _ in range(course.passes):
        order = list(lessons)
        chance.shuffle(order)
        for start in range(0, len(order), course.batch):
            yield order[start : start + course.batch]


def _loss(model: Any, heads: tuple[str, str], batch: Sequence[Lesson]) -> Any:
    import torch

    asked = _embed(model, [heads[0] + lesson.question for lesson in batch])
    wrong = [text for lesson in batch for text in lesson.wrong[:WRONG_OF_ONE]]
    texts = [lesson.answer for lesson in batch] + wrong
    answers = _embed(model, [heads[1] + text for text in texts])
    scores = asked @ answers.T * SCALE
    topics = torch.tensor([lesson.topic for lesson in batch])
    same = topics[:, None] == topics[None, :]
    same.fill_diagonal_(fill_value=False)
    scores[:, : len(batch)] = scores[:, : len(batch)].masked_fill(same, -1e4)
    return torch.nn.functional.cross_entropy(scores, torch.arange(len(batch)))


def _embed(model: Any, texts: Sequence[str]) -> Any:
    import torch

    clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    made = model(model.tokenize(clean))["sentence_embedding"]
    return torch.nn.functional.normalize(made, dim=-1)
