"""The library, or some of it, as a zip of the YAML files that people write, and back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

from enterprises.dictionary import Dictionary
from enterprises.source_text import Entry, Problem, Problems, read_yaml
from policies.exchange.written import MOST_YAML, Written, part_of, unpacked
from policies.exchange.yaml_text import to_yaml
from policies.items import Document, Item, read_document, read_item

_WHEN = (1980, 1, 1, 0, 0, 0)
"""The same library gives the same bytes."""


def write_archive(items: Iterable[Item], documents: Mapping[str, Document]) -> bytes:
    """A zip with a folder a document: ``document.yaml`` and a file an item, as ``policies.library`` reads them.

    ``documents``: as they are now; an item's own counts where its document is not among them.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        written = set[str]()
        for item in items:
            document = documents.get(item.document.id, item.document)
            if document.id not in written:
                _add(archive, f"{document.id}/document.yaml", document.source)
                written.add(document.id)
            _add(archive, f"{document.id}/{item.id.removeprefix(document.id + '.')}.yaml", item.source)
    return packed.getvalue()


def _add(archive: zipfile.ZipFile, name: str, plain: Mapping[str, Any]) -> None:
    info = zipfile.ZipInfo(name, _WHEN)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, to_yaml(dict(plain)))


def read_archive(data: bytes, name: str, dictionary: Dictionary) -> tuple[Written, ...]:
    """Every item in a zip. Raises ``Problems`` with the first mistake of each file."""
    archive = unpacked(data, name)
    folders, found = _folders(archive, name)
    written: list[Written] = []
    for folder, parts in folders.items():
        if "document.yaml" not in parts:
            remedy = "每份政策文件的文件夹里要有 document.yaml"
            found.append(Problem(f"{name}/{folder}", None, "", "缺少 document.yaml", remedy))
            continue
        try:
            document = read_document(_entry(archive, f"{folder}/document.yaml", name))
        except Problem as problem:
            found.append(problem)
            continue
        if document.id != folder:
            place, message = f"{name}/{folder}/document.yaml", f"编号“{document.id}”与文件夹“{folder}”不一致"
            found.append(Problem(place, None, "id", message, "请改成一致"))
            continue
        for part in sorted(parts - {"document.yaml"}):
            try:
                entry = _entry(archive, f"{folder}/{part}", name)
                written.append(_written(entry, document, f"{folder}.{part.removesuffix('.yaml')}", dictionary))
            except Problem as problem:
                found.append(problem)
    if found:
        raise Problems(found)
    if not written:
        raise Problems([Problem(name, None, "", "里面没有政策事项", "请用“导出”得到的压缩包，改好后再导入")])
    return tuple(written)


def read_one(data: bytes, name: str, documents: Mapping[str, Document], dictionary: Dictionary) -> tuple[Written, ...]:
    """The item in a single YAML file, under a document that there is already. Raises ``Problems``."""
    try:
        entry = _decoded(data, name)
        item_id = entry.fields(("id",), tuple(entry.mapping()))["id"]
        document = documents.get(item_id.text().rpartition(".")[0])
        if document is None:
            item_id.fail(f"政策库里没有“{item_id.text()}”所属的文件", "请把文件和事项一起放在压缩包里导入")
        return (_written(entry, document, item_id.text(), dictionary),)
    except Problem as problem:
        raise Problems([problem]) from None


def _folders(archive: zipfile.ZipFile, name: str) -> tuple[dict[str, set[str]], list[Problem]]:
    """The files of each folder; what is no file of a library is a mistake, but for what systems leave behind."""
    folders: dict[str, set[str]] = {}
    strays: list[Problem] = []
    for part in archive.namelist():
        folder, _, file = part.partition("/")
        if part.endswith("/") or folder == "__MACOSX" or file.startswith("."):
            continue
        if "/" in file or not file.endswith(".yaml") or folder in ("", ".", ".."):
            remedy = "压缩包里每份政策文件一个文件夹，里面是 document.yaml 和各事项的 .yaml"
            strays.append(Problem(f"{name}/{part}", None, "", "不是政策库的文件", remedy))
        else:
            folders.setdefault(folder, set()).add(file)
    return folders, strays


def _entry(archive: zipfile.ZipFile, part: str, name: str) -> Entry:
    return _decoded(part_of(archive, part, name), f"{name}/{part}")


def _decoded(data: bytes, place: str) -> Entry:
    if len(data) > MOST_YAML:
        raise Problem(place, None, "", "文件太大", f"一个 YAML 文件最多 {MOST_YAML // 1024} KB；请删去用不着的部分")
    try:
        return read_yaml(data.decode("utf-8-sig"), place)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Problem(place, line, "", "文件不是 UTF-8 编码", "请把文件另存为 UTF-8 编码") from None


def _written(entry: Entry, document: Document, item_id: str, dictionary: Dictionary) -> Written:
    item = read_item(entry, document, dictionary)
    if item.id != item_id:
        entry.mapping()["id"].fail(f"编号“{item.id}”与文件名不一致", f"请改成“{item_id}”")
    return Written(item.source, document.source, entry.file)
