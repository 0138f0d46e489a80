"""What the chat says by itself; the only Chinese prose of this package."""

from __future__ import annotations

ROBOT_NAME = "智能助手"
WELCOME = "您好，我是智能助手。请直接说说遇到的问题，我先帮您查；随时可以点“转人工”。"
EVENTS = {
    "waiting": "正在为您转接人工客服，请稍等。",
    "nobody": "现在没有客服在线。您可以留言，我们上班后会尽快回复。",
    "joined": "{name} 为您服务。",
    "colleague": "{name} 加入了会话。",
    "gone": "{name} 离开了会话。",
    "transferred": "会话已转给 {name}。",
    "requeued": "正在为您换一位客服，请稍等，前面说的内容都在。",
    "reminder": "您还在吗？如果没有别的问题，会话会在 {minutes} 分钟后结束。",
    "ended": "会话已结束，感谢您的咨询。",
    "quiet": "很久没有收到您的消息，会话先结束了。有需要随时再来。",
    "guest_asked": "{name} 邀请了来宾 {guest}。",
    "guest_here": "来宾 {name} 加入了会话（由 {by} 邀请）。",
    "guest_gone": "来宾 {name} 离开了会话。",
    "overflow": "等得太久，已转到“{team}”的队列。",
    "call_booked": "已约好电话回访：{when}。",
    "left_word": "留言已收到，编号 {number}。",
    "alarm": "客户等回复已超过 {minutes} 分钟，任何同事都可以接手。",
    "offered": "{name} 想把会话转给 {to}，等待对方接受。",
    "declined": "{name} 暂时不能接手。",
    "forced": "{name} 把会话分配给了 {to}。",
    "taken": "{name} 接手了会话。",
}
ANSWER_TITLE = "**{title}**\n\n{body}"
ANSWER_ENTRY = "这个问题已经有现成的条目：**{title}**"
ASK_WHICH = "您想问的是下面哪一个？"
ASK_AGAIN = "没太明白您的意思，能换个说法，或者说得具体一些吗？"
NOD = "不客气，还有问题随时说。"
FILE_SEEN = "文件收到了。我还看不懂文件内容，可以用文字说说问题，或者点“转人工”。"
OUTAGE = "现在查不了资料，可以稍后再试，或者点“转人工”。"
HANDED = {
    "safety": "您说的情况可能有危险，**请先确保安全**：\n\n{advice}\n\n我马上请客服联系您。",
    "wants_person": "好的，马上为您转人工客服。",
    "complaint_official": "您的意见很重要，我马上请客服专人来跟进。",
    "angry": "很抱歉给您添堵了，我马上请客服来处理。",
    "not_found": "我查了两次都没帮上忙，马上请客服接手，前面说的不用再重复。",
}
ADVICE = (
    "有人受伤、昏迷、误食或中毒：马上拨打 120。",
    "起火、冒烟：先离开现场，再拨打 119。",
    "闻到燃气味：关阀、开窗，不要开关电器，人到室外再打电话。",
    "有人触电：先断开电源，不要直接用手去拉。",
    "人身受到威胁，或者孩子、老人走失：拨打 110。",
    "被骗转账、卡被盗刷：拨打 110，同时打银行电话止付；反诈专线 96110。",
    "心里很难受、想到伤害自己：请马上告诉身边的人，也可以拨打心理援助热线 12356。",
)
CUSTOMER = "客户"
STAFF_NAME = "客服"
SYSTEM_NAME = "系统"
PLACE = "位置：{latitude}, {longitude}（误差约 {metres} 米）"
FILE_LINE = "[文件] {filename}"
TRANSCRIPT_HEAD = "在线会话记录（{when}）"
TRANSCRIPT_LINE = "{at} {name}：{text}"
TRANSCRIPT_CUT = "……（前面的内容请看会话记录）"
NO_WORDS = "在线会话（客户没有留下文字）"
MAIL_SUBJECT = "您的会话记录（{when}）"
MAIL_BODY = "您好：\n\n下面是您与{site}的会话记录。\n\n{transcript}\n\n{site}\n"
