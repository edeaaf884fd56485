"""Every way of giving: what it is called, how it begins, and its inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from enterprises.dictionary import Dictionary, Kind
from policies.rules import Operator
from web.checkup.form_layout import Field
from web.editing.inputs import facts_of, line, listed, select
from web.editing.places import Plain, find, has, join
from web.editing.texts import shown

KINDS: Mapping[str, str] = {
    "fixed": "给一笔固定金额",
    "rate": "按一个数的比例给",
    "tiers": "分档给：达到一档给一档的金额",
    "cases": "分类给：不同级别或类别，金额不同",
    "brackets": "分段给：各段按各段的比例，合起来",
    "per": "按人数或数量给",
    "years": "分几年给",
    "range": "在一个区间内，由部门决定",
    "waived": "免收一项费用",
    "service": "提供服务（没有金额）",
    "right": "保障一项权利（没有金额）",
    "priority": "优先安排（没有金额）",
    "faster": "办得更快（没有金额）",
    "set_elsewhere": "金额由别的细则规定",
    "all": "同时给几项",
    "highest_of": "几项里给金额最高的一项",
}
"""Every way of giving, as a clerk chooses it."""

SKELETONS: Mapping[str, dict[str, Plain]] = {
    "rate": {"rate": "", "of": ""},
    "tiers": {"tiers": {"on": "", "at_least": {"": ""}}},
    "cases": {"cases": {"on": "", "values": {}}},
    "brackets": {"brackets": {"on": "", "rates": {"": ""}}},
    "per": {"per": "人", "amount": "", "of": ""},
    "years": {"years": ["", ""]},
    "range": {"range": ["", ""]},
    "all": {"all": [{"fixed": ""}, {"fixed": ""}]},
    "highest_of": {"highest_of": [{"fixed": ""}, {"fixed": ""}]},
}
"""Each way of giving of which nothing is written yet; the others have one text."""

KEPT: Mapping[str, tuple[str, ...]] = {
    "cap": ("rate", "brackets", "per"),
    "floor": ("rate",),
    "within": ("service", "right", "priority", "faster"),
    "of": ("rate",),
    "year": ("rate", "per"),
}
"""What stays when another way of giving is chosen, and in which."""

_MONEY = "写数字和单位，例如 20万元"
_TIER_OPERATORS = (
    (Operator.AT_LEAST.value, "达到（含本数）"),
    (Operator.MORE_THAN.value, "超过（不含本数）"),
    (Operator.FIRST_REACHES.value, "首次达到（突破）"),
)
_BOUNDS = (("exact", "就是这个比例"), ("at_most", "不超过这个比例"), ("at_least", "不低于这个比例"))


@dataclass(frozen=True)
class Scope:
    """What a benefit may be about. ``kinds``: of records that the rule asks for; ``record``: it is given for each."""

    dictionary: Dictionary
    kinds: tuple[str, ...] = ()
    record: str | None = None


def inputs_of(content: Plain, place: str, kind: str, scope: Scope) -> Iterator[Field]:
    """The inputs of the benefit at a place, beside its table of steps."""
    for make in _INPUTS.get(kind, ()):
        yield from make(content, place, scope)


_Make = Callable[[Plain, str, Scope], Iterator[Field]]


def _text(name: str, label: str, hint: str = "", how: str = "text") -> _Make:
    def make(content: Plain, place: str, _scope: Scope) -> Iterator[Field]:
        at = join(place, name)
        yield line(f"{at}:{how}", label, shown(content, at), hint)

    return make


def _limit(name: str, label: str) -> _Make:
    return _text(name, f"{label}（没有写可以不填）", _MONEY, "option")


def _fact(label: str, *path: str, kinds: tuple[Kind, ...]) -> _Make:
    """A figure to compute with, and of which year where it has several."""

    def make(content: Plain, place: str, scope: Scope) -> Iterator[Field]:
        at, year = join(place, *path), join(place, *path[:-1], "year")
        name, now = shown(content, at), shown(content, year)
        yield select(f"{at}:text", label, facts_of(scope.dictionary, scope.record, kinds), name)
        fact = scope.dictionary.facts.get(name) if scope.record is None else None
        if now or (fact is not None and fact.yearly):
            pairs = [("last" if now == "last" else "", "上一年度"), ("this", "本年度")]
            yield select(f"{year}:option", "哪一年的数", listed(pairs), now)

    return make


def _bound(content: Plain, place: str, _scope: Scope) -> Iterator[Field]:
    yield select(f"{place}:bound", "文件怎么说", listed(_BOUNDS), bound_of(content, place))


def _reached(content: Plain, place: str, _scope: Scope) -> Iterator[Field]:
    yield select(f"{place}:operator", "怎样算够一档", listed(_TIER_OPERATORS), tier_operator(content, place))
    at = join(place, "tiers", "pay")
    now = shown(content, at)
    pairs = [("highest" if now == "highest" else "", "只给最高的一档"), ("each", "各档相加")]
    yield select(f"{at}:option", "达到几档时", listed(pairs), now)


def _ends(content: Plain, place: str, _scope: Scope) -> Iterator[Field]:
    at = join(place, "range")
    for label, end in zip(("从", "到"), [*shown(content, at, "pair").split("\n"), ""], strict=False):
        yield line(f"{at}:pair", label, end, _MONEY)


def _unpriced(kind: str) -> tuple[_Make, ...]:
    within = _text("within", "承诺的时限（没有可以不填）", "例如 15 个工作日", "option")
    return _text(kind, "内容", "一句话，例如 一对一包抓帮扶"), within


_NUMBERS = (Kind.MONEY, Kind.COUNT, Kind.RATIO)
_INPUTS: Mapping[str, tuple[_Make, ...]] = {
    "fixed": (_text("fixed", "金额", _MONEY),),
    "rate": (
        _fact("按什么数算", "of", kinds=(Kind.MONEY,)),
        _text("rate", "比例", "写百分数，例如 10%"),
        _bound,
        _limit("floor", "最低给多少"),
        _limit("cap", "最高给多少"),
    ),
    "tiers": (_fact("按什么数分档", "tiers", "on", kinds=_NUMBERS), _reached),
    "cases": (_fact("按什么分类", "cases", "on", kinds=(Kind.ENUM,)),),
    "brackets": (_fact("按什么数分段", "brackets", "on", kinds=(Kind.MONEY,)), _limit("cap", "合计最高给多少")),
    "per": (
        _fact("按什么数", "of", kinds=(Kind.COUNT,)),
        _text("per", "单位", "例如 人"),
        _text("amount", "每一个给多少", _MONEY),
        _limit("cap", "合计最高给多少"),
    ),
    "range": (_ends,),
    "waived": (_text("waived", "免收什么费用"), _limit("amount", "多少钱")),
    **{kind: _unpriced(kind) for kind in ("service", "right", "priority", "faster")},
    "set_elsewhere": (
        _text("set_elsewhere", "什么金额", "例如 绿色工厂奖励金额"),
        _text("by", "哪个细则规定（不知道可以不填）", "", "option"),
    ),
}


def bound_of(content: Plain, place: str) -> str:
    """Whether a rate is exact, a ceiling or a minimum."""
    return next((bound for bound in ("at_most", "at_least") if has(content, join(place, bound))), "exact")


def tier_operator(content: Plain, place: str) -> str:
    """The first comparison that tiers are written with; empty where there is none."""
    used = (name for name, _ in _TIER_OPERATORS if has(content, join(place, "tiers", name)))
    return next(used, "")


def table_of(content: Plain, place: str, *path: str) -> dict[str, Plain]:
    """The mapping below a place; an empty one where there is none."""
    at = join(place, *path)
    found = find(content, at) if has(content, at) else None
    return found if isinstance(found, dict) else {}
