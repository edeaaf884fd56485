"""Texts as they are compared."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.plain_text import aligned, normalise


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("高新技術企業認定獎勵", "高新技术企业认定奖励"),
        ("ＩＳＯ９００１　认证", "iso9001 认证"),
        ("⼀⻓⼆⺠", "一长二民"),  # Kangxi radicals and their supplement, as PDF files have them
        ("20㎡、①、ⅳ级", "20m2、1、iv级"),
        ("jìshù gǎizào lǜsè", "jishu gaizao lvse"),
        ("奖励😀👨‍👩‍👧多少🇨🇳", "奖励多少"),
        ("补\u200b贴\x00多\ufeff少", "补贴多少"),
        (" \t换\n\n设备　 ", "换 设备"),
        ("著作权登记，乾县", "著作权登记,乾县"),  # both traditional and simplified: left alone
        ("Ｒ＆Ｄ Straße", "r&d straße"),
        ("", ""),
    ],
)
def test_what_is_written_differently_is_compared_as_the_same(written: str, plain: str) -> None:
    assert normalise(written) == plain


@given(st.text())
def test_the_same_again_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("技術獎勵㎡①😀 \n\u3000ａ９⼀é"))))
def test_each_character_knows_where_it_came_from(text: str) -> None:
    there = aligned(text)
    assert there.plain == normalise(text)
    assert len(there.origins) == len(there.plain)
    assert list(there.origins) == sorted(there.origins)
    assert all(0 <= place < len(text) for place in there.origins)
    for character, place in zip(there.plain, there.origins, strict=True):
        if text[place] == character:
            continue
        assert character == " " or character in normalise(text[place]) or normalise(text[place]) in "獎勵"


@given(st.text(alphabet="技術獎勵設備補貼", min_size=1))
def test_traditional_characters_map_one_to_one(text: str) -> None:
    assert list(aligned(text).origins) == list(range(len(text)))


def test_opencc_is_not_loaded_for_a_simplified_text() -> None:
    program = (
        "import sys; from enterprises.plain_text import normalise; normalise('换设备能补多少钱，ISO9001');"
        "assert 'opencc' not in sys.modules; normalise('換設備'); assert 'opencc' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
