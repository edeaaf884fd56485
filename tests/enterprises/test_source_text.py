"""Texts with places; what goes wrong in whole files is in ``tests/policies/malformed``."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.source_text import Problem, from_plain, read_json, read_yaml, suggest


def test_scalars_stay_text() -> None:
    entry = read_yaml("{code: 010, on: off, day: 2024-01-01, none: , empty: '', tilde: ~, quoted: 'null'}", "x")
    assert entry.plain() == {
        "code": "010",
        "on": "off",
        "day": "2024-01-01",
        "none": None,
        "empty": "",
        "tilde": None,
        "quoted": "null",
    }
    numbers = read_json('{"big": 123456789012345678901234567890, "exact": 0.10, "yes": true, "none": null}', "x")
    assert numbers.plain() == {
        "big": "123456789012345678901234567890",
        "exact": "0.10",
        "yes": "true",
        "none": None,
    }


def test_every_value_knows_its_place() -> None:
    entry = read_yaml("a: 1\nb:\n  - c: 2\n    d: >\n      long\n      text\n", "x")
    inner = entry.mapping()["b"].items()[0].mapping()
    assert [(one.path, one.line) for one in (entry, *inner.values())] == [("", 1), ("b[0].c", 3), ("b[0].d", 4)]
    assert (entry.mapping()["b"].path, entry.mapping()["b"].line) == ("b", 2)


def test_where_all_are_listed_is_said_after_the_three_that_are_alike() -> None:
    known = ["aaa_1", "aaa_2", "aaa_3", "aaa_4", "zzz"]
    alike, everything = suggest("aaxyz", known, "全部见目录").split("；")
    assert alike.startswith("相近的有：aaa_")
    assert len(alike.split("、")) == 3
    assert everything == "全部见目录"
    assert suggest("利润", known, "全部见目录") == "全部见目录"


def test_nothing_is_suggested_beyond_reason() -> None:
    known = [f"fact_{number}" for number in range(300)]
    assert suggest("zzz", known).startswith("可以写：fact_0、fact_1、")
    assert suggest("zzz", known).endswith("fact_19 等 300 种")
    assert suggest("revenu", ["revenue", "employees"]) == "是否想写“revenue”？"


PLAIN = st.recursive(
    st.none() | st.from_regex(r"[ -~一-龥]*", fullmatch=True),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z一-龥]+", fullmatch=True), inner),
    max_leaves=10,
)


@given(PLAIN)
def test_plain_data_comes_back(plain: object) -> None:
    assert from_plain(plain, "x").plain() == plain


@pytest.mark.parametrize("read", [read_yaml, read_json])
def test_depth_has_a_limit(read: Callable[[str, str], object]) -> None:
    for depth, fine in ((41, True), (42, False), (100_000, False)):
        text = "[" * depth + "]" * depth
        if fine:
            read(text, "x")
        else:
            with pytest.raises(Problem, match=r"层次过深|写法"):
                read(text, "x")


def test_shapes_are_asked_for_by_name() -> None:
    entry = from_plain({"text": "x", "list": ["x"], "number": "12", "none": None}, "x")
    fields = entry.mapping()
    assert (fields["text"].text(), fields["number"].number(), fields["list"].items()[0].text()) == ("x", 12, "x")
    mistakes: list[tuple[Callable[[], object], str]] = [
        (fields["text"].items, "这里应是列表，却是一个值"),
        (fields["text"].mapping, "这里应是“名称: 值”的映射，却是一个值"),
        (fields["list"].text, "这里应是一个值，却是列表"),
        (fields["none"].text, "这里是空的"),
        (fields["none"].items, "这里应是列表，却是空值"),
        (fields["text"].number, "“x”不是整数，或超出范围"),
        (partial(fields["number"].number, most=11), "“12”不是整数，或超出范围"),
        (partial(entry.fields, ("text",)), "不认识的字段“list”"),
        (partial(entry.fields, ("text", "list", "number", "none", "more")), "缺少字段“more”"),
        (partial(fields["text"].one_of, ("a", "b")), "不认识的取值“x”"),
    ]
    for ask, message in mistakes:
        with pytest.raises(Problem) as caught:
            ask()
        assert caught.value.message == message
