"""What the columns of a FAQ sheet may mean, and a guess from their names and contents. Pure."""

from __future__ import annotations

FIELDS = ("title", "body", "phrasings", "category", "products", "id", "status", "access")
NEEDED = ("title", "body")
# What a spreadsheet program might take for a formula; in exports a quote stands before it.
GUARDED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NAMES = {
    "title": (
        "标题",
        "问题",
        "标准问",
        "标准问题",
        "问",
        "question",
        "title",
        "subject",
        "q",
        "faq",
    ),
    "body": (
        "答案",
        "回答",
        "内容",
        "正文",
        "标准答案",
        "解答",
        "答",
        "answer",
        "body",
        "content",
        "a",
    ),
    "phrasings": (
        "相似问",
        "相似问法",
        "扩展问",
        "其他问法",
        "问法",
        "同义问",
        "phrasings",
        "similar",
    ),
    "category": ("类别", "分类", "目录", "类目", "所属分类", "category", "categories", "section"),
    "products": ("产品", "所属产品", "适用产品", "product", "products"),
    "id": ("编号", "id", "序号", "问题编号", "外部编号", "external_id", "key"),
    "status": ("状态", "status"),
    "access": ("可见范围", "谁可以看", "access", "visibility"),
}


def guess(header: list[str], sample: list[list[str]]) -> dict[str, int]:
    """Field → column; the longest texts are the answers when no name tells."""
    plain = [name.strip().lower().strip("*：: ") for name in header]
    found: dict[str, int] = {}
    for field, names in NAMES.items():
        place = next((plain.index(name) for name in names if name in plain), None)
        if place is None:
            place = next((i for i, name in enumerate(plain) if _holds(name, names)), None)
        if place is not None and place not in found.values():
            found[field] = place
    if "body" not in found and sample:
        free = [i for i in range(len(header)) if i not in found.values()]
        longest = max(free, key=lambda i: _length(sample, i), default=None)
        if longest is not None:
            found["body"] = longest
    return found


def _holds(name: str, names: tuple[str, ...]) -> bool:
    return any(len(known) > 1 and known in name for known in names)


def _length(sample: list[list[str]], place: int) -> int:
    return sum(len(row[place]) for row in sample if place < len(row))


def unguarded(cell: str) -> str:
    """A cell without the quote that only kept it from being a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip().startswith(GUARDED) else cell
