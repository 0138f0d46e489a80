"""Wordings of one meaning come together (K10)."""

from __future__ import annotations

import numpy as np

from kb_app.insight.clustering import Rates, clusters, middled, word_vectors
from kb_app.insight.unmet import Event, Wording, text_key
from models import GapSource, utcnow


def wording(text: str, people: int = 1, source: GapSource = GapSource.SEARCH) -> Wording:
    events = [Event(text, f"s:{text}{n}", utcnow(), source) for n in range(people)]
    return Wording(text, text_key(text), events)


def test_it_puts_close_vectors_together_and_the_central_one_first() -> None:
    vectors = np.array([[1, 0, 0], [0.9, 0.1, 0], [0.8, 0.2, 0], [0, 0, 1]], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    said = [wording("甲"), wording("乙", 5), wording("丙"), wording("丁")]
    found = clusters(said, vectors, 0.5)
    texts = sorted([each.text for each in cluster.wordings] for cluster in found)
    assert texts == [["丁"], ["乙", "甲", "丙"]]


def test_it_works_without_an_encoder() -> None:
    texts = ["门锁装反了怎么换向", "门锁装反了怎么换方向", "发票抬头写错了"]
    found = clusters([wording(text) for text in texts], word_vectors(texts), 0.75)
    assert sorted(len(each.wordings) for each in found) == [1, 2]


def test_it_copes_with_nothing_and_with_one() -> None:
    assert clusters([], np.zeros((0, 3), np.float32), 0.5) == []
    alone = middled(np.ones((1, 3), np.float32), np.ones((2, 3), np.float32))
    assert len(clusters([wording("甲")], alone, 0.5)) == 1


def test_it_ranks_by_the_tickets_an_answer_would_save() -> None:
    rates = Rates(search=0.05, question=0.4, vote=0.1)
    many = clusters([wording("甲", 10)], np.ones((1, 2), np.float32), 0.5)[0]
    few = clusters([wording("乙", 1, GapSource.TICKET)], np.ones((1, 2), np.float32), 0.5)[0]
    assert many.tickets(rates) < few.tickets(rates)
    assert few.tickets(rates) == 1.0
