"""Documents: PDF, Word and Excel, without anything in them that runs or hides another file, as far as can be seen.

They are looked at, not interpreted: this is no virus scanner.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from xml.parsers import expat

from recommender.appeals.file_kinds import DAMAGED, BadFile, FileKind

MOST_ENTRIES = 2_000
"""Parts of a Word or Excel file."""

MOST_UNPACKED = 50 * 1024 * 1024
"""Bytes of all parts together, unpacked; of the packed objects of a PDF as well."""

_CHUNK = 64 * 1024

# ------------------------------------------------------------------------ PDF (ISO 32000)

_PDF_START = re.compile(rb"%PDF-[12]\.\d[\r\n \t]")
_PDF_END = re.compile(rb"startxref\s+\d+\s+%%EOF[\s\0]*\Z")
_TAIL = 2048
_NAME_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_RUNS = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia)(?![A-Za-z])")
_ENCRYPTED = re.compile(rb"/Encrypt\s*(?:\d|<<)")
_OBJECT_STREAM = b"/ObjStm"
_STREAM, _STREAM_END = re.compile(rb"stream\r?\n"), b"endstream"


def check_pdf(content: bytes) -> None:
    """Raises ``BadFile`` unless this is a whole PDF that nobody has to unlock and in which nothing is seen to run."""
    if _PDF_START.match(content) is None or _PDF_END.search(content[-_TAIL:]) is None:
        raise BadFile(DAMAGED)
    if _ENCRYPTED.search(content):
        raise BadFile("这份 PDF 加了密码或使用限制，无法检查。请另存为不加密的 PDF 再选")
    for seen in (content, *_packed_objects(content)):
        if _RUNS.search(_NAME_ESCAPE.sub(_unescape, seen)):
            raise BadFile("这份 PDF 里带有脚本、启动命令或嵌入的文件。请用“打印为 PDF”另存一份再选")


def _unescape(escaped: re.Match[bytes]) -> bytes:
    return bytes((int(escaped[1], 16),))


def _packed_objects(content: bytes) -> Iterator[bytes]:
    """The objects that are packed into streams, unpacked as far as they can be, within bounds."""
    left, after = MOST_UNPACKED, 0
    while (start := _STREAM.search(content, after)) is not None:
        declared = _NAME_ESCAPE.sub(_unescape, content[after : start.start()])
        end = content.find(_STREAM_END, start.end())
        packed, after = content[start.end() : end], (len(content) if end < 0 else end + len(_STREAM_END))
        if _OBJECT_STREAM not in declared:
            continue
        try:
            objects = zlib.decompressobj().decompress(packed, left)
        except zlib.error:
            continue  # packed in another way: not visible
        left -= len(objects)
        if left <= 0:
            raise BadFile("这份 PDF 展开后太大，无法检查。请另存为普通的 PDF 再选")
        yield objects


# ------------------------------------------------------------------------ Office Open XML (ISO/IEC 29500) in ZIP

_TYPES = "[Content_Types].xml"
_MAIN = {
    FileKind.DOCX: ("word/document.xml", b"wordprocessingml.document.main+xml"),
    FileKind.XLSX: ("xl/workbook.xml", b"spreadsheetml.sheet.main+xml"),
}
"""The part that makes a file what it is, and how the list of types calls it."""

_MOST_OF_TYPES = 1024 * 1024
_HEADER, _DIRECTORY_END = 30, 22
_LONGEST_DESCRIPTOR = 24
_FORBIDDEN = re.compile(
    r"vba(project|data)|(^|/)(activex|embeddings|macrosheets|ctrlprops)/"
    r"|\.(exe|dll|com|scr|bat|cmd|ps1|js|jse|vbs|vbe|wsf|hta|jar|lnk|msi|html?|svg|swf|zip|rar|7z)$",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"\s*(?!file:/{0,3}[a-z]:)(?:[a-z][a-z0-9+.-]+:|//|\\\\)", re.IGNORECASE)
"""An address on another machine: with a scheme, but for a file on a disk, or one of a share."""

_UNREADABLE = (
    expat.ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What the library raises over archives that are damaged, encrypted or packed in a rare way."""


def check_office(content: bytes) -> FileKind:
    """Which of the two it is. Raises ``BadFile`` for any other archive, and for macros, embedded files and bombs."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return _check_archive(archive, content)
    except BadFile:
        raise
    except _UNREADABLE:
        raise BadFile(DAMAGED) from None


def _check_archive(archive: zipfile.ZipFile, content: bytes) -> FileKind:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise BadFile("文件展开后太大。请删去不需要的图片或工作表，或另存为 PDF 再选")
    if archive.comment or len({name.casefold() for name in names}) != len(names) or not _tiled(entries, content):
        raise BadFile(DAMAGED)
    if any(name.startswith("/") or "\\" in name or ".." in name.split("/") for name in names):
        raise BadFile(DAMAGED)
    if any(_FORBIDDEN.search(name) for name in names):
        raise BadFile("文件里带有宏、控件或嵌入的其他文件。请删去后另存，或另存为 PDF 再选")
    kinds = [kind for kind, (part, _) in _MAIN.items() if part in names]
    if _TYPES not in names or len(kinds) != 1:
        raise BadFile("这不是 Word 文档（.docx）或 Excel 表格（.xlsx）。压缩包请先解开，再选里面的文件")
    _unpack(archive, entries)
    if any(_loads(archive, entry) for entry in entries if entry.filename.lower().endswith(".rels")):
        raise BadFile("文件打开时会从别处读取内容，例如网上的模板或图片。请断开这些链接，或另存为 PDF 再选")
    types = archive.read(_TYPES)
    if len(types) > _MOST_OF_TYPES or _MAIN[kinds[0]][1] not in types or b"macroEnabled" in types:
        raise BadFile("文件里带有宏，或不是普通的文档。请另存为 .docx 或 .xlsx，或另存为 PDF 再选")
    return kinds[0]


def _tiled(entries: list[zipfile.ZipInfo], content: bytes) -> bool:
    """Whether the parts follow each other from the first byte to the directory, with nothing hidden before, between or
    behind them."""
    if not content[-_DIRECTORY_END:].startswith(b"PK\x05\x06") or not entries:
        return False
    at, slack = 0, 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        start = entry.header_offset
        if not at <= start <= at + slack:
            return False
        name, extra = struct.unpack("<HH", content[start + 26 : start + _HEADER])
        at, slack = start + _HEADER + name + extra + entry.compress_size, _LONGEST_DESCRIPTOR
    (directory,) = struct.unpack("<L", content[-_DIRECTORY_END + 16 : -_DIRECTORY_END + 20])
    return bool(at <= directory <= at + slack)


def _loads(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Whether a list of relationships names something elsewhere that is fetched by opening the file: links that one has
    to follow oneself are fine, and so are the templates on the disk of who wrote it."""
    if entry.file_size > _MOST_OF_TYPES:
        raise BadFile(DAMAGED)
    found = False

    def look(_name: str, said: dict[str, str]) -> None:
        nonlocal found
        fetched = said.get("TargetMode") == "External" and not said.get("Type", "").endswith("/hyperlink")
        found = found or (fetched and _ELSEWHERE.match(said.get("Target", "")) is not None)

    def refuse(*_details: object) -> None:
        raise BadFile(DAMAGED)

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = look, refuse
    parser.Parse(archive.read(entry), True)
    return found


def _unpack(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """Read every part once: each must be as long as it says, and whole."""
    for entry in entries:
        with archive.open(entry) as part:
            while part.read(_CHUNK):
                pass
