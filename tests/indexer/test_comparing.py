"""The networks that compare a question with texts: shipped, finite, and not fooled (Q3)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.alignment import Aligned, align
from indexer.comparing import COMPARED, NAMES, Comparison, Networks, facts_of, networks
from indexer.encoders.bundled import TOKEN_DIMENSIONS, BundledEncoder
from tests.answerer.test_evidence import HIT


@pytest.fixture(scope="module")
def shipped() -> Networks:
    """Those that come with the product."""
    found = networks()
    assert found is not None
    return found


@pytest.fixture(scope="module")
def encoder() -> BundledEncoder:
    """The encoder they were trained for."""
    return BundledEncoder(threads=1)


FACTS = np.array([facts_of(HIT)], np.float32)


def compared(
    shipped: Networks, encoder: BundledEncoder, asked: str, *texts: tuple[str, str]
) -> Comparison:
    """The comparison of (title, body) texts which the search thought equally good."""
    question = encoder.read_queries([asked]).tokens[0]
    titles = encoder.read_queries([title for title, _ in texts]).tokens
    passages = encoder.read_passages([f"{title} {body}" for title, body in texts]).tokens
    found = [align(question, *each) for each in zip(titles, passages, strict=True)]
    return shipped.comparison(found, FACTS.repeat(len(found), axis=0), [1.0] * len(found))


def test_they_belong_to_the_encoder_that_ships(shipped: Networks) -> None:
    """Q3: networks of another encoder would judge by chance."""
    assert shipped.encoder == BundledEncoder.name
    assert len(shipped.members) > 1


PASSWORD = ("忘记登录密码怎么办", "在登录页点忘记密码，用手机号收验证码后重设。")
REFUND = ("退款多久到账", "退款审核通过后一到三个工作日原路退回。")


def test_they_prefer_the_text_that_answers(shipped: Networks, encoder: BundledEncoder) -> None:
    """Q3: what the search's own figures cannot tell apart, the tokens can."""
    right = compared(shipped, encoder, "密码想不起来了登不上去", PASSWORD, REFUND)
    wrong = compared(shipped, encoder, "密码想不起来了登不上去", REFUND, PASSWORD)
    assert right.ahead > 0 > wrong.ahead
    assert (right.is_first, wrong.is_first) == (1.0, 0.0)
    assert right.chance > wrong.chance


def test_they_doubt_a_text_about_something_else(shipped: Networks, encoder: BundledEncoder) -> None:
    """Q3: nothing in the list answers this, and that is more likely than before."""
    asked = compared(shipped, encoder, "退的钱什么时候能到我卡上", REFUND)
    other = compared(shipped, encoder, "明天会不会下雨", REFUND)
    assert other.over_nothing < asked.over_nothing


rows = st.integers(1, 30).map(
    lambda count: np.random.default_rng(count).integers(-127, 128, (count, TOKEN_DIMENSIONS))
)


@settings(max_examples=30)
@given(rows, st.lists(st.tuples(rows, rows), min_size=1, max_size=COMPARED))
def test_it_is_finite_for_any_tokens(
    asked: np.ndarray, texts: list[tuple[np.ndarray, np.ndarray]]
) -> None:
    """Q3: no vectors, however wild, break the judgement."""
    made = networks()
    assert made is not None
    found: list[Aligned] = [
        align(asked.astype(np.int8), title.astype(np.int8), passage.astype(np.int8))
        for title, passage in texts
    ]
    comparison = made.comparison(found, FACTS.repeat(len(found), axis=0), [0.5] * len(found))
    assert len(comparison.vector()) == len(NAMES)
    assert np.isfinite(comparison.vector()).all()
