"""Private data is masked, other numbers stay (K9, O3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerer.redact import MASKS, redact

PHONE, ID, CARD = "13800138000", "11010119900307109X", "4111111111111111"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_card(stem: str) -> str:
    """An identity number with its right check digit (GB 11643)."""
    total = sum(int(digit) * weight for digit, weight in zip(stem, _WEIGHTS, strict=True))
    return stem + "10X98765432"[total % 11]


def luhn(stem: str) -> str:
    """A card number with its right check digit (ISO 7812)."""
    total = 0
    for place, digit in enumerate(reversed(stem)):
        doubled = int(digit) * 2 if place % 2 == 0 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return f"{stem}{-total % 10}"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (PHONE, "phone"),
        ("+86 138 0013 8000", "phone"),
        ("86-138-0013-8000", "phone"),
        ("电话13800138000。", "phone"),
        ("a.b+c@mail.example.com", "email"),
        ("邮箱是xiaoai@example.cn，谢谢", "email"),
        (id_card("11010119900307109"), "id_card"),
        (id_card("11010119900307109").lower(), "id_card"),
        (id_card("44030019851212003"), "id_card"),
        (CARD, "bank_card"),
        ("4111 1111 1111 1111", "bank_card"),
        (luhn("622202020011223344"), "bank_card"),
        ("尾款付到 12 4111 1111 1111 1111", "bank_card"),
        ("4111 1111 1111 1111 12", "bank_card"),
        ("１３８００１３８０００", "phone"),
        ("４１１１　１１１１　１１１１　１１１１", "bank_card"),
        ("ａ＠ｂ\uff0eｃｎ", "email"),
    ],
)
def test_it_masks_private_data(text: str, kind: str) -> None:
    """K9: phone, address, identity number, bank card, as people write them."""
    masked = redact(text)
    assert masked.kinds == (kind,)
    assert MASKS[kind] in masked.text
    assert sum(character.isdigit() for character in masked.text) <= 2
    assert not set("@＠") & set(masked.text)


@pytest.mark.parametrize(
    "text",
    [
        "订单 202601010012345",
        "110101199003071234",
        "4111111111111112",
        "12345678901",
        "型号 E1-138001380001234",
        "价格 1380.00",
        "@客服 你好",
        "2026-01-01 12:30:00",
        "端口 8080，延迟 １３ms",
        "",
    ],
)
def test_it_leaves_other_numbers_alone(text: str) -> None:
    """K9: a wrong check digit is an order number, and stays readable."""
    assert redact(text).text == text
    assert redact(text).kinds == ()


@given(st.text("0123456789", min_size=17, max_size=17))
def test_it_masks_by_check_digit_alone(stem: str) -> None:
    """K9: of eleven possible last characters exactly the right one is masked as an identity."""
    masked = [last for last in "0123456789X" if "id_card" in redact(stem + last).kinds]
    assert masked == [id_card(stem)[-1]]


@given(st.text("0123456789", min_size=15, max_size=15).filter(lambda text: text[0] != "0"))
def test_it_masks_by_luhn_alone(stem: str) -> None:
    """K9: of ten possible last digits exactly the right one is a card."""
    masked = [last for last in "0123456789" if "bank_card" in redact(stem + last).kinds]
    assert masked == [luhn(stem)[-1]]


def test_it_looks_on_inside_digits_that_were_no_card() -> None:
    """K9: another group of four in front does not hide the card behind it."""
    assert redact("后四位 1234 4111 1111 1111 1111").text == "后四位 1234 ［银行卡号］"


def test_it_masks_several_at_once() -> None:
    """K9: every one of them, each kind named once."""
    masked = redact(f"{PHONE} 或 {PHONE}，{CARD}，x@y.example")
    assert masked.kinds == ("email", "bank_card", "phone")
    assert masked.text == "［手机号］ 或 ［手机号］，［银行卡号］，［邮箱］"


NEARLY = st.lists(
    st.sampled_from(
        [
            PHONE,
            CARD,
            id_card("11010119900307109"),
            "a@b.cn",
            "+86",
            " ",
            "-",
            "1",
            "7",
            "X",
            ".cn",
            "@",
            "，",
            "a",
            "密码",
        ]
    )
    | st.text("0123456789 -Xx@.", max_size=8),
    max_size=8,
).map("".join)


@given(NEARLY | st.text(max_size=60))
def test_it_changes_nothing_the_second_time(text: str) -> None:
    """K9: masked text is clean text."""
    once = redact(text)
    again = redact(once.text)
    assert again.text == once.text
    assert again.kinds == ()


@given(before=st.text("密码 ，。\n", max_size=10), after=st.text("密码 ，。\n", max_size=10))
def test_it_finds_a_phone_anywhere(before: str, after: str) -> None:
    """K9: whatever stands around it."""
    assert PHONE not in redact(f"{before}{PHONE}{after}").text
