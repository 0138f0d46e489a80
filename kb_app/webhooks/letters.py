"""The mail that says a webhook was switched off."""

from __future__ import annotations

OFF_SUBJECT = "Webhook“{name}”已自动停用"
OFF_BODY = (
    "{who}，您好：\n\nWebhook“{name}”的接收方长时间没有正常回应，已经自动停用，"
    "停用期间的事件会保留。接收方恢复后，请在这里查看原因并重新启用：\n\n{link}\n\n{site}\n"
)
