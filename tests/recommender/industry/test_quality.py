"""The figures are those of the held-out scopes, better than guessing plainly, and calibrated."""

from __future__ import annotations

from functools import cache

import pytest

from recommender.industry.classifier import SURE, load_classifier
from recommender.industry.examples import labelled
from recommender.industry.quality import IndustryQuality, calibrated, measure


@cache
def measured() -> IndustryQuality:
    return measure()


def test_it_is_measured_on_what_no_training_saw() -> None:
    assert measured().cases == sum(each.held_out for each in labelled())
    assert measured().model == load_classifier().version


def test_it_is_better_than_every_baseline() -> None:
    """Margins that a model with a mistake in it would not reach; the figures themselves are in docs/evaluation.md."""
    ours = measured().ours.hits
    assert ours.division_top1 > 0.85
    assert ours.group_top1 > 0.8
    assert ours.group_top1 <= ours.division_top1 <= ours.division_top3
    for baseline in measured().baselines.values():
        assert ours.division_top1 > baseline.division_top1
        assert ours.group_top3 > baseline.group_top3


def test_its_answers_are_as_right_as_it_says() -> None:
    ours = measured().ours
    assert ours.sure == SURE
    assert ours.answered > 0.75
    assert ours.right > 0.9
    assert ours.division_error < 0.08
    assert ours.group_error < 0.08


def test_without_a_telling_name_it_answers_less_often() -> None:
    assert measured().vague_name.answered < measured().ours.answered
    assert measured().scope_alone.hits.division_top1 > 0.75
    assert measured().scope_alone.right > 0.85


def test_one_who_guesses_nothing_is_right_never() -> None:
    cases = labelled()[:5]
    found = calibrated(load_classifier(), [type(each)(each.code, "", "😀") for each in cases], lambda each: each.name)
    assert (found.answered, found.right, found.hits.division_top3, found.group_error) == (0, 0, 0, 0)


@pytest.mark.parametrize("name", ["characters", "encoder", "commonest"])
def test_each_baseline_finds_something(name: str) -> None:
    assert measured().baselines[name].division_top3 > 0
