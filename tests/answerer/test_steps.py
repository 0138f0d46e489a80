"""An agent's answer as numbered steps (K9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerer.steps import as_steps

THREE = "1. 充电\n2. 长按电源键\n3. 重启"


@pytest.mark.parametrize(
    "text",
    [
        "您好，1、充电；2、长按电源键 3、重启。\n祝您生活愉快！",
        "1）充电\n2）长按电源键\n3）重启",
        "第一步：充电。第二步：长按电源键。第三步：重启。",
        "首先充电，然后长按电源键，最后重启。",
        "［姓名A］先生您好，1、充电；2、长按电源键 3、重启。",
        "您好［姓名］女士，1、充电；2、长按电源键 3、重启。",
        "尊敬的客户您好：\n1. 充电\n2. 长按电源键\n3. 重启\n\n如有其他问题请随时联系我们。",
    ],
)
def test_it_lists_what_is_numbered_in_words_or_figures(text: str) -> None:
    """K9: the same three steps however they were typed, without courtesies."""
    assert as_steps(text) == THREE


@pytest.mark.parametrize(
    "text",
    [
        "请在设置里关闭夜间模式。",
        "版本 1.2.3 已修复",
        "固件 2.0 和 3.0 都支持",
        "先看 3、再看 1、最后看 2",
        "您好",
        "",
        "- 一\n- 二",
    ],
)
def test_it_leaves_everything_else_as_it_is(text: str) -> None:
    """K9: no steps are made up."""
    assert as_steps(text) == text


def test_it_keeps_what_stands_before_and_behind_the_steps() -> None:
    """K9: nothing of the answer is lost."""
    made = as_steps("按下面做：\n1、充电\n2、重启\n\n还不行就换电池。")
    assert made == "按下面做：\n\n1. 充电\n2. 重启\n\n还不行就换电池。"


@given(st.text("1234、.第一二步首先然后最后，。\n 您好充", max_size=60))
def test_it_never_fails_and_never_loses_all(text: str) -> None:
    """K9: any answer."""
    assert bool(as_steps(text).strip()) == bool(text.strip())
