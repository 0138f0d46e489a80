"""The texts the desk sends and writes by itself."""

from __future__ import annotations

ALARM_SUBJECT = "有 {count} 张工单的时限需要注意"
ALARM_BODY = "{name}，您好：\n\n{lines}\n\n{site}\n"
ALARM_LINE = "- {what}：{number} {subject}\n  {link}"
ALARM_WORDS = {
    "response_soon": "快到响应时限",
    "response_late": "已超过响应时限",
    "resolution_soon": "快到解决时限",
    "resolution_late": "已超过解决时限",
}
NOTICE_SUBJECT = "{count} 条工单提醒 · {site}"
NOTICE_WORDS = {
    **ALARM_WORDS,
    "assigned": "分配给您",
    "customer_wrote": "客户有新消息",
    "colleague_wrote": "同事写了新内容",
    "handover_failed": "转给外部系统没有成功",
    "rule": "触发器的提醒",
    "call_due": "该回电话了",
}
MERGED_BODY = (
    "您的工单 {old}（{subject}）和 {new} 说的是同一件事，已合并到 {new}，"
    "之前的对话都在里面，后续进展请看 {new}。"
)
MERGED_HEADING = "（来自工单 {number}：{subject}）\n\n{body}"
SPLIT_NOTE = "这张工单是从 {number} 拆出来的。"
GIVEN_TEXT = "（内容已按规定删除）"
