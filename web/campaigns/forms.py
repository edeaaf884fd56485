"""The forms of a campaign, a step each: what was typed, and what it comes to.

A form is kept where it has no mistake of its own; what is still to be filled in elsewhere is said before submitting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from werkzeug.datastructures import MultiDict

from enterprises.credit_code import InvalidCreditCode, compact
from enterprises.credit_code import check as check_code
from enterprises.source_text import BadText, is_one_line
from enterprises.tiers import Tier
from recommender.campaigns.content import LONGEST_TITLE, Content, Kind, Pinned, Selection
from recommender.messages.template_mistakes import check as check_template
from recommender.messages.templates import Part, Template
from web.campaigns.sending_form import read_sending, write_sending

Typed = MultiDict[str, str]

MOST_CODES = 5_000
"""Credit codes that fit into a form; a cultivation list of more is chosen by its tier."""

_PARTS = re.compile(r"[\s,，、;；]+")


class Step(StrEnum):
    """A step of making a campaign, in their order; each is a page."""

    BASICS = "basics"
    ITEMS = "items"
    PEOPLE = "people"
    MESSAGE = "message"
    SENDING = "sending"
    PREVIEW = "preview"

    @property
    def label(self) -> str:
        return _STEP_LABELS[self]

    @property
    def following(self) -> Step:
        """The step after it; the last one's is itself."""
        steps = list(Step)
        return steps[min(steps.index(self) + 1, len(steps) - 1)]


_STEP_LABELS = {
    Step.BASICS: "名称和范围",
    Step.ITEMS: "推送哪些事项",
    Step.PEOPLE: "推送给谁",
    Step.MESSAGE: "消息怎么写",
    Step.SENDING: "渠道和时间",
    Step.PREVIEW: "预览和提交",
}


@dataclass(frozen=True)
class Form:
    """What was typed; ``wanted`` is what it comes to, only to be kept where nothing is in ``mistakes`` (by field)."""

    typed: Typed
    wanted: Content
    mistakes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Choices:
    """What may be chosen in the forms of a campaign: ids of items with what is pinned of them, codes, channels."""

    items: Mapping[str, Pinned] = field(default_factory=dict)
    regions: Collection[str] = ()
    industries: Collection[str] = ()
    sizes: Collection[str] = ()
    entity_kinds: Collection[str] = ()
    tiers: Collection[str] = ()
    channels: Sequence[str] = ()


def write_step(step: Step, content: Content) -> Typed:
    """What a campaign says, as the form of a step shows it."""
    return Typed(_WRITERS[step](content)) if step in _WRITERS else Typed()


def read_step(step: Step, typed: Typed, content: Content, choices: Choices) -> Form:
    """What was typed in the form of a step, over what the campaign said before."""
    mistakes: dict[str, str] = {}
    wanted = _READERS[step](typed, content, choices, mistakes)
    return Form(typed, wanted, mistakes)


def _write_basics(content: Content) -> Iterable[tuple[str, str]]:
    return [("title", content.title), ("region", content.region), ("department", content.department)]


def _read_basics(typed: Typed, content: Content, _choices: Choices, mistakes: dict[str, str]) -> Content:
    """Region and department stay: they say whose campaign it is."""
    return replace(content, title=read_title(typed, mistakes))


def read_title(typed: Typed, mistakes: dict[str, str]) -> str:
    """The name of a campaign, as officials find it again."""
    title = " ".join(typed.get("title", "").split())
    if not title:
        mistakes["title"] = "请写一个名称，例如“2023 年四季度技改奖补提醒”"
    elif not is_one_line(title):
        mistakes["title"] = "名称里有看不见的控制字符，请删去，必要时重新输入"
    elif len(title) > LONGEST_TITLE:
        mistakes["title"] = f"太长了：有 {len(title)} 个字，最多 {LONGEST_TITLE} 个字"
    return title


def _write_items(content: Content) -> Iterable[tuple[str, str]]:
    return (("items", pinned.item_id) for pinned in content.items)


def _read_items(typed: Typed, content: Content, choices: Choices, mistakes: dict[str, str]) -> Content:
    chosen = list(dict.fromkeys(typed.getlist("items")))
    gone = [each for each in chosen if each not in choices.items]
    if gone:
        mistakes["items"] = f"有 {len(gone)} 个事项现在不能推送了（下架、过期或不在您的范围内）：请去掉后再保存"
    elif not chosen:
        mistakes["items"] = "请至少选一个事项"
    return replace(content, items=tuple(choices.items[each] for each in chosen if each in choices.items))


def _write_people(content: Content) -> Iterable[tuple[str, str]]:
    chosen = content.selection
    lists = {name: getattr(chosen, name) for name in ("regions", "industries", "sizes", "entity_kinds", "tiers")}
    return [
        *(("kinds", kind.value) for kind in chosen.kinds),
        *((name, each) for name, some in lists.items() for each in some),
        ("codes", "\n".join(chosen.codes)),
        ("only_new", "1" if chosen.only_new else ""),
        ("leave_out_done", "1" if chosen.leave_out_done else ""),
    ]


def _read_people(typed: Typed, content: Content, choices: Choices, mistakes: dict[str, str]) -> Content:
    kinds = frozenset(kind for kind in Kind if kind.value in typed.getlist("kinds"))
    if not kinds:
        mistakes["kinds"] = "请至少选一种"
    codes: tuple[str, ...] = ()
    try:
        codes = read_codes(typed.get("codes", ""))
    except BadText as error:
        mistakes["codes"] = str(error)
    selection = Selection(
        kinds=kinds,
        regions=_known("regions", typed, choices.regions, mistakes),
        industries=_known("industries", typed, choices.industries, mistakes),
        sizes=_known("sizes", typed, choices.sizes, mistakes),
        entity_kinds=_known("entity_kinds", typed, choices.entity_kinds, mistakes),
        tiers=tuple(map(Tier, _known("tiers", typed, choices.tiers, mistakes))),
        codes=codes,
        only_new=bool(typed.get("only_new")),
        leave_out_done=bool(typed.get("leave_out_done")),
    )
    return replace(content, selection=selection)


def read_codes(text: str) -> tuple[str, ...]:
    """Credit codes, parted by blanks, lines or commas, each once. Raises ``BadText``."""
    found = [compact(part) for part in _PARTS.split(text.strip()) if part]
    for number, code in enumerate(found, 1):
        try:
            check_code(code)
        except InvalidCreditCode as error:
            raise BadText(f"第 {number} 个“{code[:30]}”不是统一社会信用代码", str(error)) from None
    if len(set(found)) > MOST_CODES:
        raise BadText(f"一共 {len(set(found))} 个", f"最多 {MOST_CODES} 个；更多的请分几次，或按梯队选")
    return tuple(dict.fromkeys(found))


def _known(name: str, typed: Typed, known: Collection[str], mistakes: dict[str, str]) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(typed.getlist(name)))
    if any(each not in known for each in chosen):
        mistakes[name] = "有一项不在列表里，请重新选"
    return tuple(each for each in chosen if each in known)


def _write_message(content: Content) -> Iterable[tuple[str, str]]:
    return ((template_field(part), content.template.part(part)) for part in Part)


def template_field(part: Part) -> str:
    """The field of a form, and of ``recommender.campaigns.content.check``, in which a part of the message stands."""
    return f"template.{part.value}"


def _read_message(typed: Typed, content: Content, _choices: Choices, mistakes: dict[str, str]) -> Content:
    template = Template(**{part.value: _typed_part(typed, part) for part in Part})
    for mistake in check_template(template, certain=content.selection.kinds <= {Kind.ELIGIBLE}):
        name = template_field(mistake.part)
        mistakes[name] = f"{mistakes[name]}；{mistake}" if name in mistakes else str(mistake)
    return replace(content, template=template)


def _typed_part(typed: Typed, part: Part) -> str:
    return typed.get(template_field(part), "").replace("\r\n", "\n").strip()


def _read_sending(typed: Typed, content: Content, choices: Choices, mistakes: dict[str, str]) -> Content:
    channels, pace = read_sending(typed, choices.channels, content.pace, mistakes)
    return replace(content, channels=channels, pace=pace)


_WRITERS: Mapping[Step, Callable[[Content], Iterable[tuple[str, str]]]] = {
    Step.BASICS: _write_basics,
    Step.ITEMS: _write_items,
    Step.PEOPLE: _write_people,
    Step.MESSAGE: _write_message,
    Step.SENDING: write_sending,
}
_READERS: Mapping[Step, Callable[[Typed, Content, Choices, dict[str, str]], Content]] = {
    Step.BASICS: _read_basics,
    Step.ITEMS: _read_items,
    Step.PEOPLE: _read_people,
    Step.MESSAGE: _read_message,
    Step.SENDING: _read_sending,
}
