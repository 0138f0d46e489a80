"""What is new in a mail, as the programs of Chinese customers quote (M1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticket_bridge.mail.quotes import cut, forwarded

OLD = "您好，请问门锁型号是什么？"
QUOTES = {
    "qq": f'------------------ 原始邮件 ------------------\n发件人: "客服" <support@a.cn>;\n'
    f'发送时间: 2026年11月20日(星期五) 下午3:00\n收件人: "小艾"<x@qq.com>;\n主题: 门锁\n\n{OLD}',
    "qq_bare": f"------------------\xa0原始邮件\xa0------------------\n{OLD}",
    "qq_phone": f'---原始邮件---\n发件人: "客服"<support@a.cn>\n{OLD}',
    "netease": f'在 2026-11-20 15:00:00，"客服" <support@a.cn> 写道：\n\n{OLD}',
    "netease_en": f'At 2026-11-20 15:00:00, "support" <support@a.cn> wrote:\n\n>{OLD}',
    "netease_master": f"---- 回复的原邮件 ----\n| 发件人 | 客服<support@a.cn> |\n{OLD}",
    "foxmail": f"\n发件人： 客服\n发送时间： 2026-11-20 15:00\n收件人： 小艾\n主题： 门锁\n{OLD}",
    "foxmail_bar": f"{'_' * 32}\n\n发件人： 客服\n发送时间： 2026-11-20\n{OLD}",
    "outlook": f"发件人: 客服 <support@a.cn>\n发送时间: 2026年11月20日 15:00\n收件人: 小艾\n{OLD}",
    "outlook_en": f"-----Original Message-----\nFrom: support\nSent: Friday\nTo: x\n{OLD}",
    "outlook_en_bare": f"From: support@a.cn\nSent: Friday, November 20, 2026\nTo: x\n{OLD}",
    "gmail": f"客服 <support@a.cn> 于2026年11月20日周五 15:00写道：\n\n> {OLD}\n>",
    "gmail_wrapped": f"On Fri, Nov 20, 2026 at 3:00 PM 客服部\n<support@a.cn> wrote:\n> {OLD}",
    "apple": f"> 在 2026年11月20日，15:00，客服 <support@a.cn> 写道：\n> \n> {OLD}",
    "apple_en": f"On Nov 20, 2026, at 3:00 PM, Support <support@a.cn> wrote:\n> {OLD}",
    "huawei": f"-------- 原始信息 --------\n发件人： 客服 <support@a.cn>\n{OLD}",
    "taiwan": f"客服 <support@a.cn> 於 2026年11月20日 週五 下午3:00寫道：\n{OLD}",
    "plain": f"> {OLD}\n> 谢谢",
}


@pytest.mark.parametrize("client", sorted(QUOTES))
def test_it_cuts_what_each_program_quotes(client: str) -> None:
    """M1: only the new words remain."""
    assert cut(f"型号是 L1，谢谢。\n\n{QUOTES[client]}") == "型号是 L1，谢谢。"


@pytest.mark.parametrize(
    "line",
    [
        "发自我的 iPhone",
        "发自我的华为手机",
        "从我的小米手机发送",
        "Sent from my iPhone",
        "发自 Outlook for iOS",
        "获取 Outlook for Android",
        "来自网易邮箱大师",
        "发自我的iPad",
        "-- \n张三\n采购部",
    ],
)
def test_it_cuts_signatures_of_phones_and_dashes(line: str) -> None:
    """M1: what a program adds below is not what somebody says."""
    assert cut(f"型号是 L1\n\n{line}") == "型号是 L1"


def test_it_keeps_words_written_between_and_below_quotes() -> None:
    """M1: answers within the quote are words too."""
    between = "在 2026-11-20，客服 <s@a.cn> 写道：\n> 型号是什么？\nL1\n> 什么时候买的？\n去年"
    assert "L1" in cut(between)
    assert "去年" in cut(between)
    below = "On Nov 20, 2026, at 3 PM, S <s@a.cn> wrote:\n> 型号？\n\n型号是 L1"
    assert cut(below) == "型号是 L1"


@pytest.mark.parametrize(
    "text",
    [
        "发件人收不到我的邮件怎么办？",
        "我在 2026 年买的门锁，说明书上写道：请用 5 号电池。\n后来没电了",
        "问题有两个：\n-- 没电\n-- 打不开",
        "From 字段怎么设置？",
        "原始邮件在哪里看",
    ],
)
def test_it_leaves_ordinary_words_alone(text: str) -> None:
    """M1: nothing a customer says is lost."""
    assert cut(text) == text


def test_it_cuts_nothing_when_nothing_would_be_left() -> None:
    """M1: a mail that is all quote stays."""
    assert OLD in cut(QUOTES["qq"])
    assert cut(f"> {OLD}") == f"> {OLD}"


def test_it_recognises_a_forwarded_customer() -> None:
    """M1: staff forward a customer's mail; the ticket is the customer's."""
    text = (
        "请处理\n\n---------- Forwarded message ---------\n发件人： 小艾 <xiaoai@qq.com>\n"
        "日期： 2026年11月20日\n主题： 门锁\n收件人： <abo@a.cn>\n\n门锁没电了"
    )
    assert forwarded(text) == ("小艾", "xiaoai@qq.com", "门锁没电了")
    assert forwarded("没有转发") is None


@given(st.text(alphabet="> -—_=写道发件人：:原始邮件On wrote\n@a.<>2026年月日", max_size=300))
def test_it_never_loses_everything(text: str) -> None:
    """M1: words in, words out."""
    assert bool(cut(text)) == bool(text.strip())
