"""The published schemas: up to date, valid, kind to what is right and strict with what is wrong."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from enterprises.dictionary import load
from enterprises.source_text import Problem, read_file
from policies import library
from policies.schema import FOLDER, schemas, text

MALFORMED = Path(__file__).parent / "malformed"
EXPECTED = sorted(yaml.safe_load((MALFORMED / "expected.yaml").read_text(encoding="utf-8")))

BEYOND_A_SCHEMA = {
    # What compares two places of a file or of the library.
    "documents/id_is_not_the_folder.yaml",
    "documents/left_out_page_outside.yaml",
    "documents/pages_reversed.yaml",
    "documents/region_of_another_level.yaml",
    "documents/valid_until_before_effective.yaml",
    "items/between_reversed.yaml",
    "items/brackets_after_the_last.yaml",
    "items/cite_outside_the_document.yaml",
    "items/example_amount_reversed.yaml",
    "items/first_reaches_out_of_order.yaml",
    "items/floor_above_cap.yaml",
    "items/for_each_of_what_must_not_be.yaml",
    "items/for_each_without_any_record.yaml",
    "items/id_is_not_the_file_name.yaml",
    "items/id_of_another_document.yaml",
    "items/needs_confirmation_without_reading.yaml",
    "items/page_outside_the_document.yaml",
    "items/range_reversed.yaml",
    "items/some_of_too_few.yaml",
    "items/stacking_on_unknown_item.yaml",
    "items/tiers_out_of_order.yaml",
    "items/tiers_repeated.yaml",
    "items/window_closes_before_it_opens.yaml",
    "items/window_outside_validity.yaml",
    # What takes arithmetic, a calendar, the tables of codes or the ranges of the dictionary.
    "items/bad_region_code.yaml",
    "items/date_before_all_enterprises.yaml",
    "items/first_reaches_nothing.yaml",
    "items/implausible_threshold.yaml",
    "items/less_than_a_fen.yaml",
    "items/no_such_day.yaml",
    "items/rate_of_nothing.yaml",
}


@cache
def validator(name: str, tests_own: bool = False) -> Draft202012Validator:
    dictionary = load([MALFORMED / "dictionary.yaml"]) if tests_own else None
    return Draft202012Validator(schemas(dictionary)[name])


def refused(name: str, plain: Any, tests_own: bool = False) -> bool:
    return not validator(name, tests_own).is_valid(plain)


@pytest.mark.parametrize("name", ["item", "document", "profile"])
def test_the_published_file_is_up_to_date(name: str) -> None:
    published = (FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")
    assert published == text(schemas()[name]), 'run: python -c "from policies.schema import write; write()"'


def test_nothing_else_is_published() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.schema.json" for name in schemas()}


@pytest.mark.parametrize("name", ["item", "document", "profile"])
def test_the_schema_is_a_schema(name: str) -> None:
    schema = schemas()[name]
    assert validator_for(schema) is Draft202012Validator
    Draft202012Validator.check_schema(schema)


def test_every_bundled_file_is_valid() -> None:
    """Also as editors see it, where 15 is a number and true is no text."""
    wrong = []
    for path in sorted(library.FOLDER.rglob("*.yaml")):
        name = "document" if path.name == "document.yaml" else "item"
        for plain in (read_file(path).plain(), yaml.load(path.read_text(encoding="utf-8"), EditorsLoader)):
            wrong += [(path.name, error.json_path, error.message) for error in validator(name).iter_errors(plain)][:1]
    assert wrong == []


class EditorsLoader(yaml.SafeLoader):
    """YAML 1.2 as editors read it: numbers and true are typed, days and ``on`` are texts, and so are all names."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        return {str(key): value for key, value in super().construct_mapping(node, deep=True).items()}


EditorsLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:float")
        or (tag == "tag:yaml.org,2002:int" and first != "0")
        or (tag == "tag:yaml.org,2002:bool" and first in "tTfF")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.mark.parametrize("name", ["item", "document"])
def test_the_good_file_is_valid(name: str) -> None:
    assert not refused(name, read_file(MALFORMED / f"{name}.yaml").plain(), tests_own=True)


@pytest.mark.parametrize("name", EXPECTED)
def test_malformed_files_are_refused(name: str) -> None:
    try:
        plain = read_file(MALFORMED / name).plain()
    except Problem:
        return  # no YAML of ours at all: it never gets as far as the schema
    kind = "item" if name.startswith("items/") else "document"
    assert refused(kind, plain, tests_own=True) is (name not in BEYOND_A_SCHEMA)


def test_what_is_beyond_a_schema_is_in_the_corpus() -> None:
    assert set(EXPECTED) >= BEYOND_A_SCHEMA
    assert len(BEYOND_A_SCHEMA) < len(EXPECTED) / 3


GOOD_FACTS = {
    "region": "610602",
    "ownership": "民营",
    "employees": 120,
    "revenue": {"before_2022": "1亿元", "2022": "不清楚", "2023": {"value": "3亿元", "source": "tax"}},
    "zones": ["秦创原"],
    "registered_on": None,
    "project": [{"kind": "新建", "fixed_asset_investment": "100万元"}, {}],
    "receivable": "未知",
}


def test_a_good_profile() -> None:
    assert not refused("profile", {"name": "示例公司", "credit_code": "91610131MA6TXEQ37B", "facts": GOOD_FACTS})
    assert not refused("profile", {"facts": {}})


@pytest.mark.parametrize(
    "facts",
    [
        {"revenu": {"2023": "1元"}},
        {"revenue": "1亿元"},
        {"revenue": {"去年": "1亿元"}},
        {"revenue": {"2023": "1"}},
        {"employees": "一百"},
        {"employees": -1},
        {"ownership": "私营"},
        {"zones": "秦创原"},
        {"project": {"kind": "新建"}},
        {"project": [{"sort": "新建"}]},
        {"size": "小型"},
        {"ownership": {"value": "民营", "source": "听说"}},
    ],
)
def test_a_bad_profile(facts: dict[str, Any]) -> None:
    assert refused("profile", {"facts": facts})
