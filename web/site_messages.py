"""The sentences of import and export, the look of the site, and embedding; see web.messages."""

from __future__ import annotations

SITE_FIELDS = {
    ("days", "unknown"): "放行的天数不正确，请重新选择。",
    ("run", "moved_on"): "这次导入已经到了下一步，请刷新页面再看。",
    ("columns", "doubled"): "两项内容选了同一列，请检查。",
    ("column_title", "empty"): "请选择哪一列是问题（标题）。",
    ("column_body", "empty"): "请选择哪一列是答案（正文）。",
    ("format", "invalid"): "请选择文件的来源。",
    ("name", "too_long"): "名称太长了，请精简到 40 字以内。",
    ("bridges_days", "range"): "请填 30 到 3650 天，0 表示一直保留。",
    ("calls_days", "range"): "请填 1 到 3650 天，0 表示一直保留。",
    ("rules_days", "range"): "请填 7 到 3650 天，0 表示一直保留。",
    ("webhooks_days", "range"): "请填 7 到 3650 天，0 表示一直保留。",
    ("notices_days", "range"): "请填 7 到 3650 天，0 表示一直保留。",
    ("accent", "invalid"): "颜色要写成 #0a6b58 这样的六位色值。",
    ("accent", "faint"): "这个颜色在浅色或深色背景上都看不清，请换一个更鲜明的。",
    ("logo", "too_long"): "图片太大了，最大 512 KB。",
    ("logo", "invalid"): "请上传 PNG、JPEG、WebP 或 GIF 图片。",
    ("favicon", "too_long"): "图片太大了，最大 512 KB。",
    ("favicon", "invalid"): "请上传 PNG、JPEG、WebP 或 GIF 图片。",
    ("links", "unclear"): "每行写一个链接，格式是“名称 | 地址”，地址以 / 或 https:// 开头。",
    ("links", "too_many"): "最多 12 个链接。",
    ("footer_links", "unclear"): "每行写一个链接，格式是“名称 | 地址”，地址以 / 或 https:// 开头。",
    ("footer_links", "too_many"): "最多 12 个链接。",
    ("banner_until", "before"): "结束时间要晚于开始时间。",
    ("blocks", "unknown"): "首页区块不正确，请刷新后再试。",
    ("css", "css"): "自定义样式有问题，没有保存。",
    ("hosts", "unclear"): "每行写一个网站，例如 https://www.example.com。",
    ("hosts", "too_many"): "最多 50 个网站。",
    ("colour", "invalid"): "颜色要写成 #0a6b58 这样的六位色值。",
}
SITE_NOTICES = {
    "vote_pass_stopped": "已停止放行，以后同样的评价会重新检查。",
    "import_begun": "文件收到了，正在读取。可以离开这个页面，读完再回来看。",
    "import_columns": "好的，正在按这些列重新读取。",
    "import_confirmed": "开始导入了。可以离开这个页面，进度会一直保存。",
    "import_cancelled": "已取消。已经写入的文章会保留。",
    "export_begun": "正在打包，完成后就可以下载。可以先做别的。",
    "keeping_saved": "已保存，今晚起按新的天数清理。",
    "look_saved": "外观已保存，马上对所有人生效。",
    "look_reset": "已恢复默认外观。",
    "embedding_saved": "嵌入设置已保存。",
}
CSS_FAULTS = {
    "too_long": "样式太长了，最多 50000 个字符。",
    "broken": "这里的写法不完整或不正确。",
    "import": "不能用 @import 引入别的样式。",
    "rule": "不支持这种规则：{what}。",
    "url": "不能引用别的网站上的文件：{what}。",
    "expression": "不能使用 {what}。",
    "hides": "不能用样式隐藏整个页面：{what}。",
}
RUN_STATES = {
    "reading": "正在读取",
    "mapping": "等待选择列",
    "checked": "等待确认",
    "running": "进行中",
    "done": "已完成",
    "failed": "没有成功",
    "cancelled": "已取消",
}
IMPORT_FORMATS = {
    "markdown": "Markdown（单个文件，或连同图片打成 zip）",
    "docx": "Word 文档（.docx，多个打成 zip）",
    "html": "网页（.html，多个打成 zip）",
    "csv": "FAQ 表格（CSV）",
    "xlsx": "FAQ 表格（Excel .xlsx）",
    "zendesk": "Zendesk Guide（接口导出的 JSON，多页打成 zip）",
    "phpmyfaq": "phpMyFAQ（JSON 或 XML 导出）",
    "discourse": "Discourse（话题 JSON，或个人存档 CSV）",
    "wenda": "问达完整导出（zip）",
}
RUN_REASONS = {
    "broken": "文件损坏，打不开。",
    "encrypted": "文件有密码，请去掉密码再试。",
    "bomb": "文件解开后大得不正常，为安全起见没有读取。",
    "too_large": "文件里的内容太多，请分几次导入。",
    "timeout": "读取超时，请分几次导入。",
    "crashed": "读取时出错，文件可能已损坏。",
    "format": "文件和所选的来源对不上，请检查后再试。",
    "missing": "文件已经不在了，请重新上传。",
}
NOTE_REASONS = {
    "conflict": "导入后有人在这里改过，没有覆盖",
    "in_bin": "文章在回收站里，没有恢复",
    "picture_missing": "找不到这张图片，其余内容照常导入",
    "file_missing": "找不到这个文件，其余内容照常导入",
    "file": "文件没有存下来（太大或被拦截），文章照常导入",
    "bad_path": "文件名指向了别处，已跳过",
    "bad_name": "文件名里有不可见字符，已跳过",
    "long_name": "文件名太长，已跳过",
    "not_text": "读不出文字，可能不是文本文件",
    "not_json": "不是完整的 JSON",
    "not_word": "不是 Word 文档",
    "old_word": "旧版 .doc 请先另存为 .docx",
    "nothing": "里面没有找到可以导入的内容",
    "no_title": "没有问题（标题）",
    "no_text": "没有正文",
    "no_id": "没有编号",
    "too_long": "内容太长",
    "broken": "文件损坏",
    "encrypted": "有密码，读不了",
    "too_large": "文件太大",
    "title_empty": "没有标题，正文也是空的",
    "body_too_long": "正文太长（最多 20 万字）",
    "category_too_long": "类别层级太深",
    "status_unknown": "状态不认识，应为草稿、已发布或归档",
    "id_empty": "没有编号",
}
NOTE_OTHER = "内容不符合要求"
COLUMN_NAMES = {
    "title": "问题（标题）",
    "body": "答案（正文）",
    "phrasings": "相似问法",
    "category": "类别",
    "products": "产品",
    "id": "编号",
    "status": "状态",
    "access": "可见范围",
}


def note_reason(code: str) -> str:
    """Why a part of an import was left out, or what to look at."""
    return NOTE_REASONS.get(code, NOTE_OTHER)


def run_reason(code: str) -> str:
    """Why a whole import did not work."""
    return RUN_REASONS.get(code, RUN_REASONS["crashed"])


CSS_LINE = "第 {line} 行：{sentence}"
BLOCKS = {
    "hero": "搜索",
    "announcements": "公告",
    "categories": "按类别查找",
    "products": "按产品查找",
    "hottest": "热门问题",
    "newest": "最新文章",
}
FONTS = {"sans": "黑体（默认）", "serif": "宋体", "kai": "楷体"}
LEVELS = {"info": "普通", "warn": "提醒", "bad": "紧急"}
