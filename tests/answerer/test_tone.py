"""What goes to a person at once, and what only looks like it (C1, Q3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerer.talk_figures import Heard, tone_figures
from answerer.tone import (
    Tone,
    ToneLabel,
    Weights,
    judge,
    probabilities,
    runs,
    shipped_weights,
    tone,
)

HANDED = {
    "转人工": ToneLabel.WANTS_PERSON,
    "轉人工": ToneLabel.WANTS_PERSON,
    "人工人工人工": ToneLabel.WANTS_PERSON,
    "机器人答非所问，换个真人来": ToneLabel.WANTS_PERSON,
    "让你们经理给我回个电话": ToneLabel.WANTS_PERSON,
    "充电器冒烟了，插座都熏黑了": ToneLabel.SAFETY,
    "厨房闻到好浓的煤气味": ToneLabel.SAFETY,
    "孩子把纽扣电池吞下去了": ToneLabel.SAFETY,
    "我真的不想活了": ToneLabel.SAFETY,
    "有人冒充客服让我转账，钱被骗走了": ToneLabel.SAFETY,
    "不给说法我就打12315": ToneLabel.COMPLAINT_OFFICIAL,
    "已经找了律师，等着收传票": ToneLabel.COMPLAINT_OFFICIAL,
    "你们这破系统，垃圾！": ToneLabel.ANGRY,
    "问了五遍还是复制粘贴，听不懂人话吗": ToneLabel.ANGRY,
}
CALM = (
    "不用转人工了，我自己弄好了",
    "不需要人工，告诉我步骤就行",
    "人工智能降噪是什么",
    "安装的人工费怎么算",
    "垃圾短信怎么屏蔽",
    "漏电保护器一直跳闸怎么复位",
    "烟雾报警器多久换电池",
    "谢谢，已经好了",
    "怎么重设登录密码",
    "",
    "？？",
)


@pytest.mark.parametrize(("text", "label"), HANDED.items())
def test_it_hears_what_a_person_should_take(text: str, label: ToneLabel) -> None:
    """C1: danger, a wish for a person, a formal complaint, anger."""
    assert tone(text).label is label
    assert tone(text).needs_person


@pytest.mark.parametrize("text", CALM)
def test_it_leaves_ordinary_questions_to_the_base(text: str) -> None:
    """Q3: words that only look alike, a wish that is taken back, thanks."""
    assert not tone(text).needs_person


def test_it_puts_danger_before_everything_else() -> None:
    """C1: an angry wish for a person in danger is danger."""
    assert tone("垃圾客服！转人工！热水器漏电了！").label is ToneLabel.SAFETY


def test_it_names_the_words_that_decided() -> None:
    """C1: whoever takes over sees why."""
    assert "冒烟" in tone("充电宝冒烟了").matched[0]


def test_it_catches_wordings_that_no_pattern_knows() -> None:
    """C1: the model decides above its threshold, and names the likeliest reason."""
    label = ToneLabel.ANGRY
    sure = Weights((label, ToneLabel.CALM), (0.0, 0.0), {"嗷": (9.0, -9.0)}, 0.5)
    assert judge("嗷", sure) == Tone(label, judge("嗷", sure).strength)
    assert judge("嗷", sure).strength > 0.9
    assert judge("好", sure).strength == 0.5


def test_it_does_not_let_the_model_overrule_a_refusal() -> None:
    """C1: 不用转人工 is no wish for a person, whatever the characters look like."""
    labels = (ToneLabel.WANTS_PERSON, ToneLabel.CALM)
    eager = Weights(labels, (9.0, 0.0), {}, 0.5)
    assert judge("不用转人工了", eager).label is ToneLabel.CALM


@given(st.text(max_size=200))
def test_it_takes_any_text(text: str) -> None:
    """Q2: total, repeatable, a strength that is a share."""
    heard = tone(text)
    assert heard == tone(text)
    assert 0.0 <= heard.strength <= 1.0
    assert sum(probabilities(text, shipped_weights()).values()) == pytest.approx(1.0)


def test_it_reads_runs_of_characters() -> None:
    """C1: one to three characters, ends marked, spaces out."""
    assert runs("好 吗") == {"^", "好", "吗", "$", "^好", "好吗", "吗$", "^好吗", "好吗$"}


def test_it_counts_handing_over() -> None:
    """C1: recall of those for a person, precision of those handed over, share by label."""
    figures = tone_figures(
        [
            Heard("angry", "safety", True),
            Heard("angry", "calm", False),
            Heard("neutral", "angry", True),
            Heard("thanks", "calm", False),
        ]
    )
    assert (figures["recall"], figures["precision"], figures["named"]) == (0.5, 0.5, 0.0)
    assert figures["per_label"] == {"angry": 0.5, "neutral": 1.0, "thanks": 0.0}
