"""The same input and seed make the same files, which say what was fitted; the held-out scopes take no part in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender.industry import training
from recommender.industry.classifier import read_classifier
from recommender.industry.examples import NOTHING, Labelled, Phrase, labelled, our_phrases
from recommender.industry.training import main, train, write
from recommender.industry.weighing import CLUES

DIVISIONS = ("06", "62", "65")


def phrases() -> list[Phrase]:
    return [each for each in our_phrases() if each.code == NOTHING or each.code[:2] in DIVISIONS]


def scopes() -> list[Labelled]:
    return [each for each in labelled() if each.code[:2] in DIVISIONS]


def made(folder: Path, seed: int = 1, some: list[Labelled] | None = None) -> dict[str, bytes]:
    write(train(phrases(), scopes() if some is None else some, lambda _: None, seed, iterations=5), folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    folder = tmp_path_factory.mktemp("industry") / "model"
    return folder, made(folder)


def test_the_same_seed_makes_the_same_files(once: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    assert made(tmp_path / "again") == once[1]
    assert made(tmp_path / "other", seed=2) != once[1]


def test_what_is_held_out_makes_no_difference(once: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    learnt = [each for each in scopes() if not each.held_out]
    assert len(learnt) < len(scopes())
    assert made(tmp_path / "without", some=learnt) == once[1]


def test_what_is_read_back_recognises_what_was_learnt(once: tuple[Path, dict[str, bytes]]) -> None:
    model = read_classifier(once[0])
    assert model.classify("餐饮服务", "老王饭店")[0].code == "62"
    assert model.classify("软件开发；信息系统集成服务")[0].code == "65"
    assert len(model.importance) == len(CLUES)
    assert (model.importance >= 0).all()


def test_another_version_is_another_content(once: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    model = read_classifier(once[0])
    assert write(model, tmp_path / "same") == model.version
    assert write(replace(model, importance=model.importance + 1), tmp_path / "other") != model.version


def test_the_smallest_weights_are_left_out() -> None:
    weights = np.array([[3, -4, 0.5], [1, 2, -0.25]], dtype=np.float16)
    kept = training._largest(weights, 3).toarray()
    assert kept.tolist() == [[-4, 0, 3], [2, 0, 0]]
    assert training._largest(weights, 6).nnz == 6


def test_a_missing_standard_is_said_in_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--standard", str(tmp_path / "nowhere.csv"), "--out", str(tmp_path / "out")]) == 2
    assert "nowhere.csv：读不了" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
