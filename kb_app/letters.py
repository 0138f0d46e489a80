"""The texts of mails the product sends; the only Chinese prose in this package."""

from __future__ import annotations

RESET_SUBJECT = "重设您的密码"
RESET_BODY = (
    "您好，{name}：\n\n有人（应该是您）在{site}申请重设密码。"
    "请在一小时内打开下面的链接：\n\n{link}\n\n如果不是您，请忽略这封邮件，密码不会改变。\n"
)
TICKET_SUBJECT = "我们收到了您的问题（{number}）"
TICKET_BODY = (
    "您好：\n\n您的问题“{subject}”已转给客服，编号 {number}。"
    "进展随时可以在这里查看、补充：\n\n{link}\n\n{site}\n"
)
REPLY_SUBJECT = "您的问题有了新回复（{number}）"
REPLY_BODY = (
    "您好：\n\n关于“{subject}”，客服回复如下：\n\n{reply}\n\n"
    "查看全部或继续补充：\n{link}\n\n{site}\n"
)
