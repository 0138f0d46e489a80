"""Every error and state in the reader's language: class or status → sentence and HTTP status.

The only such table. Codes come from kb_app; an unknown one still gets a plain sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

from kb_app.errors import (
    EditConflict,
    EmailTaken,
    FilesAway,
    FileTooLarge,
    FormRefused,
    IllegalMove,
    InvalidInput,
    LinkExpired,
    Moved,
    NotAllowed,
    NotFound,
    NotSolved,
    PreviewOnly,
    ScannerAway,
    SignInNeeded,
    TicketChanged,
    WendaError,
    WrongPassword,
)
from web.article_messages import ARTICLE_FIELDS, ARTICLE_NOTICES
from web.desk_messages import DESK_FIELDS, DESK_NOTICES, filled_sentence
from web.mail_messages import MAIL_FIELDS, MAIL_NOTICES
from web.site_messages import SITE_FIELDS, SITE_NOTICES


@dataclass(frozen=True)
class Sentence:
    """What one kind of error says, and with which status."""

    status: int
    text: str


@dataclass(frozen=True)
class ErrorPage:
    """The page shown instead of the one that was asked for."""

    status: int
    title: str
    message: str
    hint: str


ERRORS: dict[type[WendaError], Sentence] = {
    NotFound: Sentence(404, "找不到这个内容，它可能已被移动或删除。"),
    Moved: Sentence(301, "这篇文章换了地址。"),
    NotAllowed: Sentence(403, "您没有进行这项操作的权限。"),
    SignInNeeded: Sentence(401, "请先登录。"),
    FormRefused: Sentence(422, "有内容需要修改，请看标出的地方。"),
    InvalidInput: Sentence(422, "有内容需要修改，请看标出的地方。"),
    TicketChanged: Sentence(409, "这张工单刚刚有了新的变化，请先看一看，再决定要不要操作。"),
    EditConflict: Sentence(
        409, "在您编辑期间，别人已经保存了新的版本。您的内容还在下面，请核对后再保存。"
    ),
    WrongPassword: Sentence(422, "邮箱或密码不正确。"),
    EmailTaken: Sentence(422, "这个邮箱已经注册过了，请直接登录或找回密码。"),
    LinkExpired: Sentence(410, "这个链接已经失效，请重新申请。"),
    NotSolved: Sentence(409, "工单处理完毕后才能转为知识。"),
    IllegalMove: Sentence(409, "工单现在的状态不允许这样操作，请刷新后再试。"),
    FilesAway: Sentence(503, "存放文件的服务器暂时没有回应，请稍后再试。"),
    ScannerAway: Sentence(503, "病毒扫描暂时没有回应，文件没有保存。请稍后再上传一次。"),
    PreviewOnly: Sentence(409, "您正在以别人的身份预览，只能看，不能操作。请先结束预览。"),
    FileTooLarge: Sentence(413, "文件太大了，请压缩或拆分后再上传。"),
}
UNKNOWN_ERROR = Sentence(400, "这项操作没有成功，请重试。")

# Where an error that names no field is shown in a form.
ERROR_FIELDS: dict[type[WendaError], str] = {
    EmailTaken: "email",
    FileTooLarge: "file",
    FilesAway: "file",
    ScannerAway: "file",
    EditConflict: "version",
    TicketChanged: "version",
}

FIELD_CODES = {
    "empty": "这里不能为空。",
    "meaningless": "请用文字说明，只有符号或表情我们看不明白。",
    "too_long": "内容太长了，请精简一些。",
    "short": "内容太短了，请再多写一些。",
    "invalid": "格式不正确，请检查。",
    "unknown": "选项不存在，请重新选择。",
}
FIELD_SENTENCES = {
    ("email", "empty"): "请填写邮箱，我们会把答复发到这里。",
    ("email", "email"): "邮箱格式不正确，请检查。",
    ("password", "short"): "密码至少需要 8 个字符。",
    ("password", "too_long"): "密码太长了，最多 200 个字符。",
    ("new", "short"): "新密码至少需要 8 个字符。",
    ("text", "empty"): "请写下您的问题。",
    ("text", "too_long"): "问题太长了，请精简到 5000 字以内。",
    ("name", "empty"): "请填写称呼。",
    ("title", "empty"): "请填写标题。",
    ("body", "empty"): "请填写正文。",
    ("rating", "empty"): "请选择 1 到 5 分。",
    ("rating", "unknown"): "请选择 1 到 5 分。",
    ("action", "deleted"): "文章还在回收站里，请先移出回收站再发布。",
    ("parent_id", "below_itself"): "不能移到它自己下面。",
    ("parent_id", "too_deep"): "层级太深了，最多 8 级。",
    ("into_id", "empty"): "请选择要合并到哪里。",
    ("into_id", "below_itself"): "不能合并到它自己的下级里。",
    ("into_id", "other_readers"): "两个类别能看的人不一样。请先改成一样的，再合并。",
    ("node", "not_empty"): "里面还有内容，不能直接删除。请先移走或合并。",
    ("access", "empty"): "请至少选一类能看的人。",
    ("more", "empty"): "请写下您还想问的。",
    ("more", "too_long"): "内容太长了，请精简到 500 字以内。",
    ("more", "too_many"): "已经追问很多次了，直接转给客服会更快。",
    ("more", "deflected"): "这个问题已经解决了，如有新的问题请重新提问。",
    ("more", "escalated"): "这个问题已经转给客服，请在工单里补充。",
    ("question", "nothing_shown"): "这个问题还没有答案，可以转给人工客服。",
    ("phrasings", "article_gone"): "这篇文章已经删除，不能再添加问法。",
    ("phrasings", "full"): "这篇文章的相似问法已经满了，请先删掉一些。",
    ("phrasings", "nothing_new"): "没有可加的新问法：都已经在文章里了，或者含有隐私信息。",
    ("question", "settled"): "这个问题已经解决了，如有新的问题请重新提问。",
    ("submission_key", "unknown"): "这张表单已经提交过了，请刷新页面后再提问。",
}
FIELD_SENTENCES.update(ARTICLE_FIELDS)
FIELD_SENTENCES.update({**DESK_FIELDS, **MAIL_FIELDS})
FIELD_SENTENCES.update(SITE_FIELDS)
UNKNOWN_CODE = "这里填写得不正确，请检查。"

STATUS_TITLES = {
    400: "请求有误",
    401: "请先登录",
    403: "没有权限",
    404: "没有找到",
    405: "不支持这样访问",
    409: "内容有冲突",
    410: "链接已失效",
    413: "内容太大",
    422: "请检查填写的内容",
    429: "操作太频繁",
    500: "出了点问题",
    503: "暂时无法使用",
}
STATUS_MESSAGES = {
    400: "浏览器发来的请求不完整，请返回上一页再试。",
    404: "找不到这个页面，它可能已被移动或删除。",
    405: "这个地址不支持这样的访问方式。",
    413: "提交的内容超过了大小限制，请精简后再试。",
    429: "您的操作太频繁了，请稍等一会儿再试。",
    500: "我们这边出了点问题，已经记录下来。您可以稍后重试。",
    503: "服务暂时不可用，请稍后再试。",
}
STATUS_HINTS = {
    404: "试试搜索，或者直接向我们提问。",
    429: "稍等一分钟后再继续，已填写的内容可以用浏览器的“返回”找回。",
    500: "如果问题一直存在，请直接联系我们的客服。",
}
DEFAULT_HINT = "您可以返回上一页，或者回到首页。"
CSRF_MESSAGE = "页面已经过期，为了您的安全没有提交。请刷新页面后再试。"
CSRF_FORM_MESSAGE = "页面已经过期，为了您的安全没有提交。请核对内容，再提交一次。"
SESSION_ENDED_MESSAGE = "您的登录已经失效，刚才的内容没有提交。请复制下面的内容，登录后再提交。"
# What people write at length, in the order it is given back.
TYPED_LABELS = {
    "title": "标题",
    "text": "您的问题",
    "body": "正文",
    "phrasings": "其他问法",
    "extra": "补充说明",
    "more": "继续问",
    "comment": "想对我们说的话",
}

NOTICES = {
    "signed_in": "登录成功，欢迎回来。",
    "signed_out": "已退出登录。",
    "registered": "注册成功，欢迎您。我们发了一封确认邮件，请到邮箱里点一下链接。",
    "reset_sent": "如果这个邮箱注册过，我们已经发出重设密码的邮件，请查收。",
    "password_changed": "密码已修改，其他设备上的登录已失效。",
    "voted": "感谢您的评价。",
    "vote_removed": "已取消评价。",
    "question_settled": "很高兴帮到您！",
    "ticket_made": "已转交人工客服，工单号 {number}，我们会尽快答复。",
    "reply_sent": "回复已发送。",
    "note_saved": "备注已保存。",
    "rated": "感谢您的评价。",
    "reopened": "工单已重新打开，我们会继续处理。",
    "claimed": "工单已由您负责。",
    "status_changed": "状态已更新。",
    "subscribed": "订阅好了，有新文章会发邮件告诉您。",
    "subscription_mailed": "请到邮箱里点确认链接，订阅才会生效。",
    "unsubscribed": "已退订。",
    "node_added": "已添加。",
    "node_moved": "已移动。",
    "node_merged": "已合并，老地址会自动跳到这里。",
    "node_deleted": "已删除。",
    "file_published": "已发布。文件里的文字读完之后就能搜到。",
    "file_removed": "文件已移除。引用它的历史版本还能打开它。",
    "access_saved": "已保存谁能看，马上生效。",
    "gaps_sorting": "开始整理了，稍等一会儿，结果会出现在下面。",
    "learning_started": "开始学习了，通常一两分钟，完成后刷新就能看到。",
    "learned_accept": "已采纳，马上能按这个问法搜到。",
    "learned_dismiss": "已忽略，不会再建议这一条。",
    "learned_take_back": "已撤回，恢复到这次改动之前。",
    "votes_release": "已放行 {count} 票，马上计入评分。",
    "votes_reject": "已作废 {count} 票，不计入评分。",
    "votes_undo": "已撤回，{count} 票重新等待处理。",
}

NOTICES.update(ARTICLE_NOTICES)
NOTICES.update({**DESK_NOTICES, **MAIL_NOTICES})
NOTICES.update(SITE_NOTICES)

STATUS_LABELS = {
    "received": "已收到",
    "answered": "已解答",
    "suggested": "有相关内容",
    "unanswered": "未找到答案",
    "deflected": "已解决",
    "escalated": "已转人工",
    "new": "新建",
    "open": "处理中",
    "paused": "暂停",
    "solved": "处理完毕",
    "closed": "已关闭",
    "quarantined": "已隔离",
    "draft": "草稿",
    "review": "待审核",
    "published": "已发布",
    "archived": "已归档",
    "deleted": "回收站",
}
ROLE_LABELS = {
    "visitor": "访客",
    "customer": "客户",
    "agent": "客服",
    "content_manager": "内容管理员",
    "lead": "组长",
    "admin": "管理员",
    "owner": "创始人",
}
STAGE_NAMES = {
    "searched": "搜索",
    "found": "搜到结果",
    "opened": "打开文章",
    "rated": "评价文章",
    "asked": "提问",
    "answered": "给出答案",
    "suggested": "列出参考文章",
    "solved": "确认解决",
    "silent": "没有回音",
    "ticket": "转成工单",
}
_QUERY_COLUMNS = ("搜索词", "次数", "人数", "打开文章", "无结果", "改写", "打开位置（平均）")
CSV_HEADERS = {
    "queries": _QUERY_COLUMNS,
    "empty": _QUERY_COLUMNS,
    "rewordings": ("先搜", "改搜", "次数", "人数"),
    "days": ("日期", "搜索", "打开文章", "无结果"),
    "categories": ("类别", "搜索", "打开文章", "打开位置（平均）"),
    "funnel": ("环节", "数量", "占谁的比例", "比例", "区间下限", "区间上限"),
    "gaps": ("问题", "每月可省工单", "次数", "近 14 天", "再前 14 天", "类别"),
}
BANNER = "{site} 已启动：{address}"
BANNER_PASSWORD = "演示账号（密码都是 {password}）："  # noqa: S105  a sentence about the demo
BANNER_LOGIN = "  {role}  {name}  {email}"


def sentence_for(error: WendaError) -> Sentence:
    """The status and sentence of an error."""
    found = ERRORS.get(type(error), UNKNOWN_ERROR)
    if isinstance(error, InvalidInput):
        return Sentence(found.status, field_sentence(error.field, error.code))
    return found


def field_errors(error: WendaError) -> dict[str, str]:
    """The sentence of an error by the form field it belongs to; "form" when to none."""
    if isinstance(error, FormRefused):
        return {f"field-{wrong.key}": filled_sentence(wrong) for wrong in error.wrong}
    if isinstance(error, InvalidInput):
        return {error.field: field_sentence(error.field, error.code)}
    return {ERROR_FIELDS.get(type(error), "form"): sentence_for(error).text}


def field_sentence(field: str, code: str) -> str:
    """What to say beside a field."""
    return FIELD_SENTENCES.get((field, code)) or FIELD_CODES.get(code, UNKNOWN_CODE)


def error_page(status: int, message: str = "") -> ErrorPage:
    """The page for a status; `message` replaces the general sentence."""
    return ErrorPage(
        status,
        STATUS_TITLES.get(status, STATUS_TITLES[400]),
        message or STATUS_MESSAGES.get(status, STATUS_MESSAGES[400]),
        STATUS_HINTS.get(status, DEFAULT_HINT),
    )
