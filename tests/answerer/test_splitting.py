"""One message, several questions (Q2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerer.splitting import MOST_PARTS, Part, split

SEVERAL = {
    "你好，我单子还没发想改地址，另外电子发票在哪儿申请": (
        "我单子还没发想改地址",
        "电子发票在哪儿申请",
    ),
    "手机号换了怎么改？另外一个问题，电子发票在哪儿申请": (
        "手机号换了怎么改？",
        "一个问题，电子发票在哪儿申请",
    ),
    "1、安卓手机能装吗 2、换成平板能不能用 3、账号怎么搬过去": (
        "安卓手机能装吗",
        "换成平板能不能用",
        "账号怎么搬过去",
    ),
    "房贷能不能提前还？信用卡的账单日怎么改？": (
        "房贷能不能提前还？",
        "信用卡的账单日怎么改？",
    ),
    "两个问题，身份证没带怎么坐飞机，充电宝能不能过安检": (
        "身份证没带怎么坐飞机",
        "充电宝能不能过安检",
    ),
}
WHOLE = (
    "昨晚冲动买了个空气炸锅，老公说家里有，钱已经付了但显示还在备货，能退掉不",
    "换机后收不到验证码，还有没有别的办法登录",
    "一个账号登了三台设备，我只想退掉其中一台，另外两台会不会也掉线",
    "不想打电话，除了在App里看，还有别的方式能查到进度吗",
    "密码忘了怎么办？急！",
    "怎么重设密码",
    "",
    "另外",
    "？？？",
)


@pytest.mark.parametrize(("text", "parts"), SEVERAL.items())
def test_it_cuts_where_another_question_begins(text: str, parts: tuple[str, ...]) -> None:
    """Q2: announced, numbered, or two that each ask something of their own."""
    assert tuple(part.text.rstrip("？") for part in split(text)) == tuple(
        part.rstrip("？") for part in parts
    )


@pytest.mark.parametrize("text", WHOLE)
def test_it_leaves_a_story_whole(text: str) -> None:
    """Q2: one question told at length is one question."""
    assert split(text) == (Part(text),)


def test_it_carries_the_subject_where_a_part_leans_on_it() -> None:
    """Q2: a part that refers back is searched with the first one, any other by itself."""
    first, second = split("模拟考断网了答案还在吗？另外要是正式考断了几分钟内得回来")
    assert first.question == first.text
    assert second.question == f"{first.text} {second.text}"
    assert split("模拟考断网了答案还在吗？另外发票怎么开")[1].context == ""


@given(st.text(alphabet="另外还有，。？?1、2吗怎么能退换 \n书课", max_size=80))
def test_it_cuts_any_text(text: str) -> None:
    """Q2: total; never an empty part, never more than a page can show."""
    parts = split(text)
    assert 1 <= len(parts) <= MOST_PARTS
    assert all(part.text for part in parts) or not text.strip()
