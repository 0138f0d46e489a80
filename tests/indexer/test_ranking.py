"""Words, meaning, rating and use in one order, exact for any prior (K4)."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexer.ranking import (
    LEXICAL_SHARE,
    PRIOR_WEIGHT,
    Lexical,
    Ranked,
    Scale,
    Usage,
    blend,
    prior,
    rank,
)


def usage(*rows: tuple[float, float, float]) -> Usage:
    """Counters from (helpful, unhelpful, heat)."""
    table = np.array(rows, float)
    return Usage(table[:, 0], table[:, 1], table[:, 2])


def test_a_prior_lies_between_nothing_and_one() -> None:
    """K4."""
    found = prior(usage((0, 0, 0), (1000, 0, 1e6), (0, 1000, 0), (3, 1, 2)))
    assert ((found >= 0) & (found <= 1)).all()


def test_votes_move_an_article_past_its_equal() -> None:
    """K4: higher rated articles come earlier."""
    good, plain, bad = prior(usage((5, 0, 0), (0, 0, 0), (0, 5, 0)))
    assert good > plain > bad


def test_a_handful_of_votes_weighs_less_than_many() -> None:
    """K4: cannot be gamed by a handful."""
    few, many = prior(usage((2, 0, 0), (60, 3, 0)))
    assert few < many


def test_a_new_article_stands_above_a_poor_one() -> None:
    """K4: new articles get a fair chance."""
    new, poor = prior(usage((0, 0, 0), (10, 30, 0)))
    assert new > poor


def test_use_counts_by_its_logarithm() -> None:
    """K4: 热度自排序 without winner takes all."""
    cold, warm, hot, hottest = prior(usage((0, 0, 0), (0, 0, 5), (0, 0, 50), (0, 0, 500)))
    assert cold < warm < hot < hottest
    assert hottest - hot < hot - cold


def test_no_documents_is_no_trouble() -> None:
    """An empty base."""
    nothing = np.zeros(0)
    assert prior(Usage(nothing, nothing, nothing)).size == 0


def test_without_vectors_words_decide_alone() -> None:
    """O1: encoder `none`."""
    meaning, slope = blend(None, np.array([False, True]), LEXICAL_SHARE)
    assert meaning.tolist() == [0, 0]
    assert slope.tolist() == [1, 1]


def test_a_document_not_yet_encoded_is_judged_by_its_words() -> None:
    """A fresh import is found at once, not below everything encoded."""
    meaning, slope = blend(np.array([0.6, 0.0]), np.array([True, False]), LEXICAL_SHARE)
    best_encoded = meaning[0] + slope[0]
    assert meaning[1] + slope[1] == best_encoded


SIZE = st.integers(1, 60)


@st.composite
def bases(draw: st.DrawFn) -> tuple[Scale, np.ndarray, int, int]:
    """A base of any size with any cosines, BM25 scores, priors and filter."""
    size = draw(SIZE)
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    levels = draw(st.sampled_from([3, 1000]))  # few levels make many ties
    cosines = np.round(random.uniform(-0.5, 1.0, size) * levels) / levels
    bm25 = np.round(random.exponential(5.0, size) * levels) / levels
    bm25[random.random(size) < draw(st.sampled_from([0.1, 0.7]))] = 0
    encoded = random.random(size) < draw(st.sampled_from([0.5, 1.0]))
    meaning, slope = blend(cosines, encoded, draw(st.sampled_from([LEXICAL_SHARE, 0.4])))
    boost = 1 + PRIOR_WEIGHT * random.random(size)
    allowed = random.random(size) < draw(st.sampled_from([0.3, 1.0]))
    keys = random.permutation(size).astype(np.int64)
    scale = Scale(meaning, slope, boost, allowed, keys)
    return scale, bm25, draw(st.integers(1, 12)), draw(st.integers(1, 8))


def looked(scale: Scale, bm25: np.ndarray, look: int, named: np.ndarray) -> Lexical:
    """What a backend tells of its best `look` documents and of the named ones."""
    matching = np.flatnonzero(scale.allowed & (bm25 > 0))
    order = matching[np.lexsort((scale.keys[matching], -bm25[matching]))]
    best = bm25[order[0]] if order.size else 1.0
    seen = named.copy()
    seen[order[:look]] = True
    ceiling = bm25[order[look - 1]] / best if order.size >= look else 0.0
    share = np.where(seen & scale.allowed, bm25 / best, 0.0)
    return Lexical(share, seen, ceiling)


@given(bases())
def test_the_order_is_that_of_looking_at_everything(
    base: tuple[Scale, np.ndarray, int, int],
) -> None:
    """K4: asking on until nothing is undecided equals brute force, for any prior."""
    scale, bm25, needed, look = base
    everything = np.ones(bm25.size, np.bool_)
    whole: Ranked = rank(scale, looked(scale, bm25, bm25.size + 1, everything), needed)
    named = np.zeros(bm25.size, np.bool_)
    found = rank(scale, looked(scale, bm25, look, named), needed)
    while found.undecided.size:
        if found.undecided.size <= 5:
            named[found.undecided] = True
        else:
            look *= 4
        found = rank(scale, looked(scale, bm25, look, named), needed)
    assert found.rows.tolist() == whole.rows.tolist()


@given(bases())
def test_a_page_continues_where_the_one_before_ended(
    base: tuple[Scale, np.ndarray, int, int],
) -> None:
    """K1: paging without doubles or gaps."""
    scale, bm25, needed, _ = base
    everything = np.ones(bm25.size, np.bool_)
    lexical = looked(scale, bm25, bm25.size + 1, everything)
    long = rank(scale, lexical, needed + 5).rows.tolist()
    assert rank(scale, lexical, needed).rows.tolist() == long[:needed]
    assert len(set(long)) == len(long)
