"""Attachments: what is taken is what it says it is, whole, and shows nothing that runs."""

import struct
import unicodedata
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.appeals import documents
from recommender.appeals.file_kinds import BadFile, FileKind
from recommender.appeals.files import LONGEST_NAME, MOST_BYTES, check_file, clean_name
from recommender.appeals.images import LONGEST_SIDE
from tests.recommender.appeals.made_up_files import (
    DOCUMENT,
    TYPES,
    WHOLE,
    docx,
    jpeg,
    packed,
    pdf,
    png,
    png_chunk,
    webp,
    xlsx,
)

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
NAMES = sorted(WHOLE)


def refused(name: str, content: bytes) -> str:
    with pytest.raises(BadFile) as caught:
        check_file(name, content)
    return str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_whole_files_of_each_kind_are_taken_as_they_are(name: str) -> None:
    taken = check_file(name.upper(), WHOLE[name])
    assert taken.content == WHOLE[name]
    assert taken.media_type in {kind.media_type for kind in FileKind}
    assert taken.name == name.upper()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("claimed", NAMES)
def test_the_extension_has_to_agree_with_the_content(name: str, claimed: str) -> None:
    if {name, claimed} <= {"a.jpg", "a.jpeg"} or name == claimed:
        check_file(claimed, WHOLE[name])
    else:
        assert "扩展名与内容不符" in refused(claimed, WHOLE[name])


@pytest.mark.parametrize("name", ["a.exe", "a.doc", "a.zip", "a.svg", "a.html", "a.pdf.exe", "a", "pdf", "a."])
def test_other_kinds_are_refused_by_name(name: str) -> None:
    assert "不收这种文件" in refused(name, pdf())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "content", [b"", EICAR, b"%PDF-1.7\n" + EICAR, b"MZ" + bytes(600), b"<html><script>x</script>"]
)
def test_what_is_none_of_them_is_refused_by_content(name: str, content: bytes) -> None:
    refused(name, content)


@given(st.sampled_from(NAMES), st.binary(max_size=300))
def test_random_bytes_are_never_taken(name: str, content: bytes) -> None:
    refused(name, content)


@given(st.sampled_from(NAMES), st.data())
def test_truncated_files_are_never_taken(name: str, data: st.DataObject) -> None:
    whole = WHOLE[name]
    cut = data.draw(st.integers(1, len(whole) - 2))  # one byte may be the line break at the very end
    refused(name, whole[:cut])


@given(st.sampled_from(NAMES), st.data())
def test_a_file_with_some_bytes_altered_is_refused_or_is_still_of_its_kind(name: str, data: st.DataObject) -> None:
    altered = bytearray(WHOLE[name])
    for place in data.draw(st.lists(st.integers(0, len(altered) - 1), max_size=6)):
        altered[place] = data.draw(st.integers(0, 255))
    try:
        taken = check_file(name, bytes(altered))
    except BadFile:
        return
    assert taken.media_type == check_file(name, WHOLE[name]).media_type


@given(st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(0, 400))
def test_a_file_inside_another_is_never_taken_for_both(outer: str, inner: str, at: int) -> None:
    content = WHOLE[outer][:at] + WHOLE[inner] + WHOLE[outer][at:]
    kinds = set()
    for name in NAMES:
        try:
            kinds.add(check_file(name, content).media_type)
        except BadFile:
            continue
    assert len(kinds) <= 1


@pytest.mark.parametrize(("size", "taken"), [(MOST_BYTES - 1, True), (MOST_BYTES, True), (MOST_BYTES + 1, False)])
def test_the_limit_of_size(size: int, taken: bool) -> None:
    filling = png_chunk(b"prVt", bytes(size - len(png()) - 12))
    content = png(chunks=filling)
    assert len(content) == size
    if taken:
        assert len(check_file("a.png", content).content) == size
    else:
        assert "最大 5 MB" in refused("a.png", content)


# --------------------------------------------------------------------- pictures


@pytest.mark.parametrize(("make", "name"), [(png, "a.png"), (jpeg, "a.jpg")], ids=["png", "jpeg"])
@pytest.mark.parametrize(
    ("width", "height", "taken"),
    [
        (1, 1, True),
        (LONGEST_SIDE - 1, 1, True),
        (LONGEST_SIDE, 6000, True),
        (LONGEST_SIDE, 6001, False),
        (LONGEST_SIDE + 1, 1, False),
        (1, LONGEST_SIDE + 1, False),
        (0, 1, False),
    ],
)
def test_the_limits_of_a_picture(make: object, name: str, width: int, height: int, taken: bool) -> None:
    assert callable(make)
    content = make(width, height)
    if taken:
        check_file(name, content)
    else:
        assert "尺寸" in refused(name, content)


def test_a_webp_says_its_size_in_any_of_three_ways() -> None:
    assert check_file("a.webp", webp(16_384, 100)).media_type == "image/webp"
    lossy = b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 640, 480)
    body = b"WEBPVP8 " + struct.pack("<L", len(lossy)) + lossy
    check_file("a.webp", b"RIFF" + struct.pack("<L", len(body)) + body)
    extended = bytes(4) + (30_000).to_bytes(3, "little") + (1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<L", len(extended)) + extended + webp()[12:]
    assert "30,001 × 2" in refused("a.webp", b"RIFF" + struct.pack("<L", len(body)) + body)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_what_follows_a_picture_is_cut_off(name: str) -> None:
    hidden = docx({"evil.js": b"alert(1)"})
    assert check_file(name, WHOLE[name] + hidden).content == WHOLE[name]


def test_a_picture_that_is_an_archive_or_a_pdf_as_well_is_refused() -> None:
    assert "另一种文件" in refused("a.jpg", jpeg(comment=docx({"evil.js": b"alert(1)"})))
    assert "另一种文件" in refused("a.jpg", jpeg(comment=b"\n%PDF-1.4\n"))


# -------------------------------------------------------------------- documents


@pytest.mark.parametrize(
    "extra",
    [
        b"<< /S /JavaScript /JS (app.alert(1)) >>",
        b"<< /S /J#61vaScript /JS (app.alert(1)) >>",
        b"<< /S /Launch /F (cmd.exe) >>",
        b"<< /Names [ (a) << /EF << /F 9 0 R >> >> ] /EmbeddedFiles 8 0 R >>",
        b"<< /Type /EmbeddedFile >>",
        b"<< /Subtype /RichMedia >>",
        packed(b"1 0 << /S /JavaScript >>"),
        packed(b"1 0 << /S /#4aavaScript >>"),
    ],
    ids=["script", "escaped", "launch", "names", "file", "media", "packed", "packed and escaped"],
)
def test_a_pdf_in_which_something_runs_is_refused(extra: bytes) -> None:
    assert "脚本" in refused("a.pdf", pdf(extra))


def test_an_encrypted_pdf_is_refused_and_one_that_only_names_such_things_is_not() -> None:
    assert "密码" in refused("a.pdf", pdf(b"<< /Encrypt 9 0 R >>"))
    check_file("a.pdf", pdf(b"<< /Title (JavaScript, Launch) /LaunchDate (D:2024) /XEmbeddedFilesX 1 >>"))
    check_file("a.pdf", pdf(packed(b"1 0 << /Type /Page >>")))


def test_nothing_follows_a_pdf_and_nothing_stands_before_it() -> None:
    check_file("a.pdf", pdf(tail=b"\r\n\0\0"))
    refused("a.pdf", pdf(tail=b"MZ"))
    refused("a.pdf", b"GIF89a" + pdf())
    assert "另一种文件" in refused("a.pdf", _archive_before_the_end(pdf()))


def _archive_before_the_end(content: bytes) -> bytes:
    """A PDF that is an archive too: its end stands in the archive's comment."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("evil.js", b"alert(1)")
        archive.comment = content[content.rindex(b"startxref") :]
    return content + out.getvalue()


def test_a_pdf_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_UNPACKED", 10_000)
    check_file("a.pdf", pdf(packed(bytes(9_000))))
    assert "太大" in refused("a.pdf", pdf(packed(bytes(11_000))))


@pytest.mark.parametrize(
    "name",
    [
        "word/vbaProject.bin",
        "word/VBAPROJECT.BIN",
        "word/activeX/activeX1.xml",
        "word/embeddings/oleObject1.bin",
        "xl/macrosheets/sheet1.xml",
        "run.exe",
        "word/media/a.svg",
    ],
)
def test_macros_controls_and_embedded_files_are_refused(name: str) -> None:
    assert "宏" in refused("a.docx", docx({**DOCUMENT, name: b"x"}))


def relationship(kind: str, target: str) -> bytes:
    """A list of relationships of which one leads out of the file."""
    types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    one = f'<Relationship Id="r1" Type="{types}/{kind}" Target="{target}" TargetMode="External"/>'
    return f'<?xml version="1.0"?><Relationships>{one}</Relationships>'.encode()


@pytest.mark.parametrize(
    ("kind", "target", "taken"),
    [
        ("attachedTemplate", "http://evil.example/a.dotm", False),
        ("attachedTemplate", "&#104;ttps://evil.example/a.dotm", False),
        ("attachedTemplate", r"\\evil.example\a.dotm", False),
        ("attachedTemplate", "file://evil.example/a.dotm", False),
        ("attachedTemplate", r"file:///\\evil.example\a.dotm", False),
        ("oleObject", "mhtml:http://evil.example/a!x", False),
        ("image", " //evil.example/a.png", False),
        ("hyperlink", "https://www.gov.cn/", True),
        ("attachedTemplate", r"file:///C:\Users\a\a.dotm", True),
        ("attachedTemplate", r"C:\Users\a\a.dotm", True),
        ("attachedTemplate", "Normal.dotm", True),
    ],
)
def test_nothing_is_fetched_from_elsewhere_by_opening_a_file(kind: str, target: str, taken: bool) -> None:
    content = docx({**DOCUMENT, "word/_rels/settings.xml.rels": relationship(kind, target)})
    if taken:
        check_file("a.docx", content)
    else:
        assert "从别处读取" in refused("a.docx", content)


@pytest.mark.parametrize("rels", [b"<!DOCTYPE a []><Relationships/>", b"<Relationships>", b" " * (2**20 + 1)])
def test_relationships_that_cannot_be_looked_at_are_refused(rels: bytes) -> None:
    assert "损坏" in refused("a.docx", docx({**DOCUMENT, "word/_rels/settings.xml.rels": rels}))


@pytest.mark.parametrize("name", ["/etc/passwd", "../../a.xml", "word\\x.xml", "WORD/document.xml"])
def test_parts_with_strange_names_are_refused(name: str) -> None:
    refused("a.docx", docx({**DOCUMENT, name: b"x"}))


def test_an_archive_that_is_no_document_is_refused() -> None:
    assert "不是 Word" in refused("a.docx", docx({"a.txt": b"x"}))
    assert "不是 Word" in refused("a.docx", docx({**DOCUMENT, "xl/workbook.xml": b"x"}))
    assert "宏" in refused("a.docx", docx({**DOCUMENT, "[Content_Types].xml": b"<Types/>"}))
    macro = TYPES.replace("</Types>", '<Default ContentType="application/vnd.ms-word.document.macroEnabled"/></Types>')
    assert "宏" in refused("a.docx", docx({**DOCUMENT, "[Content_Types].xml": macro.encode()}))


def test_nothing_is_hidden_before_between_or_behind_the_parts() -> None:
    refused("a.docx", docx(comment=b"hidden"))
    refused("a.docx", docx() + b"hidden")
    refused("a.docx", b"hidden" + docx())
    refused("a.xlsx", b"#!/bin/sh\n" + xlsx())
    whole = docx()
    at = whole.index(b"PK\x01\x02")
    moved = bytearray(whole[:at] + bytes(100) + whole[at:])
    moved[-6:-2] = struct.pack("<L", at + 100)
    assert zipfile.is_zipfile(BytesIO(moved))
    refused("a.docx", bytes(moved))


@pytest.mark.parametrize(("parts", "taken"), [(documents.MOST_ENTRIES, True), (documents.MOST_ENTRIES + 1, False)])
def test_the_limit_of_parts(parts: int, taken: bool) -> None:
    filling = {f"word/{number}.xml": b"" for number in range(parts - len(DOCUMENT))}
    content = docx({**DOCUMENT, **filling})
    if taken:
        check_file("a.docx", content)
    else:
        assert "太大" in refused("a.docx", content)


def test_a_bomb_is_refused_whatever_it_says_of_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_UNPACKED", 100_000)
    assert "太大" in refused("a.docx", docx({**DOCUMENT, "word/a.xml": bytes(100_001)}))
    lying = bytearray(docx({**DOCUMENT, "word/a.xml": bytes(100_001)}))
    at = lying.rindex(b"PK\x01\x02")
    lying[at + 24 : at + 28] = struct.pack("<L", 10)
    assert "损坏" in refused("a.docx", bytes(lying))


def test_encrypted_parts_are_refused() -> None:
    content = bytearray(docx())
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.rindex(mark)
        content[at + flag] |= 1
    refused("a.docx", bytes(content))


# ------------------------------------------------------------------------ names


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("营业执照.pdf", "营业执照.pdf"),
        ("C:\\fakepath\\合同 1.PDF", "合同 1.PDF"),
        ("../../etc/passwd.png", "passwd.png"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a\x00b\x1f\u200b\u2028.jpg", "ab.jpg"),
        ("  . 发票  .docx ", "发票.docx"),
        ('<a>:"b|c?*.pdf', "_a___b_c__.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("nul", "_nul"),
        (".pdf", "附件.pdf"),
        ("a. .pdf", "a.pdf"),
        ("", "附件"),
        ("e\u0301.pdf", "é.pdf"),
    ],
)
def test_names_are_cleaned(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned


@given(st.text(max_size=300))
def test_any_name_becomes_one_that_can_be_shown_and_saved(name: str) -> None:
    cleaned = clean_name(name)
    assert 0 < len(cleaned) <= LONGEST_NAME + 1
    assert not set('/\\<>:"|?*\n\r\t') & set(cleaned)
    assert not any(unicodedata.category(each) in ("Cc", "Cf", "Cs") for each in cleaned)
    assert cleaned == cleaned.strip()
    assert clean_name(cleaned) == cleaned


@given(st.text(max_size=300))
def test_a_long_name_keeps_its_extension(name: str) -> None:
    assert clean_name(f"{name}.pdf").endswith(".pdf")
