"""What calls back write into tickets and chats; the only Chinese prose of this package."""

from __future__ import annotations

NO_TOPIC = "请回电"
EXTRA = "回电号码：{phone}\n约定时间：{when}"
NOTES = {
    "booked": "客户约了电话回访：{when}，号码 {phone}。",
    "reached": "电话回访已接通。{note}",
    "missed": "电话回访未接通（第 {tries} 次），改在 {when} 再打。{note}",
    "given_up": "电话回访 {tries} 次都未接通，不再拨打。{note}",
    "moved": "与客户改约到 {when} 回电。{note}",
    "changed": "客户把回电改到 {when}。",
    "called_off": "客户取消了电话回访。",
}
WHEN = "{month}月{day}日（周{weekday}）{clock}"
WEEKDAYS = "一二三四五六日"
