"""Files as people attach them, the smallest that are whole."""

import struct
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO

import xlsxwriter


def pdf(extra: bytes = b"", tail: bytes = b"") -> bytes:
    """One empty page; ``extra``: in an object of its own, ``tail``: behind the end."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        *([extra] if extra else []),
    ]
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out) + tail


def packed(objects: bytes) -> bytes:
    """An object stream, as a body of an object."""
    content = zlib.compress(objects)
    return b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (
        len(content),
        content,
    )


def png(width: int = 3, height: int = 2, chunks: bytes = b"") -> bytes:
    rows = zlib.compress(b"".join(b"\0" + b"\x7f" * 3 * min(width, 50) for _ in range(min(height, 50))))
    header = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = png_chunk(b"IHDR", header) + chunks + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))


def jpeg(width: int = 3, height: int = 2, comment: bytes = b"") -> bytes:
    """The segments of a progressive picture; what its scans say is made up, no decoder looks at it here."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    scan = b"\x01\x01\x00\x00\x3f\x00"
    return b"".join(
        [
            b"\xff\xd8",
            jpeg_segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            jpeg_segment(0xFE, comment) if comment else b"",
            jpeg_segment(0xDB, bytes(65)),
            b"\xff",  # a fill byte
            jpeg_segment(0xC2, frame),
            jpeg_segment(0xC4, bytes(28)),
            jpeg_segment(0xDA, scan),
            b"\x12\xff\x00\x34\xff\xd0\x56",
            jpeg_segment(0xDA, scan),
            b"\x78\xff\x00\x9a",
            b"\xff\xd9",
        ]
    )


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def webp(width: int = 3, height: int = 2) -> bytes:
    picture = b"\x2f" + struct.pack("<L", (width - 1) | (height - 1) << 14) + b"\0" * 6
    body = b"WEBP" + b"VP8L" + struct.pack("<L", len(picture)) + picture + b"\0" * (len(picture) % 2)
    return b"RIFF" + struct.pack("<L", len(body)) + body


def xlsx(cell: str = "营业收入") -> bytes:
    """As a library writes it that offices use."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet().write(0, 0, cell)
    return out.getvalue()


TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
DOCUMENT: Mapping[str, bytes] = {
    "[Content_Types].xml": TYPES.encode(),
    "_rels/.rels": b"<Relationships/>",
    "word/document.xml": b"<w:document/>" * 50,
}


def docx(parts: Mapping[str, bytes] = DOCUMENT, comment: bytes = b"") -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.comment = comment
    return out.getvalue()


WHOLE: Mapping[str, bytes] = {
    "a.pdf": pdf(),
    "a.png": png(),
    "a.jpg": jpeg(),
    "a.jpeg": jpeg(),
    "a.webp": webp(),
    "a.docx": docx(),
    "a.xlsx": xlsx(),
}
"""One file of each kind, by its name."""
