"""What pages about mail say: errors, notices."""

from __future__ import annotations

from web.bridge_messages import BRIDGE_FIELDS, BRIDGE_NOTICES

MAIL_NOTICES = {
    **BRIDGE_NOTICES,
    "mailbox_saved": "邮箱已保存，几秒后开始收信。",
    "mailbox_paused": "已暂停收信。",
    "mailbox_resumed": "已恢复收信。",
    "mailbox_deleted": "邮箱已移除。已收下的邮件和工单都还在，邮件服务器上的邮件没有动。",
    "mail_released": "已放行，马上处理。",
    "mail_discarded": "已移出隔离区。",
    "mail_stop_released": "已恢复给 {email} 发信。",
    "mail_approved": "已通过，邮件正在发出。",
    "mail_rejected": "已退回，这封邮件不会发出，写信人会在工单里看到。",
    "mail_solved": "谢谢告诉我们，问题已标为解决。",
    "mail_unsolved": "已转给客服，编号 {number}。回复会发到您的邮箱。",
}
MAIL_FIELDS = {
    **BRIDGE_FIELDS,
    ("address", "empty"): "请填写邮箱地址。",
    ("address", "invalid"): "邮箱地址格式不正确，请检查。",
    ("address", "taken"): "这个邮箱已经添加过了。",
    ("host", "empty"): "请填写收信服务器。",
    ("host", "invalid"): "这里只填服务器名，如 imap.exmail.qq.com。",
    ("port", "range"): "端口要在 1 到 65535 之间。",
    ("smtp_port", "range"): "端口要在 1 到 65535 之间。",
    ("secret", "empty"): "请填写密码或授权码。",
    ("secret", "again"): "换了服务器，请把密码或授权码再填一次。",
    ("oauth_secret", "again"): "换了服务器，请把客户端密钥再填一次。",
    ("oauth_url", "https"): "令牌地址要以 https:// 开头。",
    ("mail_words", "empty"): "请至少写一个词。",
    ("mail_words", "too_long"): "最多 50 个词，每个不超过 60 个字。",
    ("place", "unknown"): "请选择在哪里找。",
}
