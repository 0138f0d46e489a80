"""What the pages of levels, groups, own drafts, languages and confirmed addresses say."""

from __future__ import annotations

CIRCLE_NOTICES = {
    "circle_added": "已新建。现在可以把人加进来。",
    "circle_deleted": "已删除。",
    "members_added": "已加入 {count} 人，原来就在里面的 {already} 人。",
    "member_added": "已加入，马上生效。",
    "language_added": "已添加。编辑文章时就能写这种语言的译文。",
    "translation_begun": "译文草稿已建好，先放了一份原文，请改成译文后发布。",
    "translation_checked": "已记下：译文和现在的原文一致。",
    "proof_mailed": "确认邮件已发出，请到邮箱里点链接。",
    "proof_done": "邮箱已确认。",
    "member_removed": "已移出，马上生效。",
}
CIRCLE_FIELDS = {
    ("name", "too_many"): "已经有 200 个了，请先合并或删除不用的。",
    ("emails", "empty"): "没有认出邮箱，请一行写一个。",
    ("emails", "too_many"): "一次最多 2000 个邮箱，请分几次添加。",
    ("instead", "in_use"): "还有人或内容在用，请先选一个来代替它。",
    ("instead", "unknown"): "请选另一个来代替。",
    ("code", "empty"): "请填写语言代码。",
    ("code", "language"): "语言代码要写成 en、zh-Hant、pt-BR 的样子。",
    ("code", "known"): "这种语言已经有了。",
    ("code", "many"): "最多 30 种语言。",
    ("code", "in_use"): "还有这种语言的译文，不能移除。",
    ("language", "unknown"): "不能为这篇文章写这种语言的译文，请刷新后再试。",
    ("action", "original_hidden"): "原文还没有发布，译文不能先发布。请先发布原文。",
    ("access", "half"): "“两个条件都要”里，等级和客户组都要选。",
}
