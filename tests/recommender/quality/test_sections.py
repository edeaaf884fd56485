"""What is reported: every figure that was measured, in both languages, and what was not, with the reason."""

import json
from dataclasses import replace

import pytest

from recommender.quality.as_json import plain
from recommender.quality.evaluation import Evaluation
from recommender.quality.report import Said, Section, in_chinese, markdown
from recommender.quality.sections import METHODS, PUBLISHED, sections
from recommender.quality.similarity import Agreement
from tests.recommender.quality.made_up_evaluation import WHOLE


def cells(evaluation: Evaluation) -> list[str]:
    return [cell for each in sections(evaluation) for line in in_chinese(each)[1] for cell in line]


def test_every_figure_is_told_beside_its_baseline() -> None:
    page = markdown(sections(WHOLE), "# Evaluation\n")
    assert page.startswith("# Evaluation\n\n## What was measured\n")
    for told in (
        *("15.4 MB", "0.21 s", "20,000", "2024-06-30", "1111111111111111", "2222222222222222"),
        "| the encoder alone | 50.0 | 50.0 |",
        "| character overlap (Dice of bigrams) | undefined | undefined |",
        "| **our search** | 50% [25%, 75%] | 50% [25%, 75%] | 50% [25%, 75%] | 0.500 [0.250, 0.750] |",
        "| +0.125 [-0.250, +0.500] | 40% |",
        "170 questions with an answer, 9 without, as of 2023-06-30",
        "| always the commonest groups | 10% | 20% | 3% | 4% |",
        "240 labelled scopes that no training saw",
        "| judged by hand | 12 | 0.820 | 0.740 | 0.230 |",
        "precision 0.95, recall 0.76",
    ):
        assert told in page


def test_the_terminal_speaks_chinese_and_the_page_english() -> None:
    for each in sections(WHOLE):
        title, _, remarks = in_chinese(each)
        for text in (title, *remarks):
            assert any("\u4e00" <= letter <= "\u9fff" for letter in text)
    page = markdown(sections(WHOLE), "")
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in page)


def test_what_was_not_measured_is_said() -> None:
    nothing = replace(WHOLE, similarity=None, retrieval={}, industry=None, ranking=None, pairs=None)
    said = [remark for each in sections(nothing) for remark in in_chinese(each)[2]]
    assert sum("未测量" in each for each in said) == 4
    assert "--sts" in "".join(said)
    assert "nan" not in "".join(cells(nothing))


def test_published_figures_stand_only_beside_the_same_sets() -> None:
    ours = replace(WHOLE, similarity=(Agreement("自己的", 10, {"encoder": 0.5}),))
    assert not any(model in cell for model in PUBLISHED for cell in cells(ours))
    assert all(any(model in cell for cell in cells(WHOLE)) for model in PUBLISHED)


def test_a_model_that_is_no_folder_has_no_size() -> None:
    unknown = replace(WHOLE, encoder=replace(WHOLE.encoder, size=None))
    assert "不在本机文件夹" in cells(unknown)


def test_every_line_of_a_table_has_a_cell_for_each_heading() -> None:
    for each in sections(WHOLE):
        assert {len(line) for line in (each.head, *each.rows)} == {len(each.head)}


def test_a_table_is_written_in_markdown() -> None:
    section = Section(Said("Title", "题"), (Said("a", "甲"), "b"), ((Said("c", "丙"), "1"),), (Said("Why.", "因。"),))
    assert markdown([section], "# Page\n\n") == "# Page\n\n## Title\n\nWhy.\n\n| a | b |\n| --- | --- |\n| c | 1 |\n"
    assert in_chinese(section) == ("题", [["甲", "b"], ["丙", "1"]], ["因。"])


def test_json_holds_all_that_was_measured() -> None:
    found = json.loads(json.dumps(plain(WHOLE)))
    assert found["on"] == "2024-06-30"
    assert found["similarity"][0]["correlations"] == {"encoder": 0.5, "characters": None}
    assert found["retrieval"]["test"]["found"]["ours"]["success"]["3"] == {"mean": 0.5, "low": 0.25, "high": 0.75}
    assert found["pairs"]["precision"] == pytest.approx(0.95)
    assert plain(replace(WHOLE, pairs=None))["pairs"] is None


def test_every_method_has_a_name_in_both_languages() -> None:
    assert all(name.en and name.zh for name in METHODS.values())
