"""Pictures: only what their formats say they are, from the first byte to the last one that belongs to the picture.

Phones append videos and notes of their own to pictures, and so does who wants to hide something: what follows the end
of a picture is cut off. Only headers are read; no picture is decoded here.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping

from recommender.appeals.file_kinds import DAMAGED, BadFile, FileKind

LONGEST_SIDE = 20_000
"""Pixels."""

MOST_PIXELS = 120_000_000
"""More than a phone takes, and what a reader can still open in half a gigabyte of memory."""


def picture(kind: FileKind, content: bytes) -> bytes:
    """The picture alone. Raises ``BadFile``."""
    end, width, height = _READERS[kind](content)
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE and width * height <= MOST_PIXELS):
        raise BadFile(f"图片的尺寸是 {width:,} × {height:,}，打不开这么大的图片。请缩小后再选")
    return content[:end]


# ------------------------------------------------------------------------ JPEG (ISO/IEC 10918-1, annex B)

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers that no length follows."""

_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""What ends the coded data of a scan: no stuffed byte, no restart, no fill."""


def _jpeg(content: bytes) -> tuple[int, int, int]:
    at, width, height, scanned = 2, 0, 0, False
    if content[:2] != bytes((0xFF, _START)):
        raise BadFile(DAMAGED)
    while True:
        while content[at : at + 2] == b"\xff\xff":
            at += 1
        if len(content) < at + 2 or content[at] != 0xFF:
            raise BadFile(DAMAGED)
        marker, at = content[at + 1], at + 2
        if marker == _END:
            if not scanned:
                raise BadFile(DAMAGED)
            return at, width, height
        if marker in _ALONE:
            continue
        length = int.from_bytes(content[at : at + 2], "big")
        if length < 2 or len(content) < at + length:
            raise BadFile(DAMAGED)
        if marker in _FRAMES and length >= 8:
            height, width = (int.from_bytes(content[at + n : at + n + 2], "big") for n in (3, 5))
        at += length
        if marker == _SCAN:
            found = _NEXT_MARKER.search(content, at)
            if found is None:
                raise BadFile(DAMAGED)
            at, scanned = found.start(), True


# ------------------------------------------------------------------------ PNG (ISO/IEC 15948)

_PNG_START = b"\x89PNG\r\n\x1a\n"


def _png(content: bytes) -> tuple[int, int, int]:
    at, width, height, drawn = len(_PNG_START), 0, 0, False
    if not content.startswith(_PNG_START):
        raise BadFile(DAMAGED)
    while True:
        length, name = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        end = at + 12 + length
        if len(content) < end:
            raise BadFile(DAMAGED)
        if zlib.crc32(content[at + 4 : end - 4]) != int.from_bytes(content[end - 4 : end], "big"):
            raise BadFile(DAMAGED)
        if (name == b"IHDR") is not (at == len(_PNG_START)) or (name == b"IHDR" and length != 13):
            raise BadFile(DAMAGED)
        if name == b"IHDR":
            width, height = (int.from_bytes(content[at + n : at + n + 4], "big") for n in (8, 12))
        drawn = drawn or name == b"IDAT"
        at = end
        if name == b"IEND":
            if not drawn:
                raise BadFile(DAMAGED)
            return at, width, height


# ------------------------------------------------------------------------ WebP (RFC 9649)


def _webp(content: bytes) -> tuple[int, int, int]:
    end = 8 + int.from_bytes(content[4:8], "little")
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or not 20 <= end <= len(content):
        raise BadFile(DAMAGED)
    at, size, drawn = 12, (0, 0), False
    while at < end:
        name, length = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        body, after = at + 8, at + 8 + length + length % 2
        if after > end:
            raise BadFile(DAMAGED)
        if size == (0, 0):  # the first chunk says how large the picture is
            size = _webp_size(name, content[body : body + length])
        drawn = drawn or name in (b"VP8 ", b"VP8L", b"ANMF")
        at = after
    if not drawn:
        raise BadFile(DAMAGED)
    return end, *size


def _webp_size(name: bytes, body: bytes) -> tuple[int, int]:
    if name == b"VP8X" and len(body) >= 10:
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if name == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if name == b"VP8 " and len(body) >= 10 and body[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    raise BadFile(DAMAGED)


_READERS: Mapping[FileKind, Callable[[bytes], tuple[int, int, int]]] = {
    FileKind.JPEG: _jpeg,
    FileKind.PNG: _png,
    FileKind.WEBP: _webp,
}
"""Each gives where the picture ends, its width and its height."""
