"""Attachments: what they are called, and whether they are what they say they are.

A file is taken by what is in it, and only where its extension agrees. There is no virus scanner here: what is taken is
of a kind and a shape that offices can open, shows nothing that runs, and is only ever handed out as a download.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from io import BytesIO

from recommender.appeals.documents import check_office, check_pdf
from recommender.appeals.file_kinds import BadFile, FileKind
from recommender.appeals.images import picture

MOST_FILES = 3

MOST_BYTES = 5 * 1024 * 1024
"""Of one attachment."""

LONGEST_NAME = 80
"""Characters, with the extension."""

ACCEPTED = "PDF、JPG、PNG、WEBP 图片、Word（.docx）、Excel（.xlsx）"
"""What may be attached, for people."""

EXTENSIONS = tuple(f".{extension}" for kind in FileKind for extension in kind.extensions)

_KINDS = {extension: kind for kind in FileKind for extension in kind.extensions}
_BY_MEDIA_TYPE = {kind.media_type: kind for kind in FileKind}
_ZIP = "application/zip"
_PDF_MARK, _PDF_WITHIN = b"%PDF-", 1024
"""Readers of PDF take what begins so anywhere in the first bytes."""

_TWO_KINDS = "文件里还藏着另一种文件。请重新截图或另存后再选"
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RESERVED = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be attached: its cleaned name, its media type, and what is kept of it."""

    name: str
    media_type: str
    content: bytes


def check_file(name: str, content: bytes) -> CheckedFile:
    """The file as it may be kept. Raises ``BadFile``."""
    cleaned = clean_name(name)
    wanted = _KINDS.get(cleaned.rpartition(".")[2].lower()) if "." in cleaned else None
    if wanted is None:
        raise BadFile(f"不收这种文件。可以选 {ACCEPTED}")
    if not content:
        raise BadFile("文件是空的。请重新保存后再选")
    if len(content) > MOST_BYTES:
        size = len(content) / 1024 / 1024
        raise BadFile(f"文件有 {size:.1f} MB，最大 {MOST_BYTES // 1024 // 1024} MB。请压缩或拆开后再选")
    found, kept = _look_at(content)
    if found is not wanted:
        raise BadFile(f"文件的扩展名与内容不符：内容是{found.label}。请用正确的扩展名另存后再选")
    return CheckedFile(cleaned, found.media_type, kept)


def _look_at(content: bytes) -> tuple[FileKind, bytes]:
    """What a file is, and what of it is kept. Raises ``BadFile``."""
    import filetype  # type: ignore[import-untyped]

    guessed = filetype.guess(content)
    media_type = guessed.mime if guessed is not None else ""
    kind = _BY_MEDIA_TYPE.get(media_type)
    if media_type == _ZIP or kind in (FileKind.DOCX, FileKind.XLSX):
        return check_office(content), content
    if kind is None:
        raise BadFile(f"文件的内容不是可以接收的类型。可以选 {ACCEPTED}")
    kept = content
    if kind is FileKind.PDF:
        check_pdf(content)
    else:
        kept = picture(kind, content)
        if _PDF_MARK in kept[:_PDF_WITHIN]:
            raise BadFile(_TWO_KINDS)
    if zipfile.is_zipfile(BytesIO(kept)):
        raise BadFile(_TWO_KINDS)
    return kind, kept


def clean_name(name: str) -> str:
    """A file's name as it is shown and handed out: without folders, unseen characters or what systems reserve."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(each for each in last if unicodedata.category(each) not in _UNSEEN)
    stem, dot, extension = " ".join(_RESERVED.sub("_", seen).split()).rstrip(". ").rpartition(".")
    if not dot or len(extension) >= LONGEST_NAME // 2:
        stem, extension = stem + dot + extension, ""
    ending = f".{extension.strip()}" if extension.strip() else ""
    stem = (stem.strip(". ") or "附件")[: LONGEST_NAME - len(ending)].rstrip(". ")
    return ("_" if _DEVICES.fullmatch(stem) else "") + stem + ending
