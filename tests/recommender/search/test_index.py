"""The index: what is written is what is read, and what does not fit is refused by name."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from policies.library import bundled_library
from recommender.encoder.encoder import Encoder, load_encoder
from recommender.search.entries import digest, entries_of
from recommender.search.filters import Filters
from recommender.search.generations import DamagedIndex, read_current
from recommender.search.index import FORMAT, Index, StaleIndex
from recommender.search.query import understand
from recommender.search.search import Results, search
from tests.made_up_entries import ON, entry


class Counting:
    """An encoder that says what it was asked."""

    def __init__(self, encoder: Encoder, name: str = "counting") -> None:
        self._encoder, self.name, self.asked = encoder, name, list[str]()

    @property
    def digest(self) -> str:
        return f"{self._encoder.digest}-{self.name}"

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return self._encoder.encode(texts)


ENTRIES = [
    entry("a", "技术改造奖励", "工业企业更新设备的，按投资额的 10% 奖励，最高 100 万元", region="610600"),
    entry("b", "专精特新认定奖励", "首次认定的奖励 20 万元"),
    entry("c", "贷款贴息", "小微企业贷款利息由财政补贴一半"),
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder("builtin")


def find(index: Index, text: str, encoder: Encoder | None) -> Results:
    return search(index, understand(text, index.vocabulary, ON), Filters(), ON, encoder)


@pytest.mark.parametrize("text", ["换设备", "专精特新", "利息", "100万", "gaizao"])
def test_what_was_written_answers_as_what_was_built(tmp_path: Path, encoder: Encoder, text: str) -> None:
    built = Index.build(ENTRIES, encoder)
    built.write(tmp_path)
    read = Index.open(tmp_path, encoder)
    assert find(read, text, encoder) == find(built, text, encoder)
    assert find(read, text, encoder).hits
    words = Index.open(tmp_path, None)
    assert find(words, text, None) == find(Index.build(ENTRIES, None), text, None)


def test_only_what_is_new_is_encoded_again(encoder: Encoder) -> None:
    counting = Counting(encoder)
    earlier = Index.build(ENTRIES, counting)
    counting.asked.clear()
    later = Index.build([*ENTRIES[1:], entry("d", "首台套奖励", "首台套装备")], counting, earlier)
    assert sorted(counting.asked) == ["首台套奖励", "首台套装备"]
    fresh = Index.build(later.entries, encoder)
    assert later.vectors is not None
    assert fresh.vectors is not None
    assert later.vectors.rows().tolist() == fresh.vectors.rows().tolist()
    assert later.digest == fresh.digest


def test_another_encoder_needs_another_index(tmp_path: Path, encoder: Encoder) -> None:
    Index.build(ENTRIES, Counting(encoder, "one")).write(tmp_path)
    with pytest.raises(StaleIndex, match="另一个语义模型建立的。请运行 huiqi index build"):
        Index.open(tmp_path, Counting(encoder, "two"))


def test_another_format_needs_another_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Index.build(ENTRIES, None).write(tmp_path)
    monkeypatch.setattr("recommender.search.index.FORMAT", FORMAT + 1)
    with pytest.raises(StaleIndex, match=f"是格式 {FORMAT}，本程序用格式 {FORMAT + 1}"):
        Index.open(tmp_path, None)


@pytest.mark.parametrize("name", ["entries.jsonl", "terms.json", "words.npz", "vectors.faiss"])
@pytest.mark.parametrize("damage", ["removed", "cut", "flipped"])
def test_a_damaged_file_is_named(tmp_path: Path, encoder: Encoder, name: str, damage: str) -> None:
    Index.build(ENTRIES, encoder).write(tmp_path)
    file = tmp_path / str(read_current(tmp_path)["generation"]) / name
    content = file.read_bytes()
    file.unlink()
    if damage != "removed":
        middle = len(content) // 2
        flipped = bytes([content[middle] ^ 1])
        file.write_bytes(content[:middle] if damage == "cut" else content[:middle] + flipped + content[middle + 1 :])
    with pytest.raises(DamagedIndex, match=f"{name}.*请运行 huiqi index build 重建"):
        Index.open(tmp_path, encoder)


def test_every_item_and_left_out_clause_of_the_library_can_be_found() -> None:
    library = bundled_library()
    entries = entries_of(library)
    assert len({each.id for each in entries}) == len(entries)
    items = [each for each in entries if each.category]
    assert [each.id for each in items] == [item.id for item in library.published]
    left_out = sum(len(document.left_out) for document in library.documents.values())
    assert len(entries) == len(items) + left_out


def test_an_item_says_what_it_may_pay() -> None:
    entries = {each.id: each for each in entries_of(bundled_library())}
    milestones = entries["yanan-2023-private-economy.33"]
    assert (milestones.low, milestones.high) == (0, 100 * 10_000 * 100)
    nothing = entries["shaanxi-2023-business-environment.10"]
    assert (nothing.low, nothing.high) == (None, None)


def test_the_digest_is_of_all_that_entries_say() -> None:
    assert digest(ENTRIES) == digest(list(ENTRIES))
    for change in ({"title": "x"}, {"closes": ON}, {"region": "610602"}, {"high": 1}):
        assert digest([replace(ENTRIES[0], **change), *ENTRIES[1:]]) != digest(ENTRIES)


def test_an_index_of_nothing_finds_nothing(tmp_path: Path, encoder: Encoder) -> None:
    Index.build([], encoder).write(tmp_path)
    found = find(Index.open(tmp_path, encoder), "技术改造", encoder)
    assert (found.hits, found.total) == ((), 0)
