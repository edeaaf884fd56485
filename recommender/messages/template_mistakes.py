"""What is wrong with a template: fields that there are not, at what place; addresses; promises that nobody can keep."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from enterprises.source_text import is_usable, suggest
from recommender.messages.templates import FIELDS, OF_ITEM, TOKEN, Part, Template


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong in a part, and where: ``line`` and ``column`` count from 1; they are 0 for the part as a whole."""

    part: Part
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"第 {self.line} 行第 {self.column} 个字：{self.message}" if self.line else self.message


_ADDRESS = re.compile(r"https?[:：]|www\.|[A-Za-z0-9-]+\.(?:com|cn|net|org|gov)\b", re.IGNORECASE | re.ASCII)
_PROMISE = re.compile(
    r"(?<![不未])一定(?!规模|比例|条件|期限|数额|金额|标准|程度|要)|(?<!不)(?<!不能)(?<!无法)保证(?!金|保险|贷款|担保|人)"
    r"|(?<![不未])必定|必然|(?<!不)肯定|(?<!不)绝对|(?<!不能)(?<!请)确保|稳拿|包过|包拿|百分之百|100\s*[%％]|已(?:经)?获批|无条件"
)


def check(template: Template, *, certain: bool) -> tuple[Mistake, ...]:
    """What is wrong with a template, part by part in its order.

    ``certain``: it is only sent where everything is known to be met. Otherwise it must promise nothing.
    """
    return tuple(mistake for part in Part for mistake in _check(part, template.part(part), certain))


def promises(template: Template) -> tuple[str, ...]:
    """The words of a template that promise something."""
    return tuple(dict.fromkeys(found[0] for part in Part for found in _PROMISE.finditer(template.part(part))))


def _check(part: Part, text: str, certain: bool) -> Iterator[Mistake]:
    if not text.strip() and part in (Part.TITLE, Part.EACH):
        yield Mistake(part, 0, 0, f"请写{part.label}")
    if len(text) > part.longest:
        yield Mistake(part, 0, 0, f"太长了：有 {len(text)} 个字，最多 {part.longest} 个字")
    if not is_usable(text):
        yield Mistake(part, 0, 0, "文字里有看不见的控制字符，请删去，必要时重新输入")
    if part is Part.TITLE and "\n" in text.strip():
        yield Mistake(part, 0, 0, "标题只能写一行")
    known = [field.name for field in FIELDS[part]]
    for found in TOKEN.finditer(text):
        name, stray = found["name"], found["stray"]
        if stray:
            yield _at(part, text, found, _STRAY[stray])
        elif name is not None and name.strip() not in known:
            yield _at(part, text, found, _unknown(name.strip(), known))
    for found in _ADDRESS.finditer(text):
        yield _at(part, text, found, "消息里不写网址，以免被仿冒；到事项的链接由系统加上")
    for found in () if certain else _PROMISE.finditer(text):
        said = f"“{found[0]}”是承诺：收到的企业里有还不确定符合的。请改成“可能”“符合的话”"
        yield _at(part, text, found, said)


_STRAY = {
    "{": "这个 { 没有对应的 }。字段写成 {企业名称}；要写括号本身，请写 {{",
    "}": "这个 } 没有对应的 {。字段写成 {企业名称}；要写括号本身，请写 }}",
    **dict.fromkeys("｛｝", "这是全角括号。字段要用半角的，写成 {企业名称}"),
}


def _unknown(name: str, known: Sequence[str]) -> str:
    if name in OF_ITEM:
        return f"{{{name}}} 每个事项不同，只能写在“{Part.EACH.label}”里"
    return f"没有“{name}”这个字段。{suggest(name, known)}" if name else "括号里要写字段的名称"


def _at(part: Part, text: str, found: re.Match[str], message: str) -> Mistake:
    before = text[: found.start()]
    return Mistake(part, before.count("\n") + 1, found.start() - before.rfind("\n"), message)
