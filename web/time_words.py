"""How moments are said: how long ago, and by when."""

from __future__ import annotations

AGO_WORDS = {
    "now": "刚刚",
    "minutes": "{n} 分钟前",
    "hours": "{n} 小时前",
    "days": "{n} 天前",
    "months": "{n} 个月前",
    "years": "{n} 年前",
}
BY_WHEN = {-1: "昨天 {time}", 0: "今天 {time}", 1: "明天 {time}", 2: "后天 {time}"}
DATE_WORD = "{month} 月 {day} 日 {time}"
YEAR_WORD = "{year} 年 "
