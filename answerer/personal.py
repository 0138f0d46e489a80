"""Private data that only its words give away: order numbers, addresses, names. Pure, linear time.

Each function returns the places (start, end) in the text, in order, none overlapping.
"""

from __future__ import annotations

import re

Span = tuple[int, int]
LONGEST_STREET = 30

_NUMBER = (
    r"(?!\d{4}[\-/.]\d{1,2}(?:[\-/.]|(?!\d)))"
    r"[A-Za-z]{0,6}-?\d[\dA-Za-z\-]{5,}(?! ?元)(?![\dA-Za-z])"
)
ORDER = re.compile(
    r"(?:订单编号|订单号码|订单号|订单|工单号|运单号|快递单号|快递单|快递号|物流单号|流水号|交易号|单号"
    r"|合同号|保单号)"
    rf"[ :#是为]{{0,3}}({_NUMBER}(?:[、,/和及 ]{{1,2}}{_NUMBER})*)",
    re.IGNORECASE,
)
_HOUSE = r"[甲乙丙丁]?[\dA-Za-z一二三四五六七八九十百\-]{1,6}"
HOUSE = re.compile(
    rf"(?<![\dA-Za-z])(?:{_HOUSE} ?(?:期|号楼|号院|号(?![线键口电机位色字码令])|弄|栋|幢"
    r"|座(?![位机])|单元|楼(?!梯)|室|户|组) ?){1,6}(?:\d{2,5}(?!\d))?"
)
STREET = re.compile(
    r"(?:(?<![线电回通套思道网走一半])路|街|大道|巷|弄|胡同|村|屯|小区|花园|家园|花苑|公寓|广场|大厦|社区|新村)$"
)
# What leads up to an address and is no part of it.
_LEAD = re.compile(r"[^在到是寄住往至请的我您你了于址送发\W\d_a-zA-Z\ue000]+$")

_SURNAME = (
    "(?:欧阳|上官|司马|诸葛|夏侯|皇甫|尉迟|公孙|慕容|令狐|司徒|东方|"
    "[赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻苏潘葛范彭郎鲁韦马苗"
    "方俞任袁柳鲍史唐费薛雷贺倪汤罗毕郝安常乐于傅齐康伍余顾孟黄穆萧尹姚邵汪祁毛米贝戴宋庞熊纪舒"
    "屈项祝董梁杜阮蓝季贾路江童颜郭梅林钟徐邱骆高夏蔡田胡凌霍万柯卢莫房丁邓洪左石崔龚程陆翁段侯"
    "武刘龙叶白赖乔文曾关查荆游向欧阳易廖耿连])"
)
_GIVEN = "[^是和的与及跟给向请对为有找叫把被让说问了吗呢吧到在不没先女某\\W\\d_a-zA-Z\\ue000]"
NAME = re.compile(
    rf"{_SURNAME}{_GIVEN}{{0,2}}(?=先生|女士|小姐)|{_SURNAME}{{1,2}}(?=老师)"
    rf"|(?:(?:姓名|名字|联系人|收件人|收货人|户主|开户人|称呼)(?:[:：]|是|为|叫) ?|我叫)"
    rf"({_SURNAME}{_GIVEN}{{1,2}})"
)


def order_numbers(text: str) -> list[Span]:
    """Numbers behind 订单号 and its like; dates and amounts of money are none."""
    return [found.span(1) for found in ORDER.finditer(text)]


def addresses(text: str) -> list[Span]:
    """A street, estate or village with the number of a house, from its first character on."""
    places = []
    for house in HOUSE.finditer(text):
        first = max(0, house.start() - LONGEST_STREET)
        lead = _LEAD.search(text[first : house.start()].rstrip(" "))
        if lead is not None and STREET.search(lead.group()):
            end = house.start() + len(house.group().rstrip())
            places.append((first + lead.start(), end))
    return places


def names(text: str) -> list[Span]:
    """Surnames (with what may be a given name) before a title, names behind 姓名 or 我叫."""
    return [found.span(1) if found.group(1) else found.span() for found in NAME.finditer(text)]
