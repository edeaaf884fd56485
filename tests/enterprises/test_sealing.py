"""Sealing: what was closed opens with each of the keys, nothing else does, and keys are never shown."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.sealing import BadKeys, CannotOpen, Seal, keys_of, new_key

OLD, NEW = new_key(), new_key()


@given(st.text())
def test_a_text_comes_back(text: str) -> None:
    sealed = Seal([NEW]).close(text)
    assert Seal([NEW]).open(sealed) == text
    assert sealed.isascii()


@given(st.binary())
def test_bytes_come_back_and_are_not_to_be_seen(content: bytes) -> None:
    sealed = Seal([NEW]).close_bytes(content)
    assert Seal([NEW]).open_bytes(sealed) == content
    assert len(content) < 4 or content not in sealed


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert Seal([NEW]).close("王小明") != Seal([NEW]).close("王小明")


def test_a_new_key_in_front_still_opens_what_the_old_one_closed() -> None:
    sealed = Seal([OLD]).close("王小明")
    assert Seal([NEW, OLD]).open(sealed) == "王小明"
    with pytest.raises(CannotOpen, match="HUIQI_DATA_KEYS"):
        Seal([NEW]).open(sealed)


def test_the_first_key_closes() -> None:
    assert Seal([NEW]).open(Seal([NEW, OLD]).close("王小明")) == "王小明"


@given(st.data())
def test_whatever_character_is_changed_it_does_not_open(data: st.DataObject) -> None:
    sealed = Seal([NEW]).close("王小明")
    place = data.draw(st.integers(0, len(sealed) - 4))  # the last ones may be padding
    other = data.draw(st.sampled_from("ABCXYZabcxyz0189-_").filter(lambda each: each != sealed[place]))
    with pytest.raises(CannotOpen):
        Seal([NEW]).open(sealed[:place] + other + sealed[place + 1 :])


def test_no_key_stands_in_what_is_printed() -> None:
    assert NEW not in repr(Seal([NEW]))


def test_keys_come_from_the_environment_in_their_order() -> None:
    assert keys_of({"HUIQI_DATA_KEYS": f" {NEW}, {OLD} ,"}) == (NEW, OLD)


def test_a_bad_key_is_refused_without_being_shown() -> None:
    with pytest.raises(BadKeys, match="huiqi keys new") as caught:
        keys_of({"HUIQI_DATA_KEYS": f"{NEW},not-a-key"})
    assert "not-a-key" not in str(caught.value)


def test_where_none_is_named_a_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "var" / "data-keys"
    first = keys_of({}, file)
    assert keys_of({}, file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_empty_file_is_refused_since_a_new_key_would_open_nothing(tmp_path: Path) -> None:
    file = tmp_path / "data-keys"
    file.write_text("")
    with pytest.raises(BadKeys, match="是空的"):
        keys_of({}, file)


def test_a_file_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder is wanted")
    with pytest.raises(BadKeys, match="用不了"):
        keys_of({}, tmp_path / "var" / "data-keys")
