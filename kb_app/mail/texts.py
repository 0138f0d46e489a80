"""The texts of mails that answer mails, and of the notes they leave on tickets."""

from __future__ import annotations

RECEIPT_SUBJECT = "已收到：{subject}（{number}）"
RECEIPT_BODY = (
    "您好：\n\n您的来信“{subject}”已收到，编号 {number}。{promise}\n\n{more}"
    "要补充情况，直接回复这封邮件就可以。\n\n{site}\n"
)
PROMISE = "我们会在 {moment} 前回复您。"
NO_PROMISE = "我们会尽快回复您。"
NEARBY = "这些内容也许有用：\n\n{links}\n\n"
ANSWER_SUBJECT = "Re: {subject}"
ANSWER_BODY = (
    "您好：\n\n您来信问：\n\n“{question}”\n\n帮助中心里有现成的说明，请先看看能不能解决：\n\n{answers}\n\n"
    "解决了，请点这里告诉我们：\n{solved}\n\n"
    "没有解决，请点这里，或直接回复这封邮件，马上转给客服：\n{unsolved}\n\n{site}\n"
)
ANSWER_PART = "{body}\n\n全文：{link}"
STAFF_SUBJECT = "[{number}] {subject}"
STAFF_BODY = (
    "{name}，您好：\n\n{who} 来信：\n\n{text}\n\n"
    "直接回复这封邮件，就会作为客服回复发给客户。"
    "在回复末尾单独一行写 #解决，会同时把工单设为处理完毕。\n\n"
    "在网页上处理：{link}\n\n{site}\n"
)
FILES_LINE = "附件：{names}"
LOST_FILES_LINE = "有附件没有收下：{names}"
LONG_LINE = "（邮件太长，只显示前面一部分，全文见附件“邮件全文.txt”。）"
LONG_NAME = "邮件全文.txt"
FORWARDED_NOTE = "{name} 转来的客户邮件。"
FORWARDED_SAID = "{name} 转来的客户邮件，并附言：\n\n{text}"
OUTSIDER_NOTE = "{who} 不是这张工单的联系人，来信没有作为客户的话收下，内容如下：\n\n{text}"
FORGED_NOTE = "发件服务器没有通过身份校验（DMARC），发件人可能是冒用的，请先核实。\n\n"
MACHINE_NOTE = "收到{what}（{who}）：\n\n{text}"
MACHINES = {"auto_reply": "自动回复", "list": "邮件列表的来信", "generated": "系统自动邮件"}
BOUNCE_NOTE = "发给 {email} 的邮件被退回{when}。{reason}"
FOR_GOOD = "，以后不再给这个地址发信"
FOR_NOW = "，可能只是暂时的"
FAILED_NOTE = "发给 {email} 的邮件没有发出去：{reason}"
FAILED_REASONS = {
    "bounced": "这个地址之前退过信，已停止发送",
    "own_address": "这是我们自己的邮箱地址",
    "gave_up": "邮件服务器一直没有收下，已不再重试",
    "discarded": "审核没有通过",
}
SOLVED_LINES = frozenset({"#solved", "#解决", "#已解决", "＃解决"})
