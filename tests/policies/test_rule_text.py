"""Rules as text: what is written is what is read, in YAML and in JSON, and anything else is refused politely."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from enterprises.dictionary import bundled, load
from enterprises.source_text import Problem, from_plain, read_json, read_yaml
from policies.items import read_item
from policies.library import Library, bundled_library, load_library
from policies.rule_text import read_rule, write_rule
from policies.rules import Condition, Operator, RelativeYear, Rule
from tests import strategies

DICTIONARY = bundled()
MALFORMED = Path(__file__).parent / "malformed"
GOOD_ITEM = (MALFORMED / "item.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """One document and one item, under the tests' own dictionary."""
    folder = tmp_path_factory.mktemp("library")
    home = folder / "example"
    home.mkdir()
    for name, target in (("document.yaml", "document.yaml"), ("item.yaml", "1.yaml")):
        (home / target).write_bytes((MALFORMED / name).read_bytes())
    return load_library(folder, load([MALFORMED / "dictionary.yaml"]))


@settings(max_examples=300)
@given(strategies.rules(DICTIONARY))
def test_what_is_written_is_read_back(rule: Rule) -> None:
    plain = write_rule(rule, DICTIONARY)
    assert read_rule(from_plain(plain, "rule"), DICTIONARY) == rule
    assert read_rule(read_json(json.dumps(plain, ensure_ascii=False), "rule.json"), DICTIONARY) == rule
    text = yaml.safe_dump(plain, allow_unicode=True, sort_keys=False)
    assert read_rule(read_yaml(text, "rule.yaml"), DICTIONARY) == rule


def test_every_rule_of_the_library_is_read_back() -> None:
    for item in bundled_library().items.values():
        assert read_rule(from_plain(write_rule(item.rule, DICTIONARY), item.id), DICTIONARY) == item.rule


def test_the_year_is_last_year_unless_it_says_otherwise() -> None:
    def read(**body: str) -> Rule:
        return read_rule(from_plain({"revenue": {"at_least": "1元", **body}}, "rule"), DICTIONARY)

    years: list[tuple[dict[str, str], RelativeYear | int]] = [
        ({}, RelativeYear.LAST),
        ({"year": "this"}, RelativeYear.THIS),
        ({"year": "2022"}, 2022),
    ]
    for body, year in years:
        assert read(**body) == Condition("revenue", Operator.AT_LEAST, (100,), year)


# Whatever somebody writes, the only thing that may come out of reading it is a problem with its place.

SNIPPETS = st.sampled_from(
    [
        *(
            "&a ",
            "*a",
            "!!int ",
            "- ",
            ": ",
            "{",
            "}",
            "[",
            "]",
            "\t",
            "\n",
            "---\n",
            '"',
            "'",
            "#",
            "|",
            ">",
            "%",
            "：",
        ),
        *("revenue", "at_least", "100万元", "null", "not: ", "", "²", "\ud800", "\x00", "9" * 5000, "{a: " * 50),
    ]
)


@st.composite
def mutated(draw: st.DrawFn, text: str) -> str:
    """``text`` with a few parts cut out, doubled, or replaced by something unfitting."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        piece = draw(SNIPPETS | st.text(max_size=4) | st.just(text[start:end] * 2))
        text = text[:start] + piece + text[end:]
    return text


@settings(max_examples=300)
@given(st.text() | mutated(GOOD_ITEM))
def test_only_problems_come_out_of_yaml(text: str) -> None:
    with suppress(Problem):
        read_yaml(text, "x.yaml")


JSON_ITEM = json.dumps(yaml.load(GOOD_ITEM, yaml.BaseLoader), ensure_ascii=False)


@settings(max_examples=300)
@given(st.text() | mutated(JSON_ITEM) | st.integers(1, 10**5).map(lambda depth: "[" * depth))
def test_only_problems_come_out_of_json(text: str) -> None:
    with suppress(Problem):
        read_json(text, "x.json")


@settings(max_examples=300)
@given(data=st.data())
def test_only_problems_come_out_of_a_mutated_item(data: st.DataObject, library: Library) -> None:
    text = data.draw(mutated(GOOD_ITEM))
    with suppress(Problem):
        read_item(read_yaml(text, "x.yaml"), library.documents["example"], library.dictionary)


WORDS = re.findall(
    r"\S+",
    """
    all any not some any_record of where at_least cite clause page year fixed rate tiers on pay cases values
    brackets rates per amount cap years range waived service within for_each highest_of operator object items
    first_reaches between revenue employees ownership project region industry kind investment every once each
    100万元 10% 3人 2023 last 民营 610900 C 以上 2024-01-01 是 highest 99999999999999999999999999999999999999
    """,
)
PLAIN = st.recursive(
    st.sampled_from(WORDS) | st.none() | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=12,
)
FIELDS = sorted(yaml.load(GOOD_ITEM, yaml.BaseLoader))


@settings(max_examples=400)
@given(field=st.sampled_from(["who", "benefit", "benefit", "stacking", "examples", "window", *FIELDS]), plain=PLAIN)
def test_only_problems_come_out_of_any_content(field: str, plain: Any, library: Library) -> None:
    content = {**yaml.load(GOOD_ITEM, yaml.BaseLoader), field: plain}
    with suppress(Problem):
        read_item(from_plain(content, "x"), library.documents["example"], library.dictionary)


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "\\ud800"}',
        '{"title": "\\u0000"}',
        '"\ud800"',
        '{"\\u0000": 1}',
        "[1, 2",
        '{"a": 1, "a": 2}',
        "NaN x",
    ],
)
def test_json_that_is_refused(text: str) -> None:
    with pytest.raises(Problem):
        read_json(text, "x.json")
