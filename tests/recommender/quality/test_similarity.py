"""Sets of sentence pairs: read with the place of each mistake, and measured by any scorer."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from enterprises.source_text import Problems
from recommender.quality.similarity import (
    Agreement,
    PairSet,
    by_characters,
    by_encoder,
    by_tfidf_svd,
    mean,
    measure,
    read_sets,
)
from tests.made_up_encoder import CharacterPairs

GIVEN = Path(__file__).parents[4] / "shared" / "data" / "sts"
GOOD = [("贷款贴息", "贷款贴息", 5), ("贷款贴息", "贷款担保", 2.5), ("贷款贴息", "注销登记", 0)]


def write(folder: Path, name: str, pairs: Sequence[tuple[object, object, object]]) -> None:
    lines = [json.dumps({"sentence1": one, "sentence2": two, "score": score}) for one, two, score in pairs]
    (folder / name).write_text("\n".join(lines) + "\n", "utf-8")


def test_sets_are_read_by_name_with_blank_lines_and_a_byte_order_mark(tmp_path: Path) -> None:
    write(tmp_path, "b.jsonl", GOOD)
    text = (tmp_path / "b.jsonl").read_text("utf-8").replace("\n", "\n\n")
    (tmp_path / "a.jsonl").write_text(f"\ufeff{text}", "utf-8")
    (tmp_path / "published.tsv").write_text("model", "utf-8")
    first, second = read_sets(tmp_path)
    assert (first.name, second.name) == ("a", "b")
    assert first.scores == second.scores == (5.0, 2.5, 0.0)
    assert first.second == ("贷款贴息", "贷款担保", "注销登记")


@pytest.mark.parametrize(
    ("line", "field", "said"),
    [
        ("{", "", "不是 JSON"),
        ("[" * 100_000, "", "不是 JSON"),
        ('{"sentence1": ' * 100_000, "", "不是 JSON"),
        ("[1]", "", "不是一对句子"),
        ('{"sentence2": "乙", "score": 1}', "sentence1", "没有这句话"),
        ('{"sentence1": "甲", "sentence2": 3, "score": 1}', "sentence2", "没有这句话"),
        ('{"sentence1": "甲", "sentence2": "乙"}', "score", "没有分值"),
        ('{"sentence1": "甲", "sentence2": "乙", "score": true}', "score", "没有分值"),
        ('{"sentence1": "甲", "sentence2": "乙", "score": "1"}', "score", "没有分值"),
        ('{"sentence1": "甲", "sentence2": "乙", "score": NaN}', "score", "没有分值"),
        ('{"sentence1": "甲", "sentence2": "乙", "score": 1' + "0" * 400 + "}", "score", "没有分值"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, line: str, field: str, said: str) -> None:
    write(tmp_path, "a.jsonl", GOOD)
    with (tmp_path / "a.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(Problems) as caught:
        read_sets(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.field) == (str(tmp_path / "a.jsonl"), 4, field)
    assert said in problem.message
    assert "sentence1" in problem.remedy


def test_each_files_first_mistake_is_told(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", [("甲", "乙", 1), ("甲", "丙", 1)])
    (tmp_path / "b.jsonl").write_bytes("甲".encode("gb18030"))
    write(tmp_path, "c.jsonl", GOOD)
    with pytest.raises(Problems) as caught:
        read_sets(tmp_path)
    same, code = caught.value.problems
    assert "分值" in same.message
    assert "UTF-8" in code.message


def test_a_folder_without_sets_is_a_slip(tmp_path: Path) -> None:
    with pytest.raises(Problems, match="jsonl"):
        read_sets(tmp_path)


def test_each_scorer_is_measured_on_each_set() -> None:
    first, second, scores = zip(*GOOD, strict=True)
    pairs = PairSet("三对", first, second, tuple(map(float, scores)))

    def against(one: Sequence[str], two: Sequence[str]) -> NDArray[np.float64]:
        return -by_characters(one, two)

    def flat(one: Sequence[str], two: Sequence[str]) -> NDArray[np.float64]:
        return np.ones(len(one))

    scorers = {"encoder": by_encoder(CharacterPairs()), "svd": by_tfidf_svd, "against": against, "flat": flat}
    (found,) = measure([pairs], scorers)
    assert (found.name, found.pairs) == ("三对", 3)
    assert found.correlations["encoder"] == pytest.approx(1)
    assert found.correlations["svd"] == pytest.approx(0.866, abs=0.001)  # of three texts, two axes are left
    assert found.correlations["against"] == pytest.approx(-1)
    assert found.correlations["flat"] is None


def test_a_mean_over_sets_needs_all_of_them() -> None:
    some = Agreement("甲", 9, {"a": 0.2, "b": 0.5}), Agreement("乙", 1, {"a": 0.4, "b": None})
    assert mean(some, "a") == pytest.approx(0.3)
    assert mean(some, "b") is None
    assert mean((), "a") is None


def test_the_given_sets_can_be_read() -> None:
    if not GIVEN.is_dir():
        pytest.skip(f"the six test sets are not in {GIVEN}: reading them was not checked")
    sizes = {each.name: len(each.scores) for each in read_sets(GIVEN)}
    assert sizes == {
        **{"AFQMC_validation": 4316, "BQ": 10000, "LCQMC": 12500, "PAWSX": 2000, "QBQTC": 5000, "STSB": 1361},
    }
