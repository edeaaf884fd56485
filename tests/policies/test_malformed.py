"""A corpus of files with one mistake each: what an official reads when a file is refused is compared word for word."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from enterprises.dictionary import load
from enterprises.source_text import Problem, Problems, read_file
from policies.library import load_library

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


def test_a_documents_folder_is_no_library(tmp_path: Path) -> None:
    (problem,) = problems(lay_out(tmp_path) / "example")
    assert problem.message == "这是一份文件的文件夹，不是政策库"
    assert problem.remedy == f"请给出它的上级文件夹 {tmp_path}"


def test_a_folder_without_documents_is_no_library(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path)
    assert problem.message == "这个文件夹里没有政策文件"


def with_target(target: str, number: int = 1) -> bytes:
    """The good item as another one of the document, with a stacking statement on the item ``target``."""
    stacking = f"stacking: [{{operator: highest, object: project, items: [{target}]}}]\n"
    return GOOD_ITEM.replace(b"example.1", f"example.{number}".encode()) + stacking.encode()


def test_a_target_whose_own_file_is_broken_is_no_second_mistake(tmp_path: Path) -> None:
    lay_out(tmp_path, item=b"[")
    (tmp_path / "example" / "2.yaml").write_bytes(with_target("example.1", 2))
    (problem,) = problems(tmp_path)
    assert problem.file == "example/1.yaml"


def test_a_target_in_a_document_that_is_broken_is_no_second_mistake(tmp_path: Path) -> None:
    lay_out(tmp_path, item=with_target("other.1"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "1.yaml").write_bytes(GOOD_ITEM)
    (problem,) = problems(tmp_path)
    assert problem.file == "other/document.yaml"


def test_an_item_is_never_told_to_name_itself(tmp_path: Path) -> None:
    lay_out(tmp_path)
    (tmp_path / "example" / "2.yaml").write_bytes(with_target("example.3", 2))
    (problem,) = problems(tmp_path)
    assert (problem.message, problem.remedy) == ("没有事项“example.3”", "是否想写“example.1”？")
