"""What is learnt from is well-formed, covers every division that has enterprises, and keeps a part for testing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from enterprises.source_text import Problem
from recommender.industry.examples import (
    NOTHING,
    groups,
    labelled,
    our_phrases,
    read_labelled,
    standard_phrases,
    worded,
)

WITHOUT_ENTERPRISES = {"91", "92", "93", "97"}


def test_every_division_with_enterprises_has_at_least_two_scopes() -> None:
    divisions = Counter(each.code[:2] for each in labelled())
    assert {code[:2] for code in groups()} - divisions.keys() == WITHOUT_ENTERPRISES
    assert min(divisions.values()) >= 2
    assert len(labelled()) >= 450


def test_no_scope_is_there_twice() -> None:
    assert len({each.name for each in labelled()}) == len(labelled())


def test_about_a_quarter_is_held_out_by_a_fixed_hash() -> None:
    held = [each for each in labelled() if each.held_out]
    assert 0.2 < len(held) / len(labelled()) < 0.3
    assert len(held) == 212


def test_every_group_has_activities_and_trades() -> None:
    told = Counter((each.code, each.is_trade) for each in our_phrases())
    assert all(told[code, is_trade] for code in groups() for is_trade in (False, True))
    assert told[NOTHING, False] > 20


def test_a_class_is_worded_as_licences_do() -> None:
    texts = {each.text for each in worded("水泥制造", "301")}
    assert {"水泥制造", "水泥生产", "水泥加工"} <= texts
    assert "煤炭及制品销售" in {each.text for each in worded("煤炭及制品批发", "516")}


STANDARD = """code,level,level_name,name,menlei,dalei,zhonglei,note
C,1,门类,制造业,C,,,
13,2,大类,农副食品加工业,C,13,,
131,3,中类,谷物磨制,C,13,131,指将稻谷、小麦碾磨成米面的加工，不包括饲料
1311,4,小类,稻谷加工,C,13,131,
9991,4,小类,没有的行业,C,99,999,
"""


def test_the_standard_is_read_by_group(tmp_path: Path) -> None:
    path = tmp_path / "standard.csv"
    path.write_text(STANDARD, encoding="utf-8")
    found = list(standard_phrases(path))
    assert {each.code for each in found} == {"131"}
    assert {"谷物磨制", "稻谷加工"} <= {each.text for each in found}
    assert not any("饲料" in each.text for each in found)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"code,name,scope\n015,a,b\n999,c,d\n", 3, "“999”不是行业中类代码"),
        (b"code,name,scope\n15,a,b\n", 2, "“15”不是行业中类代码"),
        (b"code,name\n015,a\n", 1, "缺少列“scope”"),
        (b"\xff\xfe", None, "不是 UTF-8 文本"),
    ],
)
def test_mistakes_in_a_file_are_named(tmp_path: Path, content: bytes, line: int | None, message: str) -> None:
    path = tmp_path / "scopes.csv"
    path.write_bytes(content)
    with pytest.raises(Problem, match=message) as error:
        read_labelled(path)
    assert (error.value.file, error.value.line) == ("scopes.csv", line)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="读不了"):
        read_labelled(tmp_path / "nowhere.csv")
