"""Trains the networks that compare a question with a text (indexer/comparing.py); needs torch.

A network scores every text of a list and the chance that none of them answers; it learns to
give the right one the greatest share. The fields are dealt to FOLDS networks, each of which
never sees the fields of its fold: so every list is judged by a network that never saw it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from answer_lists import AskedList
from torch import Tensor, nn
from torch.nn import functional

from indexer.alignment import Floats32
from indexer.comparing import MOST_ATTENTION, RELEVANCE_WEIGHT, asked_part, list_facts, title_part

FOLDS = 2
EPOCHS = 8
BATCH = 24
RATE = 2e-3
HIDDEN, SEEN, JOINED, NOTHING = 128, 32, 64, 24
DROPPED = 0.3
TOKENS_DROPPED = 0.1
ALONE = 0.5
FACTS = 6


class Network(nn.Module):
    """The same as indexer.comparing.judge, for many lists at once."""

    def __init__(self, dimensions: int) -> None:
        super().__init__()
        self.g0, self.g1 = nn.Linear(5 * dimensions + 2, HIDDEN), nn.Linear(HIDDEN, SEEN + 1)
        self.k0, self.k1 = nn.Linear(3 * dimensions + 1, HIDDEN), nn.Linear(HIDDEN, SEEN + 1)
        self.m0, self.m1 = nn.Linear(4 * SEEN + FACTS, JOINED), nn.Linear(JOINED, 1)
        self.l = nn.Linear(FACTS, 1)
        self.n0, self.n1 = nn.Linear(2 * SEEN + FACTS, NOTHING), nn.Linear(NOTHING, 1)
        self.drop = nn.Dropout(DROPPED)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The scores of all texts, and of nothing for every list."""
        texts = len(batch.facts)
        asked = self._pooled(self.g0, self.g1, batch.asked, batch.asked_of, texts)
        title = self._pooled(self.k0, self.k1, batch.title, batch.title_of, texts)
        seen = torch.cat([asked, title, batch.facts], 1)
        scores = self.m1(self.drop(torch.relu(self.m0(seen)))) + self.l(batch.facts)
        first = torch.cat([asked[batch.first], batch.of_list], 1)
        nothing = self.n1(torch.relu(self.n0(first)))
        return scores[:, 0] + RELEVANCE_WEIGHT * batch.facts[:, 0], nothing[:, 0]

    def _pooled(
        self, one: nn.Linear, two: nn.Linear, rows: Tensor, of: Tensor, texts: int
    ) -> Tensor:
        made = two(self.drop(torch.relu(one(rows))))
        weight = made[:, :1].clamp(-MOST_ATTENTION, MOST_ATTENTION).exp()
        value = torch.relu(made[:, 1:])
        whole = torch.zeros(texts, 1).index_add_(0, of, weight)
        mean = torch.zeros(texts, SEEN).index_add_(0, of, weight * value) / whole
        most = torch.zeros(texts, SEEN).scatter_reduce_(
            0, of[:, None].expand(-1, SEEN), value, "amax"
        )
        return torch.cat([mean, most], 1)


class Batch:
    """Some lists with their tokens one below the other."""

    def __init__(self, lists: Sequence[AskedList], chance: np.random.Generator | None) -> None:
        asked, title, counts = [], [], [len(each.aligned) for each in lists]
        for each in lists:
            kept = _kept(len(each.aligned[0].asked), chance)
            asked += [asked_part(text)[kept] for text in each.aligned]
            title += [title_part(text) for text in each.aligned]
        self.asked, self.asked_of = _joined(asked)
        self.title, self.title_of = _joined(title)
        self.facts = torch.from_numpy(np.concatenate([each.facts for each in lists]))
        self.first = torch.from_numpy(np.cumsum([0, *counts[:-1]]))
        self.list_of = torch.from_numpy(np.repeat(np.arange(len(lists)), counts))
        self.gold = torch.from_numpy(np.array([gold for each in lists for gold in each.golds]))
        of_list = [list_facts(each.facts, len(each.aligned[0].asked)) for each in lists]
        self.of_list = torch.from_numpy(np.stack(of_list))


def train(lists: Sequence[AskedList], seed: int) -> Network:
    """One network from these lists."""
    torch.manual_seed(seed)
    order = random.Random(seed)  # noqa: S311 - the order of training, to be had again
    chance = np.random.default_rng(seed)
    net = Network(lists[0].aligned[0].asked.shape[1])
    steps = EPOCHS * -(-len(lists) // BATCH)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.05)
    plan = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / (0.05 * steps), (steps - step) / (0.95 * steps))
    )
    for _ in range(EPOCHS):
        shuffled = order.sample(list(lists), len(lists))
        for start in range(0, len(shuffled), BATCH):
            loss = _loss(net, Batch(shuffled[start : start + BATCH], chance))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            plan.step()
    return net.eval()


def weights_of(net: Network) -> dict[str, Floats32]:
    """As indexer.comparing reads them: x @ name + name_bias, rounded as they are stored."""
    found = {}
    for name, layer in net.named_children():
        if isinstance(layer, nn.Linear):
            found[name] = layer.weight.detach().numpy().T
            found[f"{name}_bias"] = layer.bias.detach().numpy()
    return {name: each.astype(np.float16).astype(np.float32) for name, each in found.items()}


def store(path: Path, encoder: str, members: Sequence[dict[str, Floats32]]) -> None:
    """All networks in one file."""
    named = {
        f"{number}.{name}": value.astype(np.float16)
        for number, member in enumerate(members)
        for name, value in member.items()
    }
    np.savez_compressed(path, encoder=encoder, members=len(members), **named)


def _loss(net: Network, batch: Batch) -> Tensor:
    scores, nothing = net(batch)
    count = len(nothing)
    whole = torch.logaddexp(_summed(scores, batch.list_of, count), nothing)
    right = _summed(scores.masked_fill(~batch.gold, -1e4), batch.list_of, count)
    found = torch.zeros(count).index_add_(0, batch.list_of, batch.gold.float()) > 0
    share = (whole - torch.where(found, right, nothing)).mean()
    return share + ALONE * functional.binary_cross_entropy_with_logits(scores, batch.gold.float())


def _summed(values: Tensor, of: Tensor, count: int) -> Tensor:
    """The logarithm of the summed exponentials of every list."""
    most = torch.full((count,), -1e9).scatter_reduce_(0, of, values, "amax")
    summed = torch.zeros(count).index_add_(0, of, (values - most[of]).exp())
    return most + summed.clamp(min=1e-30).log()


def _joined(parts: Sequence[Floats32]) -> tuple[Tensor, Tensor]:
    of = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return torch.from_numpy(np.concatenate(parts)), torch.from_numpy(of)


def _kept(count: int, chance: np.random.Generator | None) -> np.ndarray:
    """Some tokens of a longer question are left out while training."""
    if chance is None or count <= 5:
        return np.arange(count)
    kept = np.flatnonzero(chance.random(count) > TOKENS_DROPPED)
    return kept if kept.size else np.arange(count)
