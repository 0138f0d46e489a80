"""What pages about bridges, keys and calls say: notices, and beside their fields."""

from __future__ import annotations

BRIDGE_NOTICES = {
    "bridge_saved": "外部系统已保存。",
    "bridge_paused": "已暂停。要转出的工单会等着，恢复后再送达。",
    "bridge_resumed": "已恢复，等待的工单正在送达。",
    "bridge_deleted": "已移除。两边的工单和对话都还在，只是不再互通。",
    "bridge_secret": "签名密钥：{secret}　请现在复制到对方系统，以后不再显示。",
    "handed_over": "已转给“{system}”，送达后这里会显示对方的编号。",
    "handover_again": "正在重试。",
    "token_made": "密钥：{secret}　请现在复制，以后不再显示。",
    "token_revoked": "密钥已停用。",
    "call_linked": "已关联工单 {number}，这个号码下次来电会认出客户。",
    "call_ticket": "已记成工单 {number}。",
}
BRIDGE_FIELDS = {
    ("url", "empty"): "请填写地址。",
    ("url", "invalid"): "地址要以 https:// 开头（内网可以用 http://），不带参数。",
    ("username", "empty"): "请填写账号。",
    ("username", "email"): "请填写对方的邮箱地址。",
    ("queue", "empty"): "请填写工单要进的队列。",
    ("queue", "too_long"): "队列名称太长了，最多 100 个字。",
    ("secret", "signing"): "签名密钥要以 whsec_ 开头。留空会自动生成一个。",
    ("moved", "choose"): "地址变了，请选择是同一个系统还是另一个系统。",
    ("moved", "kind"): "系统类型也变了，已转出的工单不能继续互通。请选择“另一个系统”。",
    ("states", "twice"): "同一个状态只能对应一种，请检查有没有重复。",
    ("states", "too_long"): "状态太多了，请精简一些。",
    ("scope", "empty"): "请至少选一个团队或一件要办的事。",
    ("bridge_id", "unknown"): "这个外部系统已停用或移除，请换一个。",
    ("token_name", "empty"): "请给密钥起个名字，如“呼叫中心”。",
    ("token_name", "too_many"): "最多 20 个密钥，请先停用不用的。",
}
EXTERNAL_ERRORS = {
    "id": "id is required: the call's own id, at most 100 characters",
    "number": "number must be 3 to 20 digits, perhaps with a leading +",
    "direction": "direction must be in or out",
    "state": "state must be ringing, answered, ended or missed",
    "duration": "duration must be whole seconds between 0 and 86400",
    "agent": "agent must be the e-mail address of an active agent",
    "ticket": "there is no ticket with this number",
    "recording_url": "recording_url must be an http(s) address of at most 500 characters",
    "began_at": "began_at must be an ISO 8601 time with its zone",
    "event": "event must be answer or status",
    "key": "key is required: the event's own id",
    "status": "status is required",
    "files": "files must be a list of at most 10 objects with filename and content_base64",
    "body": "the body must be a JSON object",
}
