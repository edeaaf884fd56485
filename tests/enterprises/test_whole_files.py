"""A file is there whole or not at all."""

from functools import partial
from pathlib import Path

import pytest

from enterprises.whole_files import whole_file, write_whole


def test_what_is_written_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for text in ("one", "two"):
        write_whole(path, partial(Path.write_text, data=text))
        assert path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]


def test_what_failed_leaves_everything_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyError), whole_file(path) as draft:
        draft.write_text("new")
        assert path.read_text() == "old"
        raise KeyError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "nowhere" / "a.txt", lambda draft: draft.write_text("x"))
