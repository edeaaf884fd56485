"""Finding in a library that changes: never stale, never in the way, never silently empty."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from policies.items import Status
from policies.library import Library, bundled_library
from recommender.encoder.encoder import BadModel, Encoder, load_encoder
from recommender.search.filters import Filters
from recommender.search.finder import NO_MEANING, WORDS_ONLY, Finder, NotReady
from recommender.search.generations import read_current
from recommender.search.index import Index
from recommender.search.search import Results
from tests.made_up_entries import ON

RETIRED = "yanan-2023-private-economy.33"
ASKED = "年度营业收入首次突破有什么奖励"


@pytest.fixture(scope="module")
def library() -> Library:
    return bundled_library()


def without(library: Library, item_id: str) -> Library:
    item = replace(library.items[item_id], status=Status.RETIRED)
    return replace(library, items={**library.items, item_id: item})


def find(finder: Finder, library: Library, text: str = ASKED) -> Results:
    return finder.find(library, text, Filters(), ON)


def settled(finder: Finder, library: Library, wanted: Callable[[Results], bool], text: str = ASKED) -> Results:
    """The first answer that is as ``wanted``, which must come soon."""
    last = time.monotonic() + 30
    while not wanted(results := find(finder, library, text)):
        assert time.monotonic() < last, results.notes
        time.sleep(0.02)
    return results


def is_whole(results: Results) -> bool:
    return not {WORDS_ONLY, NO_MEANING} & set(results.notes)


def ids(results: Results) -> list[str]:
    return [hit.entry.id for hit in results.hits]


def test_a_question_is_answered_and_the_index_kept(tmp_path: Path, library: Library) -> None:
    whole = settled(Finder(tmp_path), library, is_whole)
    assert ids(whole)[0] == RETIRED
    # Writing it comes after answering from it.
    last = time.monotonic() + 30
    while not (tmp_path / "current.json").exists():
        assert time.monotonic() < last
        time.sleep(0.02)
    assert read_current(tmp_path)["entries"] == 144 + sum(len(each.left_out) for each in library.documents.values())
    assert ids(settled(Finder(tmp_path), library, is_whole)) == ids(whole)


def test_what_was_retired_is_gone_at_once_and_what_was_published_is_there_soon(library: Library) -> None:
    fewer = without(library, RETIRED)
    finder = Finder()
    settled(finder, fewer, is_whole)
    assert RETIRED not in ids(find(finder, fewer))
    settled(finder, library, lambda results: RETIRED in ids(results))
    assert RETIRED not in ids(find(finder, fewer))  # at the very next question


def test_until_the_model_is_loaded_words_answer(library: Library) -> None:
    loads = threading.Event()

    def slowly() -> Encoder:
        loads.wait(60)
        return load_encoder("builtin")

    finder = Finder(load=slowly)
    first = find(finder, library)
    assert ids(first)[0] == RETIRED
    assert WORDS_ONLY in first.notes
    assert all(hit.meaning == 0 for hit in first.hits)
    loads.set()
    assert any(hit.meaning > 0 for hit in settled(finder, library, is_whole).hits)


def test_a_model_that_cannot_be_used_is_named_in_the_log_and_told_to_who_asks(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Encoder:
        raise BadModel("语义模型的文件 table.safetensors 已损坏", "请重新安装")

    finder = Finder(load=broken)
    with caplog.at_level(logging.ERROR):
        results = settled(finder, library, lambda results: NO_MEANING in results.notes)
    assert ids(results)[0] == RETIRED
    assert "table.safetensors 已损坏" in caplog.text


def test_a_damaged_index_is_named_and_made_anew(
    tmp_path: Path, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = load_encoder("builtin")
    settled(Finder(tmp_path, lambda: encoder), library, lambda _: (tmp_path / "current.json").exists())
    damaged = tmp_path / str(read_current(tmp_path)["generation"]) / "words.npz"
    damaged.write_bytes(b"damaged")
    with caplog.at_level(logging.WARNING):
        assert ids(settled(Finder(tmp_path, lambda: encoder), library, is_whole))[0] == RETIRED
    assert "words.npz 已损坏" in caplog.text
    last = time.monotonic() + 30
    while damaged.parent.name == read_current(tmp_path)["generation"]:
        assert time.monotonic() < last
        time.sleep(0.02)
    Index.open(tmp_path, encoder)


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path, library: Library) -> None:
    (tmp_path / "file").touch()
    assert ids(settled(Finder(tmp_path / "file" / "index"), library, is_whole))[0] == RETIRED


def test_what_goes_wrong_is_told_and_tried_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    finder = Finder()
    with monkeypatch.context() as patched:
        patched.setattr("recommender.search.finder.entries_of", lambda _: 1 / 0)
        with pytest.raises(NotReady, match="正在准备") as failed:
            find(finder, library)
        assert isinstance(failed.value.__cause__, ZeroDivisionError)
    assert ids(settled(finder, library, is_whole))[0] == RETIRED


def test_many_questions_at_once_are_all_answered(library: Library) -> None:
    finder = Finder()
    answers: list[list[str]] = []
    threads = [threading.Thread(target=lambda: answers.append(ids(find(finder, library)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer[0] for answer in answers] == [RETIRED] * 8
