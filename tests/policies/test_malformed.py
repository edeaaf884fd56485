"""A corpus of files with one mistake each: what an official reads when a file is refused is compared word for word."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from enterprises.dictionary import load
from enterprises.source_text import Problem, Problems, read_file
from policies.library import Library, load_item_file, load_library

HOME = Path(__file__).parent / "malformed"
DICTIONARY = load([HOME / "dictionary.yaml"])
GOOD_DOCUMENT = (HOME / "document.yaml").read_bytes()
GOOD_ITEM = (HOME / "item.yaml").read_bytes()
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load((HOME / "expected.yaml").read_text(encoding="utf-8"))


def lay_out(folder: Path, document: bytes = GOOD_DOCUMENT, item: bytes = GOOD_ITEM) -> Path:
    """A library of one document and one item."""
    home = folder / "example"
    home.mkdir()
    (home / "document.yaml").write_bytes(document)
    (home / "1.yaml").write_bytes(item)
    return folder


def problems(folder: Path) -> list[Problem]:
    with pytest.raises(Problems) as caught:
        load_library(folder, DICTIONARY)
    return caught.value.problems


def test_the_good_files_are_good(tmp_path: Path) -> None:
    assert list(load_library(lay_out(tmp_path), DICTIONARY).items) == ["example.1"]


def test_every_file_of_the_corpus_is_expected() -> None:
    files = {str(path.relative_to(HOME)) for kind in ("items", "documents") for path in (HOME / kind).iterdir()}
    assert files == set(EXPECTED)
    assert len(files) >= 45


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_malformed(name: str, tmp_path: Path) -> None:
    content = (HOME / name).read_bytes()
    if name.startswith("items/"):
        file, library = "example/1.yaml", lay_out(tmp_path, item=content)
    else:
        file, library = "example/document.yaml", lay_out(tmp_path, document=content)
    (problem,) = problems(library)
    found = {"line": problem.line, "field": problem.field, "message": problem.message, "remedy": problem.remedy}
    assert (problem.file, found) == (file, EXPECTED[name])


def test_the_text_of_a_problem_names_file_line_field_message_and_remedy(tmp_path: Path) -> None:
    wrong = GOOD_ITEM.replace("at_least: 1000万元".encode(), "atleast: 1000万元".encode())
    with pytest.raises(Problems) as caught:
        load_library(lay_out(tmp_path, item=wrong), DICTIONARY)
    assert str(caught.value) == (
        "example/1.yaml:14 who.all[1].revenue.atleast：不认识的运算“atleast”。是否想写“at_least”？"
    )


def test_too_large_a_file(tmp_path: Path) -> None:
    (problem,) = problems(lay_out(tmp_path, item=GOOD_ITEM + b"# " + b"x" * 1_000_000))
    assert str(problem) == "example/1.yaml：文件过大。请拆成不超过 1000 KB 的文件"


def test_the_largest_file_is_read(tmp_path: Path) -> None:
    filler = b"#" * (1_000_000 - len(GOOD_ITEM))
    assert load_library(lay_out(tmp_path, item=GOOD_ITEM + filler), DICTIONARY).items


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    assert load_library(lay_out(tmp_path, item=b"\xef\xbb\xbf" + GOOD_ITEM), DICTIONARY).items


def test_every_wrong_file_is_named_and_nothing_is_loaded(tmp_path: Path) -> None:
    lay_out(tmp_path, item=b"[")
    (tmp_path / "example" / "2.yaml").write_bytes(GOOD_ITEM)
    assert [(problem.file, problem.line) for problem in problems(tmp_path)] == [
        ("example/1.yaml", 2),
        ("example/2.yaml", 1),
    ]


def test_a_file_that_would_be_overlooked_is_a_problem(tmp_path: Path) -> None:
    lay_out(tmp_path)
    (tmp_path / "example" / "2.yml").write_bytes(GOOD_ITEM)
    (tmp_path / "example" / ".2.yaml.swp").write_bytes(b"an editor's")
    (problem,) = problems(tmp_path)
    assert str(problem) == "example/2.yml：不是政策库的文件。政策库只读后缀为 .yaml 的文件，请改名或移走"


def test_a_document_without_its_file(tmp_path: Path) -> None:
    (tmp_path / "example").mkdir()
    (problem,) = problems(tmp_path)
    assert str(problem) == "example/document.yaml：缺少这个文件。每份政策文件的文件夹里要有 document.yaml"


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    lay_out(tmp_path)
    (tmp_path / "example" / "2.yaml").mkdir()
    (problem,) = problems(tmp_path)
    assert (problem.file, problem.remedy) == ("example/2.yaml", "请核对文件名与读取权限")


def test_no_library_at_all(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "nowhere")
    assert problem.message == "没有这个文件夹"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="文件读不出来"):
        read_file(tmp_path / "nothing.yaml")


class TestOneItemInAFileOfItsOwn:
    @pytest.fixture
    def library(self, tmp_path: Path) -> Library:
        (tmp_path / "library").mkdir()
        return load_library(lay_out(tmp_path / "library"), DICTIONARY)

    def refusal(self, content: bytes, library: Library, tmp_path: Path) -> str:
        path = tmp_path / "draft.yaml"
        path.write_bytes(content)
        with pytest.raises(Problem) as caught:
            load_item_file(path, library)
        return str(caught.value).removeprefix(str(tmp_path))

    def test_is_read(self, library: Library, tmp_path: Path) -> None:
        path = tmp_path / "draft.yaml"
        path.write_bytes(GOOD_ITEM.replace(b"example.1", b"example.2"))
        assert load_item_file(path, library).id == "example.2"

    def test_needs_an_id(self, library: Library, tmp_path: Path) -> None:
        content = GOOD_ITEM.replace(b"id: example.1\n", b"")
        assert self.refusal(content, library, tmp_path) == "/draft.yaml:1：缺少字段“id”。请补上“id:”"

    def test_needs_a_document(self, library: Library, tmp_path: Path) -> None:
        content = GOOD_ITEM.replace(b"example.1", b"exampel.1")
        assert self.refusal(content, library, tmp_path) == ("/draft.yaml:1 id：没有文件“exampel”。是否想写“example”？")

    def test_needs_an_id_with_its_documents(self, library: Library, tmp_path: Path) -> None:
        content = GOOD_ITEM.replace(b"example.1", b"example")
        assert self.refusal(content, library, tmp_path) == (
            "/draft.yaml:1 id：编号“example”里没有文件的编号。请写成“文件编号.条款”，例如 yanan-2023.15"
        )

    def test_names_items_that_are_there(self, library: Library, tmp_path: Path) -> None:
        content = GOOD_ITEM + b"stacking: [{operator: highest, object: project, items: [example.7]}]\n"
        assert self.refusal(content, library, tmp_path) == (
            "/draft.yaml:26 stacking[0].items[0]：没有事项“example.7”。是否想写“example.1”？"
        )
