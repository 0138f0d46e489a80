"""What stands in tickets that staff or the calendar began."""

from __future__ import annotations

PHONE_LINE = "来电号码：{phone}"
SCHEDULE_ACTOR = "定时：{name}"
MISSED_NOTE = "停机期间错过了 {count} 次，只补建这一张。"
LEFT_OUT_NOTE = "模板里有的内容现在用不了，没有带上：{what}。"
LEFT_OUT = {
    "team": "团队已停用",
    "agent": "客服已离开",
    "form": "表单已改",
    "node_id": "目录里的事项已停用",
}
