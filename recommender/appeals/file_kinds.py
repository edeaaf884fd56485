"""The kinds of files that may be attached, and how one that may not is refused."""

from __future__ import annotations

from enum import Enum


class BadFile(ValueError):
    """A file that is not taken; the message says why and what to do, in Chinese, without naming the file."""


class FileKind(Enum):
    """A kind of file: what people call it, its media type, and the extensions it may bear."""

    PDF = ("PDF", "application/pdf", ("pdf",))
    JPEG = ("JPG 图片", "image/jpeg", ("jpg", "jpeg"))
    PNG = ("PNG 图片", "image/png", ("png",))
    WEBP = ("WEBP 图片", "image/webp", ("webp",))
    DOCX = ("Word 文档", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",))
    XLSX = ("Excel 表格", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",))

    def __init__(self, label: str, media_type: str, extensions: tuple[str, ...]) -> None:
        self.label, self.media_type, self.extensions = label, media_type, extensions


DAMAGED = "文件不完整或已损坏。请重新保存后再选"
