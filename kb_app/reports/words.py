"""Names of measures, dimensions and codes in reports, and numbers as people read them."""

from __future__ import annotations

from datetime import date

from kb_app.reports.asking import Cell
from kb_app.reports.catalogue import SORTS, Dimension, Measure, Sort
from kb_app.reports.naming import Row

MEASURE_NAMES = {
    Measure.TICKETS: "工单数",
    Measure.SOLVED: "处理完毕",
    Measure.OPEN: "未完成",
    Measure.FIRST_REPLY: "首次回复（中位数）",
    Measure.RESOLUTION: "解决用时（中位数）",
    Measure.REOPENED: "重新打开率",
    Measure.RATING: "平均评分",
    Measure.SATISFIED: "满意率",
    Measure.RATED: "评价率",
    Measure.RESPONSE_KEPT: "按时响应率",
    Measure.RESOLUTION_KEPT: "按时解决率",
}
MEASURE_MEANS = {
    Measure.TICKETS: "所选时段内提交的工单。隔离、删除和已合并到别的工单的不算。",
    Measure.SOLVED: "其中现在是“处理完毕”或“已关闭”的。",
    Measure.OPEN: "其中还没有处理完毕的。",
    Measure.FIRST_REPLY: "从提交到客服第一次公开回复，按自然时间算，夜里和节假日也计入。"
    "还没有回复的不算。",
    Measure.RESOLUTION: "从提交到最后一次处理完毕，按自然时间算。"
    "重新打开的，算到再次处理完毕为止。",
    Measure.REOPENED: "处理完毕或关闭之后又打开过的，占全部工单的比例。",
    Measure.RATING: "客户给的 1 到 5 星的平均数，没有评价的不算。",
    Measure.SATISFIED: "评价里 4 星和 5 星所占的比例。",
    Measure.RATED: "处理完毕的工单里，客户给了评价的比例。",
    Measure.RESPONSE_KEPT: "有时限承诺、已有结果的工单里，在承诺时间内响应的比例。只算工作时间。",
    Measure.RESOLUTION_KEPT: "有时限承诺、已有结果的工单里，在承诺时间内处理完毕的比例。"
    "只算工作时间，暂停不计。",
}
DIMENSION_NAMES = {
    Dimension.NONE: "不分组",
    Dimension.TEAM: "团队",
    Dimension.AGENT: "处理人",
    Dimension.NODE: "要办的事",
    Dimension.CATEGORY: "类别",
    Dimension.PRODUCT: "产品",
    Dimension.CHANNEL: "渠道",
    Dimension.PRIORITY: "优先级",
    Dimension.STATUS: "状态",
    Dimension.DAY: "日",
    Dimension.WEEK: "周",
    Dimension.MONTH: "月",
    Dimension.WEEKDAY: "星期",
    Dimension.HOUR: "钟点",
}
CHANNELS = {
    "web": "网页",
    "mail": "邮件",
    "chat": "在线会话",
    "phone": "电话",
    "api": "接口",
    "chats": "会话（未转工单）",
    "self_service": "提问（未转工单）",
}
PRIORITIES = {"1": "最高", "2": "高", "3": "中", "4": "低", "5": "最低"}
STATUSES = {
    "new": "新建",
    "open": "处理中",
    "paused": "暂停",
    "solved": "处理完毕",
    "closed": "已关闭",
}
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
NOBODY = {
    Dimension.TEAM: "没有团队",
    Dimension.AGENT: "没有处理人",
    Dimension.NODE: "没有选",
    Dimension.CATEGORY: "未分类",
    Dimension.PRODUCT: "没有选产品",
}
AGE_NAMES = ("4 小时内", "4–24 小时", "1–3 天", "3–7 天", "7–30 天", "超过 30 天")
RHYTHMS = {"daily": "每天", "weekly": "每周一", "monthly": "每月 1 日"}
UNITS = {Sort.COUNT: "张", Sort.SHARE: "%", Sort.TIME: "小时", Sort.MEAN: "星"}
CODES = {
    Dimension.CHANNEL: CHANNELS,
    Dimension.PRIORITY: PRIORITIES,
    Dimension.STATUS: STATUSES,
}
MINUTE, HOUR, DAY = 60, 3_600, 86_400
COMMENT_HEADER = ("工单", "主题", "评分", "评价", "处理人", "提交日期")


def row_name(dimension: Dimension, row: Row) -> str:
    """What a row is called."""
    if dimension in CODES:
        return CODES[dimension].get(row.key, row.key)
    if dimension is Dimension.WEEKDAY:
        return WEEKDAYS[int(row.key)]
    if dimension is Dimension.HOUR:
        return f"{int(row.key):02}:00"
    if dimension is Dimension.WEEK:
        first = date.fromisoformat(row.name)
        return f"{first.month}/{first.day} 起的一周"
    return row.name or NOBODY.get(dimension, "合计")


def lasting(seconds: float | None) -> str:
    """A stretch of time in its two largest units."""
    if seconds is None:
        return "—"
    minutes = max(0, round(seconds / MINUTE))
    if minutes < MINUTE:
        return f"{minutes} 分钟"
    if seconds < DAY:
        return _both(f"{minutes // 60} 小时", minutes % 60, "分")
    hours = round(seconds / HOUR)
    return _both(f"{hours // 24} 天", hours % 24, "小时")


def _both(large: str, small: int, unit: str) -> str:
    return f"{large} {small} {unit}" if small else large


def cell_text(cell: Cell) -> str:
    """A cell's number as it is shown."""
    if cell.value is None:
        return "—"
    if cell.sort is Sort.COUNT:
        return f"{cell.value:.0f}"
    if cell.sort is Sort.SHARE:
        return f"{cell.value * 100:.1f}%"
    return lasting(cell.value) if cell.sort is Sort.TIME else f"{cell.value:.2f}"


def cell_note(cell: Cell) -> str:
    """What stands small beside it: of how many, how spread; empty when there is nothing to say."""
    if cell.value is None or cell.sort is Sort.COUNT:
        return ""
    if cell.sort is Sort.SHARE:
        return f"{cell.part}/{cell.whole}"
    if cell.sort is Sort.MEAN:
        return f"{cell.whole} 个评价"
    return f"平均 {lasting(cell.mean)} · 九成 {lasting(cell.slow)}内"


def plain_number(cell: Cell) -> float | None:
    """For charts and files: shares in percent, times in hours."""
    if cell.value is None:
        return None
    factor = {Sort.SHARE: 100.0, Sort.TIME: 1 / HOUR}.get(cell.sort, 1.0)
    return round(cell.value * factor, 2)


def column_name(measure: Measure) -> str:
    """As the head of a column in a file, with its unit."""
    return f"{MEASURE_NAMES[measure]}（{UNITS[SORTS[measure]]}）"


MAIL_SUBJECT = "报表：{report}（{period}）"
MAIL_EMPTY = "这段时间没有工单。"
MAIL_BODY = (
    "{name}，您好：\n\n“{report}”，{first} 至 {last}：\n\n{lines}\n\n"
    "完整的表格在附件里，也可以打开看：\n{link}\n\n{site}\n\n不想再收到：{stop}\n"
)
