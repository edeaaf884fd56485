"""Our tables against independent copies of the standards, where those are at hand.

`HUIQI_REFERENCE_DATA` names their folder; by default it is `shared/data` beside the repository.
"""

import csv
import os
from pathlib import Path

import pytest

from enterprises.codes import rows
from enterprises.industries import industries, is_industry_code
from enterprises.regions import is_region_code, regions

BESIDE_THE_REPOSITORY = Path(__file__).parents[3] / "shared" / "data"
FOLDER = Path(os.environ.get("HUIQI_REFERENCE_DATA") or BESIDE_THE_REPOSITORY)

# Not in the copy, which covers the 31 units that the mainland's statistics do.
PROVINCES_MISSING_THERE = {"710000": "台湾省", "810000": "香港特别行政区", "820000": "澳门特别行政区"}

# The copy cuts these names short.
NAMES_CUT_SHORT_THERE = {
    "306": "玻璃纤维和玻璃纤维增强塑料制品制",
    "354": "印刷、制药、日化及日用品生产专用设",
    "359": "环保、邮政、社会公共服务及其他专用",
    "37": "铁路、船舶、航空航天和其他运输设备制",
}

# 1380 classes were announced with GB/T 4754-2017, and 1382 are counted since its amendment of 2019; the copy lists
# 1381, none of which could be shown to be wrong. The 666 of industry (B, C, D) agree with the published number, so what
# is too many, or miscounted, is of another section. Our table stops at groups, where both have 473.
CLASSES_THERE = 1381
INDUSTRIAL_CLASSES = 666


def reference(path: str, what: str) -> list[dict[str, str]]:
    file = FOLDER / path
    if not file.is_file():
        pytest.skip(f"not checked: {what}; {path} is not in HUIQI_REFERENCE_DATA, nor in ../shared/data")
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_regions() -> None:
    what = "codes and names of the provinces, and of the cities and counties of Shaanxi (GB/T 2260)"
    provinces = {row["code"] + "0000": row["name"] for row in reference("regions/provinces.csv", what)}
    cities = {row["code"] + "00": row["name"] for row in reference("regions/cities.csv", what)}
    counties = {row["code"]: row["name"] for row in reference("regions/areas.csv", what)}
    of_shaanxi = {code: name for code, name in (cities | counties).items() if code.startswith("61")}
    assert {each.code: each.name for each in regions()} == provinces | PROVINCES_MISSING_THERE | of_shaanxi
    assert [code for code in cities | counties if not is_region_code(code)] == []


def test_industries() -> None:
    listed = reference("industry/gbt4754_2017.csv", "codes, names and sections of the industries (GB/T 4754-2017)")
    theirs = {row["code"]: (row["name"], row["menlei"]) for row in listed if row["level"] != "4"}
    sections = {row["code"]: row["section"] for row in rows("industries")}
    ours = {each.code: (NAMES_CUT_SHORT_THERE.get(each.code, each.name), sections[each.code]) for each in industries()}
    assert ours == theirs


def test_classes() -> None:
    listed = reference("industry/gbt4754_2017.csv", "that every class of industry is accepted (GB/T 4754-2017)")
    classes = [(row["menlei"], row["code"]) for row in listed if row["level"] == "4"]
    assert len(set(classes)) == CLASSES_THERE
    assert len([code for section, code in classes if section in "BCD"]) == INDUSTRIAL_CLASSES
    assert [code for section, code in classes if not is_industry_code(section + code)] == []


def test_sizes() -> None:
    listed = reference("size/sme_size_thresholds.csv", "the floors of the size classes (工信部联企业〔2011〕300号)")
    theirs = {
        (row["industry"], row["indicator"].removesuffix("_wan")): (
            row["large_min"],
            row["medium_min"],
            row["small_min"],
        )
        for row in listed
    }
    assert {
        (row["category"], row["indicator"]): (row["large"], row["medium"], row["small"]) for row in rows("sizes")
    } == theirs
