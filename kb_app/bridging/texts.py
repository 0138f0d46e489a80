"""What goes to other systems in words; customers never see it."""

from __future__ import annotations

CUSTOMER = "客户：{name}"
VISITOR = "访客"
EMAIL = "邮箱：{email}"
NUMBER = "工单：{number}（优先级 {priority}）"
PLACE = "要办的事：{name}"
FILLED = "客户填写的内容"
QUESTION = "问题"
SHOWN = "客户已经看过的文章"
HISTORY = "到现在为止的对话"
FILES_LEFT = "还有附件没有随单发送（太大或太多）：{names}。请到原工单查看。"
NO_FILES = "附件（请到原工单查看）：{names}"
STAFF = "客服"
CAME_FROM = "{author}（{system}）"
FILES_LINE = "附件：{names}"
LOST_LINE = "没有收下的附件：{names}"
NO_WORDS = "（没有文字）"
STATE = "状态改为“{state}”（{author}）"
STATES = {"open": "处理中", "paused": "暂停", "solved": "处理完毕", "closed": "已关闭"}
