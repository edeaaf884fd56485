"""The library: all documents and their items, read from a folder of YAML files.

A folder holds one folder a document, with ``document.yaml`` and a YAML file an item. Loading is all or nothing: every
mistake is collected and nothing is loaded while there is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from enterprises.dictionary import Dictionary, bundled
from enterprises.source_text import Entry, Problem, Problems, read_file, suggest
from policies.items import Document, Item, Status, read_document, read_item

T = TypeVar("T")

FOLDER = Path(str(files("policies") / "library"))
"""The library that ships with the package."""


@dataclass(frozen=True, eq=False)
class Library:
    """Documents and items by id, in the order of their clauses. A library is itself and equals no other."""

    documents: Mapping[str, Document]
    items: Mapping[str, Item]
    dictionary: Dictionary

    @property
    def published(self) -> tuple[Item, ...]:
        """The items that may be offered."""
        return tuple(item for item in self.items.values() if item.status is Status.PUBLISHED)


@cache
def bundled_library() -> Library:
    """The library that ships with the package. Raises ``Problems``."""
    return load_library(FOLDER, bundled())


def load_library(folder: Path, dictionary: Dictionary) -> Library:
    """The library in a folder. Raises ``Problems`` with every mistake found, a file's first one each."""
    found: list[Problem] = []
    documents: dict[str, Document] = {}
    items: dict[str, Item] = {}
    sources: dict[str, Entry] = {}
    named: list[str] = []
    for home in _homes(folder):
        found += _strays(home, folder)
        paths = sorted((path for path in home.glob("*.yaml") if path.name != "document.yaml"), key=_in_clause_order)
        named += [_item_id(path) for path in paths]
        document = _attempt(found, partial(_load_document, home, folder))
        if document is None:
            continue
        documents[document.id] = document
        for path in paths:
            loaded = _attempt(found, partial(_load_item, path, folder, document, dictionary))
            if loaded is not None:
                source, item = loaded
                items[item.id], sources[item.id] = item, source
    for item_id, item in items.items():
        _attempt(found, partial(_check_stacking, item, sources[item_id], named))
    if found:
        raise Problems(found)
    return Library(documents, items, dictionary)


def _homes(folder: Path) -> list[Path]:
    """The documents' folders. Raises ``Problems`` where there are none: an empty library is always a slip."""
    if not folder.is_dir():
        raise Problems([Problem(str(folder), None, "", "没有这个文件夹", "请给出政策库所在的文件夹")])
    if (folder / "document.yaml").is_file():
        above = folder.resolve().parent
        raise Problems(
            [Problem(str(folder), None, "", "这是一份文件的文件夹，不是政策库", f"请给出它的上级文件夹 {above}")]
        )
    homes = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not homes:
        remedy = "政策库里每份文件一个文件夹，里面有 document.yaml；请给出政策库所在的文件夹"
        raise Problems([Problem(str(folder), None, "", "这个文件夹里没有政策文件", remedy)])
    return homes


def _item_id(path: Path) -> str:
    return f"{path.parent.name}.{path.stem}"


def _attempt(found: list[Problem], step: Callable[[], T]) -> T | None:
    """What ``step`` gives; its problem, if it has one, goes to ``found``."""
    try:
        return step()
    except Problem as problem:
        found.append(problem)
        return None


def _strays(home: Path, folder: Path) -> list[Problem]:
    """What lies in a document's folder and would be overlooked without a word, such as ``15.yml``."""
    paths = sorted(path for path in home.iterdir() if path.suffix != ".yaml" and not path.name.startswith("."))
    remedy = "政策库只读后缀为 .yaml 的文件，请改名或移走"
    return [Problem(str(path.relative_to(folder)), None, "", "不是政策库的文件", remedy) for path in paths]


def _load_document(home: Path, folder: Path) -> Document:
    path = home / "document.yaml"
    name = str(path.relative_to(folder))
    if not path.is_file():
        raise Problem(name, None, "", "缺少这个文件", "每份政策文件的文件夹里要有 document.yaml")
    entry = read_file(path, shown_as=name)
    document = read_document(entry)
    if document.id != home.name:
        entry.mapping()["id"].fail(f"编号“{document.id}”与文件夹“{home.name}”不一致", "请改成一致")
    return document


def _load_item(path: Path, folder: Path, document: Document, dictionary: Dictionary) -> tuple[Entry, Item]:
    entry = read_file(path, shown_as=str(path.relative_to(folder)))
    item = read_item(entry, document, dictionary)
    if item.id != _item_id(path):
        entry.mapping()["id"].fail(f"编号“{item.id}”与文件名“{path.stem}”不一致", f"请改成“{_item_id(path)}”")
    return entry, item


def _in_clause_order(path: Path) -> tuple[int, str]:
    """``9.yaml`` before ``14a.yaml`` before ``14b.yaml``."""
    digits = re.match(r"\d+", path.stem, re.ASCII)
    return (int(digits[0]) if digits else 0, path.stem)


def _check_stacking(item: Item, source: Entry, named: Collection[str]) -> None:
    """Every item that the statements name must have a file; what is wrong with that file is said there."""
    for number, statement in enumerate(item.stacking):
        for position, other in enumerate(statement.items):
            if other not in named:
                written = source.mapping()["stacking"].items()[number].mapping()["items"].items()[position]
                others = [name for name in named if name != item.id]
                written.fail(f"没有事项“{other}”", suggest(other, others, "全部事项可用 huiqi library list 查看"))
