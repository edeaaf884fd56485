"""What is said of an item and of its document, beside the rule and the benefit: titles, days, departments, papers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from policies.items import Category, Delivery
from web.checkup.form_layout import Field
from web.editing.inputs import line, listed, places, select
from web.editing.places import Plain, find, has, insert, join, put, take
from web.editing.texts import shown

LEFT_OUT = "/document/left_out"

_MOST = 200


@dataclass(frozen=True)
class Group:
    """Inputs under a heading."""

    title: str
    inputs: tuple[Field, ...]
    about: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A clause that gives enterprises nothing, as inputs."""

    place: str
    inputs: tuple[Field, ...]


def of_item(content: Plain) -> tuple[Group, ...]:
    """What is said of the item."""

    def text(name: str, label: str, hint: str = "", how: str = "text", widget: str = "text") -> Field:
        at = join("/item", *name.split("."))
        return line(f"{at}:{how}", label, shown(content, at, how), hint, widget)

    category, delivery = shown(content, "/item/category"), shown(content, "/item/delivery")
    return (
        Group(
            "是什么",
            (
                text("title", "名称", "一眼看得出给谁、给什么，例如：规上工业企业营收首次突破奖励"),
                text("summary", "一两句话说明", "用自己的话写清楚：什么样的企业、给什么、多少", widget="long"),
                select("/item/category:text", "类别", listed((each.value, each.label) for each in Category), category),
            ),
        ),
        Group(
            "出自哪里",
            (
                text("clause", "条款", "例如：三（四）15"),
                text("page", "页码", "文件上印的页码，只写数字"),
                text(
                    "reading",
                    "条文怎么理解（没有歧义可以不填）",
                    "条文可以有几种理解时，写清楚这里按哪一种",
                    "option",
                    "long",
                ),
                _confirmation(content),
            ),
        ),
        Group(
            "怎么办",
            (
                select(
                    "/item/delivery:text", "兑现方式", listed((each.value, each.label) for each in Delivery), delivery
                ),
                text("departments", "主管部门", "一行写一个", "lines", "lines"),
                text("window.opens", "开始受理的日期（不填就是文件的施行日期）", "", "option", "date"),
                text("window.closes", "受理的最后一天（不填就是文件有效期的最后一天）", "这一天也算", "option", "date"),
                text("materials", "材料（没有可以不填）", "一行写一样", "lines", "lines"),
                text("steps", "步骤（没有可以不填）", "一行写一步", "lines", "lines"),
                text("contact", "联系方式（没有可以不填）", "文件上写的办公室或电话", "option"),
            ),
        ),
    )


def _confirmation(content: Plain) -> Field:
    at = "/item/needs_confirmation"
    now = shown(content, at)
    yes, no = (now, "") if now in ("true", "是") else ("是", now)
    pairs = [(no, "不用"), (yes, "要，页面上写明“以主管部门解释为准”")]
    return Field(f"{at}:option", "要不要由主管部门解释", "radio", "", (now,), groups=listed(pairs))


def of_document(content: Plain) -> tuple[Group, ...]:
    """What is said of the document."""

    def text(name: str, label: str, hint: str = "", how: str = "text", widget: str = "text") -> Field:
        at = join("/document", name)
        return line(f"{at}:{how}", label, shown(content, at, how), hint, widget)

    first, last = [*shown(content, "/document/pages", "pair").split("\n"), ""][:2]
    return (
        Group(
            "是哪份文件",
            (
                text("title", "标题", "照文件抄"),
                text("number", "文号（没有可以不填）", "", "option"),
                text("issuers", "发文机关", "一行写一个", "lines", "lines"),
                select("/document/region:region", "管哪个地方", places(), shown(content, "/document/region")),
                text("summary", "一两句话说明", "用自己的话", widget="long"),
            ),
        ),
        Group(
            "什么时候有效",
            (
                text("published_on", "印发日期", widget="date"),
                text("effective_from", "施行日期", "从这一天起算", widget="date"),
                text("valid_until", "有效期最后一天（没有写可以不填）", "这一天也算", "option", "date"),
                text("validity", "文件怎么写的（可以不填）", "例如：自印发之日起施行，有效期三年", "option"),
                text("validity_reading", "怎么算出来的（可以不填）", "", "option"),
            ),
        ),
        Group(
            "在哪几页",
            (
                line("/document/pages:pair", "从第几页", first, "文件上印的页码，只写数字"),
                line("/document/pages:pair", "到第几页", last),
            ),
        ),
    )


def left_out(content: Plain) -> tuple[LeftOut, ...]:
    """The clauses of the document that are on purpose no items."""
    held = find(content, LEFT_OUT) if has(content, LEFT_OUT) else []
    labels = (("clause", "条款"), ("page", "页码"), ("what", "说的是什么"), ("why", "为什么不作事项"))
    return tuple(
        LeftOut(
            join(LEFT_OUT, number),
            tuple(
                line(f"{join(LEFT_OUT, number, name)}:text", label, shown(content, join(LEFT_OUT, number, name)))
                for name, label in labels
            ),
        )
        for number in range(len(held) if isinstance(held, list) else 0)
    )


def leave_out(content: Plain, _place: str, _what: str) -> Plain:
    """One more such clause."""
    held = find(content, LEFT_OUT) if has(content, LEFT_OUT) else None
    new = {"clause": "", "page": "", "what": "", "why": ""}
    if not isinstance(held, list):
        return put(content, LEFT_OUT, [new])
    return insert(content, LEFT_OUT, len(held), new) if len(held) < _MOST else content


def keep_in(content: Plain, place: str, _what: str) -> Plain:
    """Without such a clause."""
    return take(content, place) if place.startswith(f"{LEFT_OUT}/") else content


MOVES: Mapping[str, Callable[[Plain, str, str], Plain]] = {"leave-out": leave_out, "keep-in": keep_in}
