"""The desk's sentences: notices, and what to say beside its fields."""

from __future__ import annotations

from ticket_bridge.fields import Wrong
from web.chat_words import CHAT_FIELDS, CHAT_NOTICES
from web.people_messages import PEOPLE_FIELDS, PEOPLE_NOTICES
from web.rule_words import AUTOMATION_FIELDS, AUTOMATION_NOTICES

DESK_NOTICES = {
    **CHAT_NOTICES,
    **AUTOMATION_NOTICES,
    **PEOPLE_NOTICES,
    "removed": "已删除。",
    "assigned": "工单已转给{who}。",
    "ticket_changed": "工单已更新。",
    "quarantined": "工单已隔离，30 天内可以恢复。",
    "binned": "工单已删除，30 天内可以恢复。",
    "brought_back": "工单已恢复。",
    "merged": "已合并到 {number}，对话按时间排在一起，并已告诉客户。",
    "split": "已拆出新工单 {number}。",
    "linked": "已关联。",
    "taken_back": "已撤回，客户没有收到。内容回到了编辑框。",
    "reply_held": "回复将在 10 秒后送达。",
    "view_saved": "视图已保存。",
    "bulk_done": "已更新 {count} 张工单。",
    "bulk_undone": "已撤销，{count} 张工单恢复原样。",
    "bulk_partly": "已更新 {count} 张，另有 {left} 张现在的状态不允许这样操作。",
    "notices_read": "已全部标为已读。",
    "form_published": "表单第 {number} 版已启用。已提交的工单仍按原来的版本显示。",
}
DESK_FIELDS = {
    **CHAT_FIELDS,
    **AUTOMATION_FIELDS,
    **PEOPLE_FIELDS,
    ("name", "taken"): "这个名称已经有了，请换一个。",
    ("close_days", "range"): "请填 1 到 90 天。",
    ("most_open", "range"): "请填 1 到 10000，不限就留空。",
    ("skills", "too_long"): "最多 20 个技能，每个不超过 30 个字。",
    ("member_ids", "unknown"): "成员里有人已经不是客服了，请重新选择。",
    ("begins_at", "empty"): "请填写开始时间。",
    ("ends_at", "empty"): "请填写结束时间。",
    ("ends_at", "before"): "结束时间要晚于开始时间。",
    ("parent_id", "below_itself"): "不能放到自己的下级里。",
    ("parent_id", "too_deep"): "目录最多五级，请换一个上级。",
    ("node_id", "in_use"): "下面还有条目或工单，不能删除。可以停用它。",
    ("node_id", "empty"): "请选择要办的事。",
    ("day_0", "no_hours"): "一周里至少要有一段工作时间。",
    **{
        (f"day_{day}", "hours"): "请写成 09:00-12:00, 13:00-18:00 的样子，时段不能重叠。"
        for day in range(7)
    },
    ("calendar_id", "default"): "默认的工作时间不能删除，请先把别的设为默认。",
    ("day", "invalid"): "请选择日期。",
    ("response_minutes", "range"): "请填写大于 0 的时间，最长一年。",
    ("resolution_minutes", "range"): "请填写大于 0 的时间，最长一年。",
    ("resolution_minutes", "before"): "解决时限不能短于响应时限。",
    ("into", "empty"): "请填写要合并到的工单号。",
    ("into", "unknown"): "找不到这张工单，请检查工单号。",
    ("into", "itself"): "不能和自己合并或关联。",
    ("into", "other_customer"): "只能合并同一位客户的工单；不同客户的同一问题请用“关联”。",
    ("into", "hidden"): "那张工单已被隔离、删除或合并，请换一张。",
    ("messages", "empty"): "请至少选择一条消息。",
    ("messages", "unknown"): "所选消息已经不在这张工单里，请刷新后再试。",
    ("agent_id", "unknown"): "请选择一位客服。",
    ("tags", "too_long"): "最多 20 个标签，每个不超过 30 个字。",
    ("copies", "invalid"): "抄送邮箱里有一个格式不正确，请检查。",
    ("copies", "too_many"): "最多抄送 10 个邮箱。",
    ("view_name", "empty"): "请给视图起个名字。",
    ("view_name", "no_rules"): "请先选好筛选条件，再保存为视图。",
    ("numbers", "empty"): "请先选中工单。",
    ("value", "empty"): "请选择要改成什么。",
    ("undo", "too_late"): "只能撤销自己十分钟内的批量操作。",
    ("shortcut", "invalid"): "短码只能用文字、数字和连字符，最多 30 个字。",
    ("shortcut", "taken"): "这个短码已经有了，请换一个。",
    ("fields", "empty_label"): "每个字段都要有名称。",
    ("fields", "same_label"): "有两个字段的名称相同，请改一个。",
    ("fields", "few_options"): "单选和多选至少要有两个选项。",
    ("fields", "bad_pattern"): "有一个格式规则写得不对，或用了不支持的写法（如后向引用）。",
    ("fields", "bad_condition"): "显示条件只能用排在前面的单选或多选字段，并写它的一个选项。",
    ("fields", "too_many"): "一张表单最多 30 个字段。",
    ("fields", "invalid"): "表单内容读不出来，请刷新后再试。",
}
FILLED_CODES = {
    "empty": "请填写“{label}”。",
    "too_long": "“{label}”太长了，最多 {most} 个字。",
    "number": "“{label}”要填数字。",
    "range": "“{label}”超出了范围（{span}）。",
    "option": "请在“{label}”里选一个列出的选项。",
    "date": "“{label}”要填日期，如 2026-11-22。",
    "pattern": "“{label}”的格式不对，请检查。",
    "file_too_large": "“{label}”的文件太大了。",
    "file_kind": "“{label}”不能上传这种文件。",
}
SLA_HEADER = (
    "分组",
    "工单数",
    "响应：已有结果",
    "响应：按时",
    "响应按时率",
    "解决：已有结果",
    "解决：按时",
    "解决按时率",
)


def filled_sentence(wrong: Wrong) -> str:
    """What to say beside a field of a form that a lead built."""
    span = SPANS[(wrong.least is not None, wrong.most is not None)].format(
        least=_number(wrong.least), most=_number(wrong.most)
    )
    words = {"label": wrong.label, "span": span, "most": _number(wrong.most)}
    return FILLED_CODES.get(wrong.code, FILLED_CODES["pattern"]).format(**words)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


SPANS = {
    (True, True): "{least} 到 {most}",
    (True, False): "不小于 {least}",
    (False, True): "不大于 {most}",
    (False, False): "",
}
