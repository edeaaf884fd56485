"""YAML and JSON as people write them, with the place of every value, so that an error can say where and how to mend it.

Every scalar stays text until somebody who knows its type reads it: ``010`` is a code, ``on`` a word, ``1.5%`` a ratio.
"""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import yaml

T = TypeVar("T")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_BYTES = 1_000_000
_MAX_DEPTH = 40
_MOST_SUGGESTIONS = 20
_NEAREST = 3
_ALIKE = 0.3  # of 1: how much a word must resemble another to be worth naming where none is near
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)

_UNUSABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""What no text may hold: control characters and halves of surrogate pairs, which YAML and databases refuse."""


class BadText(ValueError):
    """A text that does not say what it should: what is wrong, and what to write instead (both in Chinese)."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.message, self.remedy = message, remedy

    def __str__(self) -> str:
        return f"{self.message}。{self.remedy}"


class Problem(ValueError):
    """One mistake in one place: file, line, field, what is wrong and how to mend it (the last two in Chinese)."""

    def __init__(self, file: str, line: int | None, field: str, message: str, remedy: str) -> None:
        super().__init__(file, line, field, message, remedy)
        self.file, self.line, self.field, self.message, self.remedy = file, line, field, message, remedy

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line is not None else self.file
        field = f" {self.field}" if self.field else ""
        return f"{place}{field}：{self.message}。{self.remedy}"


class Problems(ValueError):
    """Several problems, in the order of their files."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a file: a text, nothing, a mapping or a list of entries, with its place."""

    value: str | dict[str, Entry] | list[Entry] | None
    file: str
    line: int | None
    path: str = ""

    def fail(self, message: str, remedy: str) -> NoReturn:
        """Raise the ``Problem`` that this entry has."""
        raise Problem(self.file, self.line, self.path, message, remedy)

    def plain(self) -> Any:
        """The same as plain data: texts, ``None``, dictionaries and lists."""
        if isinstance(self.value, dict):
            return {key: entry.plain() for key, entry in self.value.items()}
        return [entry.plain() for entry in self.value] if isinstance(self.value, list) else self.value

    @property
    def is_null(self) -> bool:
        return self.value is None

    def text(self) -> str:
        """The text of a scalar, which says something."""
        if self.is_null or (isinstance(self.value, str) and not self.value.strip()):
            self.fail("这里是空的", "请写上内容")
        if not isinstance(self.value, str):
            self.fail(f"这里应是一个值，却是{self._shape()}", "请直接写值，不要写成列表或映射")
        return self.value

    def items(self) -> list[Entry]:
        """The entries of a list."""
        if not isinstance(self.value, list):
            self.fail(f"这里应是列表，却是{self._shape()}", "请写成 [甲, 乙] 或逐行以“- ”开头")
        return self.value

    def mapping(self) -> dict[str, Entry]:
        """The entries of a mapping, whatever its keys."""
        if not isinstance(self.value, dict):
            wide_colon = isinstance(self.value, str) and "：" in self.value
            remedy = "冒号请用半角的“:”，后面空一格" if wide_colon else "请写成“名称: 值”"
            self.fail(f"这里应是“名称: 值”的映射，却是{self._shape()}", remedy)
        return self.value

    def fields(self, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Entry]:
        """The entries of a mapping with these keys and no others; null optional ones are left out."""
        entries = self.mapping()
        known = [*required, *optional]
        for key, entry in entries.items():
            if key not in known:
                entry.fail(f"不认识的字段“{key}”", suggest(key, known))
        for key in required:
            if key not in entries:
                self.fail(f"缺少字段“{key}”", f"请补上“{key}:”")
        return {key: entry for key, entry in entries.items() if key in required or not entry.is_null}

    def one_of(self, choices: Collection[str]) -> str:
        """The text of a scalar that must be one of ``choices``."""
        text = self.text()
        if text not in choices:
            self.fail(f"不认识的取值“{text}”", suggest(text, choices))
        return text

    def number(self, least: int = 1, most: int | None = None) -> int:
        """The whole number of a scalar, within bounds."""
        text = self.text()
        number = int(text) if _WHOLE.fullmatch(text) else -1
        if number < least or (most is not None and number > most):
            wanted = f"不小于 {least} 的整数" if most is None else f" {least} 到 {most} 之间的整数"
            self.fail(f"“{text}”不是整数，或超出范围", f"请写{wanted}，只用数字")
        return number

    def read(self, parse: Callable[[str], T]) -> T:
        """What ``parse`` makes of the text of a scalar; its ``BadText`` becomes a ``Problem`` of this place."""
        try:
            return parse(self.text())
        except BadText as error:
            self.fail(error.message, error.remedy)

    def _shape(self) -> str:
        if isinstance(self.value, dict):
            return "映射"
        return "列表" if isinstance(self.value, list) else "一个值" if self.value else "空值"


_FLAGS = {"是": True, "true": True, "有": True, "否": False, "false": False, "无": False, "没有": False}


def parse_flag(text: str) -> bool:
    """The yes or no in ``text``: 是 or 否, and what JSON and people write for them. Raises ``BadText``."""
    if text.strip() not in _FLAGS:
        raise BadText(f"“{text}”不是“是”或“否”", "请写 是 或 否")
    return _FLAGS[text.strip()]


def suggest(word: str, known: Collection[str], all_of_them: str = "") -> str:
    """What to write instead of ``word``: the nearest known word, else the first of them.

    Where ``all_of_them`` says in Chinese where all are listed, it is said after those that are alike at all.
    """
    near = difflib.get_close_matches(word, known, n=1)
    if near:
        return f"是否想写“{near[0]}”？"
    if all_of_them:
        alike = difflib.get_close_matches(word, known, n=_NEAREST, cutoff=_ALIKE)
        return "；".join([*([f"相近的有：{'、'.join(alike)}"] if alike else []), all_of_them])
    shown = "、".join(list(known)[:_MOST_SUGGESTIONS])
    return f"可以写：{shown}" + (f" 等 {len(known)} 种" if len(known) > _MOST_SUGGESTIONS else "")


def read_file(path: Path, shown_as: str | None = None) -> Entry:
    """The content of a YAML or JSON file. Raises ``Problem``, also where the file cannot be read or is not UTF-8."""
    name = shown_as or str(path)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise Problem(name, None, "", "文件过大", f"请拆成不超过 {_MAX_BYTES // 1000} KB 的文件")
        content = path.read_bytes()
    except OSError as error:
        raise Problem(name, None, "", f"文件读不出来（{error.strerror}）", "请核对文件名与读取权限") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Problem(name, line, "", "文件不是 UTF-8 编码", "请把文件另存为 UTF-8 编码") from None
    return read_json(text, name) if path.suffix == ".json" else read_yaml(text, name)


def read_json(text: str, file: str) -> Entry:
    """The content of a JSON text. Raises ``Problem``; values have no lines."""
    _check_characters(text, file)
    try:
        plain = json.loads(text, parse_float=str, parse_int=str, object_pairs_hook=_unique_pairs)
    except json.JSONDecodeError as error:
        raise Problem(
            file, error.lineno, "", f"第 {error.colno} 列处不合 JSON 的写法", "请检查括号、逗号与引号，标点要用半角"
        ) from None
    except _DuplicateKey as error:
        raise Problem(file, None, error.key, f"字段“{error.key}”写了两次", "请删去其中一个") from None
    except RecursionError:
        raise Problem(file, None, "", "层次过深", f"请减少到 {_MAX_DEPTH} 层以内") from None
    return from_plain(plain, file)


def from_plain(plain: object, file: str, path: str = "", depth: int = 0) -> Entry:
    """An entry of plain Python data (``dict``, ``list``, ``str``, ``int``, ``bool``, ``None``), as JSON gives it."""
    if depth > _MAX_DEPTH:
        raise Problem(file, None, path, "层次过深", f"请减少到 {_MAX_DEPTH} 层以内")
    value: str | dict[str, Entry] | list[Entry] | None
    if isinstance(plain, dict):
        named = [(_usable(str(key), file, None, path), item) for key, item in plain.items()]
        value = {key: from_plain(item, file, _join(path, key), depth + 1) for key, item in named}
    elif isinstance(plain, (list, tuple)):
        value = [from_plain(item, file, f"{path}[{number}]", depth + 1) for number, item in enumerate(plain)]
    elif isinstance(plain, bool):
        value = "true" if plain else "false"
    else:
        value = None if plain is None else _usable(str(plain), file, None, path)
    return Entry(value, file, None, path)


def read_yaml(text: str, file: str) -> Entry:
    """The content of a YAML text of one document. Anchors, aliases, tags and duplicate keys are refused."""
    _check_characters(text, file)
    events = _events(text, file)
    next(events)  # stream start
    if isinstance(next(events), yaml.StreamEndEvent):
        raise Problem(file, None, "", "文件是空的", "请写入内容")
    entry = _Tree(events, file).entry(next(events), "", 0)
    next(events)  # document end
    after = next(events)
    if not isinstance(after, yaml.StreamEndEvent):
        line = after.start_mark.line + 1 if after.start_mark else None
        raise Problem(file, line, "", "一个文件里有多份 YAML", "请删去“---”，一份一个文件")
    return entry


def _events(text: str, file: str) -> Iterator[Any]:
    """One by one, so that what is nested too deeply is refused before all of it has been parsed."""
    try:
        yield from yaml.parse(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise _not_yaml(text, file, getattr(error, "problem_mark", None)) from None


def _not_yaml(text: str, file: str, mark: Any) -> Problem:
    """The problem of a text that is no YAML from ``mark`` (where the parser stopped) on."""
    if mark is None:
        return Problem(file, None, "", "不合 YAML 的写法", _YAML_REMEDY)
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Problem(file, mark.line + 1, "", "行首用了制表符", "请改用空格缩进")
    return Problem(file, mark.line + 1, "", f"第 {mark.column + 1} 列处不合 YAML 的写法", _YAML_REMEDY)


_YAML_REMEDY = (
    "请检查这一行和上一行：缩进要对齐，冒号用半角、后面空一格，括号与引号要成对；文字里有冒号、井号时整句加引号"
)


class _Tree:
    """Builds entries from YAML events: the events know their lines and show anchors, which composed nodes hide."""

    def __init__(self, events: Iterator[Any], file: str) -> None:
        self.events, self.file = events, file

    def entry(self, event: Any, path: str, depth: int, key_line: int | None = None) -> Entry:
        line = key_line or event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise Problem(
                self.file, line, path, "不能使用锚点（&）或别名（*）", "请把内容写全；文字以 & 或 * 开头时加引号"
            )
        if event.tag is not None and event.tag != "!":
            raise Problem(self.file, line, path, f"不能使用类型标记“{event.tag}”", "请删去以“!”开头的标记")
        if depth > _MAX_DEPTH:
            raise Problem(self.file, line, path, "层次过深", f"请减少到 {_MAX_DEPTH} 层以内")
        if isinstance(event, yaml.MappingStartEvent):
            return Entry(dict(self._pairs(path, depth)), self.file, line, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return Entry(list(self._elements(path, depth)), self.file, line, path)
        plain_null = event.style in (None, "") and event.value in _NULLS
        return Entry(None if plain_null else _usable(event.value, self.file, line, path), self.file, line, path)

    def _pairs(self, path: str, depth: int) -> Iterator[tuple[str, Entry]]:
        seen: set[str] = set()
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent):
                raise Problem(self.file, line, path, "映射的名称必须是文字", "请检查冒号前的内容")
            key = _usable(event.value, self.file, line, path)
            if event.anchor is not None or event.tag not in (None, "!"):
                raise Problem(self.file, line, _join(path, key), "名称上不能有锚点（&）或类型标记（!）", "请删去")
            if key in seen:
                raise Problem(self.file, line, _join(path, key), f"字段“{key}”写了两次", "请删去其中一个")
            seen.add(key)
            yield key, self.entry(next(self.events), _join(path, key), depth + 1, line)

    def _elements(self, path: str, depth: int) -> Iterator[Entry]:
        number = 0
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            yield self.entry(event, f"{path}[{number}]", depth + 1)
            number += 1


def _check_characters(text: str, file: str) -> None:
    unusable = _UNUSABLE.search(text)
    if unusable:
        line = text.count("\n", 0, unusable.start()) + 1
        raise Problem(file, line, "", "这一行里有看不见的控制字符", "请删去，必要时把这一行重新输入")


def is_usable(text: str) -> bool:
    """Whether a text holds no control characters and no halves of surrogate pairs."""
    return _UNUSABLE.search(text) is None


def is_one_line(text: str) -> bool:
    """Whether a text is one line that is all seen: no breaks, no controls, nothing that turns its direction round."""
    return not any(unicodedata.category(character) in _UNSEEN for character in text)


_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories: controls, formats, halves of surrogate pairs, line and paragraph ends."""


def _usable(text: str, file: str, line: int | None, path: str) -> str:
    """``text`` of a value or a name, which escapes (``\\u0000``) may have filled with what no text may hold."""
    if not is_usable(text):
        raise Problem(file, line, path, "文字里有看不见的控制字符", "请删去，必要时重新输入")
    return text


class _DuplicateKey(ValueError):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _unique_pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise _DuplicateKey(key)
        result[key] = value
    return result


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
