"""What an imported file says: items with their documents, as plain data that has been read without a mistake."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enterprises.source_text import Problem, Problems

MOST_BYTES = 8 * 1024 * 1024
"""Of a file that is imported."""

MOST_UNPACKED = 64 * 1024 * 1024
"""Of everything in it, once unpacked."""

MOST_YAML = 512 * 1024
"""Of one YAML file: many times the longest item. Reading YAML is slow, two seconds a megabyte."""

MOST_PARTS = 4000
"""Files in an archive."""


@dataclass(frozen=True, slots=True)
class Written:
    """An item and its document as a file has them. ``place``: where in the file, for what is wrong with it later."""

    item: Mapping[str, Any]
    document: Mapping[str, Any]
    place: str

    @property
    def id(self) -> str:
        """The item's."""
        return str(self.item["id"])


def unpacked(data: bytes, name: str) -> zipfile.ZipFile:
    """An archive, once it is sure that it will not unpack to more than is sensible. Raises ``Problems``."""
    if len(data) > MOST_BYTES:
        raise too_large(name)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Problems(
            [Problem(name, None, "", "文件不完整，打不开", "文件可能没有传完；请重新取得文件再传")]
        ) from None
    # A part never gives more than it claims: zipfile stops there.
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        remedy = f"最多 {MOST_PARTS} 个文件，解开后不超过 {MOST_UNPACKED // 2**20} MB；请分几次导入"
        raise Problems([Problem(name, None, "", "压缩包解开后太大", remedy)])
    if any(part.flag_bits & 1 for part in parts):
        raise Problems([Problem(name, None, "", "加了密码", "请先去掉密码")])
    return archive


def part_of(archive: zipfile.ZipFile, part: str, name: str) -> bytes:
    """The bytes of a part. Raises ``Problem``."""
    try:
        return archive.read(part)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, NotImplementedError, RuntimeError):
        raise Problem(f"{name}/{part}", None, "", "文件损坏，读不出来", "请重新取得文件再传") from None


def too_large(name: str) -> Problems:
    """That a file has more bytes than are taken."""
    return Problems([Problem(name, None, "", "文件太大", f"最多 {MOST_BYTES // 2**20} MB；请分几次导入")])
