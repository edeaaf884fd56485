"""The training, from raw files to a model that can be loaded, on a few made-up sentences."""

import gzip
import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from recommender.encoder.encoder import load_encoder
from recommender.encoder.training.__main__ import main
from recommender.encoder.training.finish import in_bytes
from recommender.encoder.training.sentences import OF_THE_TESTS, Pair, keys_of_tests, neighbours, read_pairs, split

_THINGS = ("设备", "厂房", "专利", "社保", "贷款", "用电", "物流", "展会")
_WAYS = ("补贴怎么申请", "补助如何办理", "能补多少钱", "什么时候到账")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    rows = [("source", "sentence1", "sentence2", "label")]
    for one, other, way in product(_THINGS, _THINGS, _WAYS):
        rows.append(("bustm", f"{one}{_WAYS[0]}", f"{other}{way}", str(int(one == other))))
    rows.append(("lcqmc_dev", "测试家族的句子", "不该学", "1"))
    rows.append(("ocnli_10k", "不能商用的", "也不该学", "entailment"))
    rows.append(("snli_dev", "没有定论", "的一对", "-"))
    with gzip.open(folder / "pairs_all.tsv.gz", "wt", encoding="utf-8") as file:
        file.writelines("\t".join(row) + "\n" for row in rows)
    law = "# 条例\n\n第一条 购置设备的，给予补贴。补贴由财政部门拨付。\n第二条 新建厂房的，给予补助；补助不超上限。"
    with gzip.open(folder / "laws.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"text": law}) + "\n")
    (folder / "news-titles.txt").write_text("某地出台设备补贴政策\t3\n", "utf-8")
    return folder


def test_one_command_makes_a_model_that_can_be_loaded_always_the_same(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "other"):
        main(["--pairs", str(raw), "--out", str(tmp_path / name)])
    assert "written" in capsys.readouterr().out
    one, other = load_encoder(str(tmp_path / "one")), load_encoder(str(tmp_path / "other"))
    assert one.digest == other.digest
    equipment, money, patent = one.encode(["设备补贴怎么申请", "设备能补多少钱", "专利能补多少钱"])
    assert equipment @ money > equipment @ patent


def test_it_reports_on_what_was_held_out(raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with gzip.open(raw / "pairs_all.tsv.gz", "rt", encoding="utf-8") as lines:
        rows = list(lines)
    rows += [f"simclue_pair\t第{n}个问题\t第{n}个{'问法' if n % 2 else '答案'}\t{n % 2}\n" for n in range(100)]
    more = tmp_path / "more"
    more.mkdir()
    for path in raw.iterdir():
        (more / path.name).write_bytes(path.read_bytes())
    with gzip.open(more / "pairs_all.tsv.gz", "wt", encoding="utf-8") as file:
        file.writelines(rows)
    main(["--pairs", str(more), "--out", str(tmp_path / "out"), "--held-out", "0.3"])
    assert "questions" in capsys.readouterr().out


def test_sources_of_the_tests_or_not_free_and_undecided_pairs_are_left_out(raw: Path) -> None:
    pairs = read_pairs(raw / "pairs_all.tsv.gz", {}, frozenset())
    assert {pair.kind for pair in pairs} == {"assistant"}
    assert "lcqmc_dev" in OF_THE_TESTS
    assert read_pairs(raw / "pairs_all.tsv.gz", {}, frozenset(), ["bustm"]) == []


def test_pairs_with_a_sentence_of_a_test_are_dropped(raw: Path, tmp_path: Path) -> None:
    row = {"sentence1": "設備，能補多少錢？", "sentence2": "无关", "score": 1}
    (tmp_path / "set.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    simplified = {ord("設"): "设", ord("備"): "备", ord("補"): "补", ord("錢"): "钱"}
    dropped = keys_of_tests(tmp_path, simplified)
    kept = read_pairs(raw / "pairs_all.tsv.gz", simplified, dropped)
    everything = read_pairs(raw / "pairs_all.tsv.gz", simplified, frozenset())
    assert [pair for pair in everything if pair not in kept] == [p for p in everything if p.second == "设备能补多少钱"]
    assert len(kept) < len(everything)


def test_what_is_held_out_shares_no_sentence_with_what_is_learned_from() -> None:
    pairs = [Pair("questions", f"{n}", f"{n // 3} {n % 2}", 1.0, (f"{n}", f"{n // 3} {n % 2}")) for n in range(600)]
    learned, held = split(pairs, 0.2)
    assert learned
    assert held
    assert len(learned) + len(held) == len(pairs)
    assert not {key for pair in learned for key in pair.keys} & {key for pair in held for key in pair.keys}


def test_neighbours_are_sentences_of_one_article() -> None:
    found = neighbours([["给予补贴", "由财政拨付", "按年结算"], ["只有一句"]], {}, 1.0)
    assert [(pair.first, pair.second) for pair in found] == [("给予补贴", "由财政拨付"), ("由财政拨付", "按年结算")]
    assert list(neighbours([["给予补贴", "由财政拨付"]], {}, 0.0)) == []


def test_a_byte_a_number_loses_little() -> None:
    table = np.random.default_rng(0).normal(size=(50, 16)).astype(np.float32)
    table[7] = 0
    rows, scales = in_bytes(table)
    back = rows.astype(np.float32) * scales.astype(np.float32)[:, None]
    assert np.abs(back - table).max() <= np.abs(table).max() / 127 * 0.51
    assert not back[7].any()
