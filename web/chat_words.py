"""The chat's sentences: notices, what to say beside its fields, and what it refuses."""

from __future__ import annotations

CHAT_NOTICES = {
    "chat_mailed": "会话记录已发出，请留意邮箱。",
    "chat_rated": "感谢您的评价。",
    "chat_left_word": "留言已收到，编号 {number}，有了回复会通知您。",
    "chat_ended": "会话已结束。",
    "chat_ended_ticket": "会话已结束，记录在工单 {number}。",
    "chat_rules_saved": "会话设置已保存，马上生效。",
    "chat_blocked": "已加入黑名单。",
    "chat_unblocked": "已移出黑名单。",
}
CHAT_FIELDS = {
    ("contact", "empty"): "请留下邮箱或电话，我们才能回复您。",
    ("contact", "invalid"): "请填写邮箱，或者电话号码。",
    ("form", "chat_closed"): "在线会话现在没有开放，请用“提问”留下问题。",
    ("opening_key", "unknown"): "这张表单已经提交过了，请刷新页面再试。",
    ("body", "ended"): "会话已经结束，这条消息没有发出。可以重新开始一次会话。",
    ("body", "flood"): "发得太快了，请稍等几秒再发。",
    ("body", "too_long"): "内容太长了，请分成几条发送，每条不超过 4000 字。",
    ("body", "not_yours"): "这个会话由别的同事接待，请先加入或接手，再发言。",
    ("body", "empty"): "请写点什么再发送。",
    ("file", "ended"): "会话已经结束，文件没有发出。",
    ("file", "too_many"): "一次会话最多 50 个文件。",
    ("file", "not_yours"): "这个会话由别的同事接待，请先加入或接手，再发文件。",
    ("file", "unknown"): "文件没有发出，请再试一次。",
    ("reason", "empty"): "请写明拒绝的理由，以便核查。",
    ("reason", "too_long"): "理由太长了，请精简到 500 字以内。",
    ("outcome", "unknown"): "请选择会话怎样结束。",
    ("agent_id", "unknown"): "请选择一位在岗的同事。",
    ("team_id", "unknown"): "请选择一个团队。",
    ("useful", "unknown"): "这条回答不能评价。",
    ("most_chats", "range"): "同时接待数请填 0 到 50。",
    ("alarm_minutes", "range"): "请填 1 到 120 分钟。",
    ("remind_minutes", "range"): "请填 1 到 120 分钟。",
    ("close_minutes", "range"): "请填 2 到 240 分钟。",
    ("close_minutes", "before"): "结束的时间要晚于提醒的时间。",
    ("abandon_minutes", "range"): "请填 1 到 60 分钟。",
    ("keep_days", "range"): "请填 0 到 3650 天，0 表示一直保留。",
    ("days", "range"): "请填 1 到 365 天。",
}
