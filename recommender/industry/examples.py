"""What a model learns from: how each group's activities and trades are worded, labelled scopes, and the standard.

``phrases.csv`` and ``scopes.csv`` beside this module are our own words, after what licences say. The standard's names
and notes are read from a file that is given (``code,level,…,name,…,note``), and are no part of this project. Only its
groups are counted on: one class more or less, or a name cut short, adds or spoils a phrase among some twenty thousand.
"""

from __future__ import annotations

import csv
import hashlib
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from enterprises.industries import industries
from enterprises.source_text import Problem

NOTHING = ""
"""In the place of a group's code: an activity that enterprises of every industry list."""

_HELD_OUT = 4
"""Of so many labelled scopes one is held out for testing, by the hash of its name and text."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """An activity or a trade of a group; ``weight``: how much it counts."""

    text: str
    code: str
    weight: float = 1.0
    is_trade: bool = False


@dataclass(frozen=True, slots=True)
class Labelled:
    """A scope as it stands in a licence, the enterprise's name, and its group."""

    code: str
    name: str
    scope: str

    @property
    def held_out(self) -> bool:
        digest = hashlib.sha256(f"{self.name}\n{self.scope}".encode()).digest()
        return digest[0] % _HELD_OUT == 0


@cache
def groups() -> tuple[str, ...]:
    """The codes of all groups of GB/T 4754-2017, in order."""
    return tuple(sorted(each.code for each in industries() if each.level == "group"))


@cache
def labelled() -> tuple[Labelled, ...]:
    """The labelled scopes that ship with the package."""
    return read_labelled(Path(str(files("recommender.industry") / "scopes.csv")))


def read_labelled(path: Path) -> tuple[Labelled, ...]:
    """Labelled scopes in a CSV file (code, name, scope). Raises ``Problem`` for a code that is no group's."""
    known = frozenset(groups())
    found = []
    for line, row in enumerate(_rows(path, ("code", "name", "scope")), start=2):
        if row["code"] not in known:
            raise Problem(
                path.name, line, "code", f"“{row['code']}”不是行业中类代码", "请写 GB/T 4754-2017 的三位中类代码"
            )
        found.append(Labelled(row["code"], row["name"], row["scope"]))
    return tuple(found)


def our_phrases() -> Iterator[Phrase]:
    """How activities and trades of each group are worded in licences."""
    path = Path(str(files("recommender.industry") / "phrases.csv"))
    for row in _rows(path, ("code", "activities", "trades")):
        yield from (Phrase(text, row["code"]) for text in row["activities"].split("；"))
        yield from (Phrase(text, row["code"], _TRADE, is_trade=True) for text in row["trades"].split("；"))
    yield from (Phrase(text, NOTHING, 2.0) for text in _EVERYWHERE)


_TRADE = 0.5


def standard_phrases(path: Path) -> Iterator[Phrase]:
    """The names of groups and classes and what their notes list, worded as licences do. Raises ``Problem``."""
    known = frozenset(groups())
    for row in _rows(path, ("code", "level", "name", "note")):
        code = row["code"][:3]
        if len(row["code"]) < 3 or code not in known:
            continue
        yield from worded(row["name"], code)
        for text in _noted(row["note"]):
            yield Phrase(text, code, 0.5)


def worded(name: str, code: str) -> Iterator[Phrase]:
    """A class's name, and how a licence words it: 加工 and 生产 for 制造, 销售 for 批发 and 零售."""
    plain = re.sub(r"其他(?:未列明)?|及其他|业$", "", name)
    yield Phrase(name, code)
    if plain != name and len(plain) > 2:
        yield Phrase(plain, code)
    for verb, others in _VERBS:
        if plain.endswith(verb) and len(plain) > len(verb) + 1:
            thing = plain.removesuffix(verb)
            yield from (Phrase(f"{thing}{other}", code, weight) for other, weight in others)
            return


_VERBS = (
    ("制造", (("生产", 0.7), ("加工", 0.5), ("的生产、销售", 0.5), ("研发、制造", 0.3), ("生产及销售", 0.3))),
    ("加工", (("加工、销售", 0.5), ("生产", 0.3))),
    ("种植", (("种植、销售", 0.7), ("的种植", 0.3))),
    ("饲养", (("养殖", 0.7), ("养殖、销售", 0.5))),
    ("开采", (("开采、销售", 0.7), ("采掘", 0.3))),
    ("采选", (("采选、销售", 0.7), ("开采", 0.5), ("选矿", 0.2))),
    ("批发", (("批发", 0.5), ("销售", 0.6), ("的批发及销售", 0.3), ("购销", 0.3))),
    ("零售", (("零售", 0.5), ("销售", 0.4), ("的零售", 0.3))),
    ("建筑", (("工程施工", 0.7), ("工程", 0.4))),
    ("服务", (("服务", 0.3), ("", 0.3))),
    ("活动", (("服务", 0.5),)),
)


def _noted(note: str) -> Iterator[str]:
    """The things that a note lists, up to what it excludes."""
    included = re.split(r"不包括|不含|但不", note, maxsplit=1)[0]
    for piece in re.split(r"[；;，,、。：:]|以及|包括|等$", included):
        text = re.sub(r"^(?:指|的|和|及|或|对|在|以|为|主要|本中类|本类)+|(?:的活动|活动|等)$", "", piece.strip())
        if 3 <= len(text) <= 24:
            yield text


_EVERYWHERE = (
    *("货物进出口", "技术进出口", "进出口代理", "货物与技术的进出口业务", "自营和代理进出口", "自有房屋租赁"),
    *("技术服务、技术开发、技术咨询、技术交流、技术转让、技术推广", "技术咨询", "技术服务", "技术推广服务", "售后服务"),
    *(
        "信息咨询服务",
        "信息技术咨询服务",
        "社会经济咨询服务",
        "企业管理咨询",
        "企业管理",
        "市场营销策划",
        "商务信息咨询",
    ),
    *("会议及展览服务", "广告设计、代理", "广告制作", "广告发布", "非居住房地产租赁", "机械设备租赁", "租赁服务"),
    *("互联网销售", "普通货物仓储服务", "包装服务", "劳务服务", "国内贸易代理", "组织文化艺术交流活动", "停车场服务"),
    *("日用百货销售", "办公用品销售", "食品销售", "预包装食品销售", "专业设计服务", "业务培训", "建设工程施工"),
    *(
        "道路货物运输",
        "装卸搬运",
        "普通机械设备安装服务",
        "五金产品零售",
        "建筑材料销售",
        "机械设备销售",
        "项目策划与公关服务",
    ),
    *("组织采购、供应成员所需的农业生产资料", "引进新技术、新品种", "开展技术培训和信息咨询服务", "相关技术服务"),
)
"""What licences list in every industry, besides the groups of which each of it can be the main activity."""


def invented_names(trades: Iterable[Phrase], chance: random.Random) -> Iterator[Phrase]:
    """Trades behind made-up 字号, as names are once place and legal form are off."""
    for each in trades:
        brand = "".join(chance.sample(_BRANDS, 2))
        yield Phrase(f"{brand}{each.text}", each.code, each.weight)


_BRANDS = (
    "宏达恒泰鑫源盛隆兴旺华美安康瑞祥福德永昌嘉禾众诚信立博远腾飞海天润泽金龙凤鸣秦汉唐延长圣地中创智汇联合佳和亿顺通运同庆春晖明"
    "阳东方西京北辰南山青松绿野红星蓝宇云帆启航君悦卓越益民惠利百聚优"
)


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise Problem(path.name, 1, "", f"缺少列“{missing[0]}”", f"表头须有：{'、'.join(columns)}")
            return [{column: row[column] or "" for column in columns} for row in reader]
    except OSError as error:
        raise Problem(path.name, None, "", f"读不了：{error.strerror}", "请核对路径") from None
    except UnicodeDecodeError:
        raise Problem(path.name, None, "", "不是 UTF-8 文本", "请另存为 UTF-8") from None
