"""The texts of mails the product sends; the only Chinese prose in this package."""

from __future__ import annotations

RESET_SUBJECT = "重设您的密码"
RESET_BODY = (
    "您好，{name}：\n\n有人（应该是您）在{site}申请重设密码。"
    "请在一小时内打开下面的链接：\n\n{link}\n\n如果不是您，请忽略这封邮件，密码不会改变。\n"
)
INVITE_SUBJECT = "邀请您加入{site}"
INVITE_BODY = (
    "{name}，您好：\n\n{who} 邀请您加入{site}，一起为客户解答问题。"
    "请打开下面的链接，设一个密码就可以开始：\n\n{link}\n\n"
    "链接 7 天内有效，只能用一次。如果您不认识发出邀请的人，请忽略这封邮件。\n\n{site}\n"
)
TICKET_SUBJECT = "我们收到了您的问题（{number}）"
TICKET_BODY = (
    "您好：\n\n您的问题“{subject}”已转给客服，编号 {number}。{promise}"
    "进展随时可以在这里查看、补充：\n\n{link}\n\n{site}\n"
)
# To whoever has no account: no page of theirs to link to.
TICKET_MAIL_BODY = (
    "您好：\n\n您的问题“{subject}”已转给客服，编号 {number}。{promise}"
    "要补充，直接回复这封邮件就可以。\n\n{site}\n"
)
RESPONSE_PROMISE = "我们会在 {moment} 前答复您。"
RESOLUTION_PROMISE = "预计 {moment} 前处理完毕。"
REPLY_SUBJECT = "您的问题有了新回复（{number}）"
REPLY_BODY = (
    "您好：\n\n关于“{subject}”，客服回复如下：\n\n{reply}\n\n"
    "查看全部或继续补充：\n{link}\n\n{site}\n"
)
MAIL_REPLY_BODY = (
    "您好：\n\n关于“{subject}”，客服回复如下：\n\n{reply}\n\n"
    "要补充或继续询问，直接回复这封邮件就可以。\n\n{site}\n"
)
GAP_SUBJECT = "您问过的问题现在有答案了：{title}"
GAP_BODY = (
    "您好：\n\n您之前问过我们：\n\n“{question}”\n\n当时没能马上答上来，"
    "现在帮助中心有了一篇文章《{title}》：\n\n{link}\n\n"
    "这是关于这个问题的唯一一封通知。\n\n{site}\n"
)
FOLLOWED_SUBJECT = "您关注的问题有了新回答：{title}"
FOLLOWED_BODY = (
    "{name}，您好：\n\n您关注的问题有了新回答：\n\n“{question}”\n\n{link}\n\n"
    "不想再收到，可以在“我的”里取消关注：{stop}\n\n{site}\n"
)
CONFIRM_SUBJECT = "请确认订阅“{name}”"
CONFIRM_BODY = (
    "您好：\n\n有人（应该是您）用这个邮箱订阅了{site}“{name}”类别的新文章。"
    "请打开下面的链接确认：\n\n{link}\n\n链接 7 天内有效。"
    "如果不是您，请忽略这封邮件，不会再收到任何内容。\n\n{site}\n"
)
DIGEST_SUBJECT = "“{name}”有 {count} 篇新文章"
DIGEST_LINE = "{title}\n{link}\n"
DIGEST_BODY = "您好：\n\n您订阅的“{name}”有了新文章：\n\n{lines}\n{site}\n\n不想再收到：{stop}\n"
REVIEW_SUBJECT = "请复核文章：{title}"
REVIEW_BODY = (
    "{name}，您好：\n\n您负责的文章《{title}》到了复核日期。"
    "请看看内容是否仍然准确，改好后定下一次复核的日期：\n\n{link}\n\n{site}\n"
)
RETURNED_SUBJECT = "文章被退回修改：{title}"
RETURNED_BODY = (
    "{name}，您好：\n\n您的文章《{title}》需要修改后再提交：\n\n{comment}\n\n"
    "打开文章：\n{link}\n\n{site}\n"
)
APPROVED_SUBJECT = "文章已通过审核：{title}"
APPROVED_BODY = "{name}，您好：\n\n您的文章《{title}》已通过审核并发布：\n\n{link}\n\n{site}\n"
SUPPLEMENT_SUBJECT = "有人建议补充文章：{title}"
SUPPLEMENT_BODY = (
    "{name}，您好：\n\n{agent} 处理完一张工单，建议补充文章《{title}》：\n\n{comment}\n\n"
    "打开文章：\n{link}\n\n{site}\n"
)
SUPPLEMENT_NOTE = "工单 {} 的补充建议：\n\n{}"
# The note on a ticket that no robot should answer, by why a person takes it.
HANDED_REASONS = {
    "safety": (
        "可能涉及人身、财产或账号安全，请最先处理，尽快直接联系客户。页面上已经给客户看了应急提示。"
    ),
    "wants_person": "客户要求由真人处理。请直接回复，不要再让客户自己查。",
    "complaint_official": (
        "客户提到投诉、举报、律师或媒体。请由有权限的同事处理，核对事实后再答复。"
    ),
    "angry": "客户情绪激动。请先回应客户的感受，再处理问题。",
    "not_found": "自动查找两次都没有帮上忙，客户可能已经有些着急。",
}
HANDED_NOTE = "**优先处理** {reason}\n\n系统没有自动回答这条提问。"
HANDED_WORDS = "判断依据：“{words}”。"
HANDED_SHOWN = "\n\n客户之前看过：\n\n{titles}"
TITLE_ANSWER = "这个问题已经有现成的条目：“{title}”"
