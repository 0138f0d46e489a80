"""Evidence is finite and says what it is named for (Q3)."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerer.evidence import NAMES, Candidate, Evidence, weigh
from indexer.backend import Hit
from indexer.document import DocKind

HIT = Hit(DocKind.ARTICLE, 1, 1, 1.0, 0.8, 0.5, 0.3, 0.2, 3.0, 0.7, 0.6)
BEST = Candidate(HIT, "忘记密码怎么办", "点忘记密码重设")
unit = st.floats(-1, 1)
positive = st.floats(0, 1e6)
hits = st.builds(
    Hit,
    kind=st.sampled_from(DocKind),
    ref_id=st.integers(1, 9),
    position=st.integers(1, 9),
    score=positive,
    relevance=positive,
    lexical=positive,
    semantic=unit,
    prior=st.floats(0, 1),
    lexical_raw=positive,
    title_cosine=unit,
    body_cosine=unit,
)
texts = st.text(max_size=60) | st.text("密码不123abc ", max_size=30)
candidates = st.builds(Candidate, hits, texts, texts)


@settings(max_examples=60)
@given(question=texts, found=st.lists(candidates, min_size=1, max_size=6))
def test_it_is_finite_for_any_texts(question: str, found: list[Candidate]) -> None:
    """Q3: no text, empty or wild, breaks the judgement."""
    evidence = weigh(question, tuple(found))
    assert all(math.isfinite(value) for value in evidence.vector())
    shares = [name for name in NAMES if name.endswith("_cover")]
    assert shares
    for share in (*shares, "unknown_words", "agreement"):
        assert 0 <= getattr(evidence, share) <= 1 + 1e-9
    assert evidence.negation_differs in {0.0, 1.0}


def _weigh(question: str, *rest: Candidate, best: Candidate = BEST) -> Evidence:
    return weigh(question, (best, *rest))


def test_it_measures_the_lead_over_the_second() -> None:
    """Q3: a clear winner speaks for itself, a crowd does not."""
    near = Candidate(replace(HIT, relevance=0.75, title_cosine=0.69, lexical_raw=9.0), "", "")
    alone, crowded = _weigh("密码"), _weigh("密码", near)
    assert (alone.margin, alone.agreement, alone.crowd) == (0.8, 1.0, 0.0)
    assert crowded.margin == pytest.approx(0.05)
    assert crowded.title_margin == pytest.approx(0.01)
    assert crowded.agreement == pytest.approx(2 / 3)
    assert crowded.crowd == pytest.approx(0.2)


def test_it_sees_how_much_of_the_title_was_asked() -> None:
    """Q3: everything asked is there, or nothing is."""
    assert _weigh("忘记密码怎么办").title_cover == 1.0
    assert _weigh("忘记密码").title_cover == pytest.approx(4 / 7)
    assert _weigh("发票抬头").title_cover == 0.0


def test_it_notices_numbers_the_text_does_not_have() -> None:
    """Q3: another model or error code is another question."""
    known = replace(BEST, body="错误 E102，型号 L1")
    assert _weigh("E102 怎么办", best=known).unknown_words == 0.0
    assert _weigh("E999 怎么办", best=known).unknown_words == 0.5
    assert _weigh("E999 和 X7、Y8", best=known).unknown_words == 1.0


def test_it_notices_a_negation_on_one_side_only() -> None:
    """Q3: 能退款 is not 不能退款."""
    assert _weigh("密码不对").negation_differs == 1.0
    assert _weigh("忘记密码").negation_differs == 0.0
