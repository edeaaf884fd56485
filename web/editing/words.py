"""Mistakes in words that an official knows: names of fields as pages show them, in the place of those in files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from enterprises.dictionary import Dictionary
from enterprises.source_text import Problem
from policies.items import WindowState
from policies.rules import Operator
from recommender.match import Verdict
from web.editing.facts import OPERATORS
from web.editing.places import Plain, steps
from web.editing.shapes import record_at

FIELDS: Mapping[str, str] = {
    **{"title": "名称", "category": "类别", "delivery": "兑现方式", "clause": "条款", "page": "页码"},
    **{"departments": "主管部门", "summary": "内容", "window": "办理时间", "opens": "开始日", "closes": "截止日"},
    **{"who": "谁可以享受", "benefit": "可以得到什么", "stacking": "能不能同时享受", "reading": "条文怎么理解"},
    **{"needs_confirmation": "以主管部门解释为准", "materials": "材料", "steps": "步骤", "contact": "联系"},
    **{
        "examples": "样例",
        "given": "企业情况",
        "on": "日期",
        "expect": "应得的结果",
        "verdict": "判断",
        "amount": "金额",
    },
    **{"missing": "还缺的信息", "number": "文号", "issuers": "发文机关", "level": "级别", "region": "地区"},
    **{
        "published_on": "印发日期",
        "effective_from": "施行日期",
        "valid_until": "有效期最后一日",
        "validity": "有效期原文",
    },
    **{
        "validity_reading": "有效期怎么理解",
        "pages": "页码范围",
        "left_out": "不作事项的条款",
        "what": "内容",
        "why": "理由",
    },
    **{
        "floor": "最低",
        "cap": "最高",
        "of": "按什么数算",
        "rate": "比例",
        "operator": "怎么算",
        "object": "对什么而言",
    },
    **{"reach": "与哪些支持", "items": "所列事项", "every": "多久一次", "note": "原话", "where": "明细的条件"},
    **{"at_least": "不低于", "at_most": "不超过", "tiers": "分档", "cases": "分类", "brackets": "分段", "name": "名称"},
    **{"fixed": "金额", "per": "单位", "years": "各年金额", "range": "区间", "waived": "免收", "by": "哪个细则"},
    **{
        "service": "服务",
        "right": "权利",
        "priority": "优先",
        "faster": "提速",
        "set_elsewhere": "什么金额",
        "within": "时限",
    },
}
"""What pages call the fields of an item and of a document."""

_OF_DOCUMENT: Mapping[str, str] = {
    **{"title": "文件的标题", "level": "管哪个地方（级别）", "region": "管哪个地方", "summary": "文件的说明"},
    **{"pages": "在哪几页", "valid_until": "有效期最后一天"},
}
"""Where the page of the document calls a field otherwise than that of the item."""

_SAID: tuple[tuple[str, str], ...] = (
    (r"这里是空的。请写上内容|列表是空的。请至少写一个值", "还没有填"),
    (r"列表是空的。请至少写一个条件", "这一组里还没有条件。请加条件，或者删掉这一组"),
    (r"一条规则只能有一个条件，这里有 0 个.*", "还没有条件。请加一个条件"),
    (r"“(.+)”没有写运算。.*", r"请选择对“\1”怎么要求"),
    (r"样例里没有 (.+) 的情形。.*", r"样例里还没有“\1”的情形。符合、不符合、待补充各要有一个"),
    (r"缺少字段“(.+?)”。.*", r"还没有填“\1”"),
    (r"不认识的取值“”。.*", "还没有选择"),
    (r"要主管部门确认，却没有写是怎样理解的。.*", "勾了“以主管部门解释为准”，请写上条文怎么理解"),
    (r"没有名为“”的.*", "还没有选择"),
    (r"reach 与 items 要写其中之一。.*", "请选择与哪些支持"),
    (r"every 与 once 要一起写。.*", "请选择多久一次"),
    (r"between 要有两个值。.*", "两端都要填"),
    (
        r"资格规则里有 0 处 any_record 用到“(.+?)”.*",
        "规则里没有要求这样的明细，没法按它逐个给。请先在“谁可以享受”里加上",
    ),
    (r"资格规则里有 (\d+) 处 any_record 用到“(.+?)”.*", r"规则里有 \1 处要求这样的明细，分不清按哪一处给。请只留一处"),
    (r"range 要有从小到大的两个金额。.*", "两个金额都要填，从小到大"),
    (
        r"这里应是一个值，却是.*|这里应是列表，却是.*|这里应是“名称: 值”的映射，却是.*",
        "这一部分的写法不对。请删掉它，重新填",
    ),
)
_NAMES = re.compile(r"(?<![a-z_])[a-z]+(?:_[a-z]+)*(?![a-z_])")


def in_words(problem: Problem) -> str:
    """What is wrong, and what to do about it."""
    said = f"{problem.message}。{problem.remedy}"
    for pattern, words in _SAID:
        if re.fullmatch(pattern, said):
            said = re.sub(pattern, words, said)
            break
    return in_chinese(said)


def in_chinese(text: str, labels: Mapping[str, str] = MappingProxyType({})) -> str:
    """A sentence with the names that files use (and those of ``labels``) as pages show them."""
    return _NAMES.sub(lambda name: labels.get(name[0]) or _NAMED.get(name[0], name[0]), text)


_NAMED = {
    **{operator.value: label.partition("（")[0] for operator, label in OPERATORS.items()},
    **FIELDS,
    **{verdict.value: verdict.label for verdict in Verdict},
    **{state.value: state.label for state in WindowState},
    **{Operator.FIRST_REACHES.value: "首次达到"},
}


def name_of(place: str, content: Plain, dictionary: Dictionary) -> str:
    """What a place is called: the field of the page, and the fact where it is about one."""
    path = steps(place)
    field = FIELDS.get(path[1], path[1]) if len(path) > 1 else "全文"
    if path[0] == "document":
        field = _OF_DOCUMENT.get(path[1], field) if len(path) > 1 else field
    numbers = [int(step) + 1 for step in path[2:3] if step.isdigit()]
    numbered = f"第 {numbers[0]} 项" if numbers and path[1] in ("examples", "stacking", "left_out") else ""
    kinds = {kind.name: kind.label for kind in dictionary.records.values()}
    record = record_at(content, place)
    facts = (
        dictionary.records[record].fields if record is not None and record in dictionary.records else dictionary.facts
    )
    labels = {**kinds, **{name: fact.label for name, fact in facts.items()}}
    about = [labels[step] for step in path[2:] if step in labels]
    return "：".join([f"{field}{numbered}", *about[-1:]])
