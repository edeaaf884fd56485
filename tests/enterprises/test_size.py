"""The thresholds are stated here a second time, in the order of article 4, and each is tried at its limit."""

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.codes import UnknownCode
from enterprises.industries import industries, nested
from enterprises.size import CATEGORIES, Size, categories, possible_sizes

WAN = 1_000_000  # 分

# Category, an industry of it, and floors of 大型, 中型 and 小型 in persons or 万元.
ARTICLE_4: list[tuple[str, str, dict[str, tuple[int, int, int]]]] = [
    ("农、林、牧、渔业", "0111", {"revenue": (20000, 500, 50)}),
    ("工业", "13", {"employees": (1000, 300, 20), "revenue": (40000, 2000, 300)}),
    ("建筑业", "47", {"revenue": (80000, 6000, 300), "assets": (80000, 5000, 300)}),
    ("批发业", "51", {"employees": (200, 20, 5), "revenue": (40000, 5000, 1000)}),
    ("零售业", "52", {"employees": (300, 50, 10), "revenue": (20000, 500, 100)}),
    ("交通运输业", "54", {"employees": (1000, 300, 20), "revenue": (30000, 3000, 200)}),
    ("仓储业", "592", {"employees": (200, 100, 20), "revenue": (30000, 1000, 100)}),
    ("邮政业", "60", {"employees": (1000, 300, 20), "revenue": (30000, 2000, 100)}),
    ("住宿业", "61", {"employees": (300, 100, 10), "revenue": (10000, 2000, 100)}),
    ("餐饮业", "62", {"employees": (300, 100, 10), "revenue": (10000, 2000, 100)}),
    ("信息传输业", "64", {"employees": (2000, 100, 10), "revenue": (100000, 1000, 100)}),
    ("软件和信息技术服务业", "65", {"employees": (300, 100, 10), "revenue": (10000, 1000, 50)}),
    ("房地产开发经营", "701", {"revenue": (200000, 1000, 100), "assets": (10000, 5000, 2000)}),
    ("物业管理", "702", {"employees": (1000, 300, 100), "revenue": (5000, 1000, 500)}),
    ("租赁和商务服务业", "72", {"employees": (300, 100, 10), "assets": (120000, 8000, 100)}),
    ("其他未列明行业", "73", {"employees": (300, 100, 10)}),
]
CLASSES = [Size.LARGE, Size.MEDIUM, Size.SMALL, Size.MICRO]
PLENTY = 10**15

INDUSTRIES = st.none() | st.sampled_from(sorted(each.code for each in industries()))
FIGURES = st.none() | st.integers(0, 3000) | st.integers(0, 300_000).map(lambda wan: wan * WAN)


def sizes(industry: str | None, **known: int) -> frozenset[Size]:
    return possible_sizes(industry, known.get("employees"), known.get("revenue"), known.get("assets"))


# Industry, indicator, floor in persons or 分, the class of who reaches it, and of who is short of it.
LIMITS = [
    (industry, indicator, floor * (1 if indicator == "employees" else WAN), reached, short)
    for _, industry, indicators in ARTICLE_4
    for indicator, floors in indicators.items()
    for floor, (reached, short) in zip(floors, pairwise(CLASSES), strict=True)
]


@pytest.mark.parametrize(("industry", "indicator", "floor", "reached", "short"), LIMITS)
def test_each_limit_when_nothing_else_is_short(
    industry: str, indicator: str, floor: int, reached: Size, short: Size
) -> None:
    def with_figure(figure: int) -> frozenset[Size]:
        return sizes(industry, **({"employees": PLENTY, "revenue": PLENTY, "assets": PLENTY} | {indicator: figure}))

    assert with_figure(floor - 1) == {short}
    assert with_figure(floor) == {reached}
    assert with_figure(floor + 1) == {reached}


@pytest.mark.parametrize(("category", "industry", "indicators"), ARTICLE_4)
def test_the_weakest_indicator_decides(
    category: str, industry: str, indicators: dict[str, tuple[int, int, int]]
) -> None:
    units = {indicator: 1 if indicator == "employees" else WAN for indicator in indicators}
    for steps in product(range(4), repeat=len(indicators)):
        figures = {
            indicator: (*floors, 0)[step] * units[indicator]
            for (indicator, floors), step in zip(indicators.items(), steps, strict=True)
        }
        assert sizes(industry, **figures) == {CLASSES[max(steps)]}, (category, figures)


def test_other_indicators_than_the_categorys_do_not_matter() -> None:
    assert sizes("0111", revenue=500 * WAN) == {Size.MEDIUM}
    assert sizes("0111", revenue=500 * WAN, employees=1, assets=1) == {Size.MEDIUM}
    assert sizes("73", employees=300, revenue=0) == {Size.LARGE}


def test_unknown_leaves_open_what_some_value_would_give() -> None:
    assert sizes("13", employees=300) == {Size.MEDIUM, Size.SMALL, Size.MICRO}
    assert sizes("13", employees=19) == {Size.MICRO}  # whatever the revenue
    assert sizes("13") == set(CLASSES)
    assert sizes("J") == {Size.UNCLASSED}
    assert sizes(None) == set(Size)
    assert sizes(None, employees=4, revenue=0, assets=0) == {Size.MICRO, Size.UNCLASSED}


def test_coarse_industry_leaves_its_categories_open() -> None:
    assert categories("F") == {"批发业", "零售业"}
    assert sizes("F", employees=200, revenue=40000 * WAN) == {Size.LARGE, Size.MEDIUM}
    assert categories("59") == {"交通运输业", "仓储业"}
    assert categories("Q") == {"其他未列明行业", None}
    assert categories("70") == {"房地产开发经营", "物业管理", "其他未列明行业", None}
    assert categories("C") == {"工业"}
    assert categories(None) == CATEGORIES.keys()


@pytest.mark.parametrize("industry", ["53", "5320", "J", "66", "704", "P", "84", "8411", "S", "91", "T"])
def test_outside_the_scope(industry: str) -> None:
    assert sizes(industry, employees=5, revenue=5, assets=5) == {Size.UNCLASSED}


@pytest.mark.parametrize("industry", ["85", "M", "78", "O", "R", "703", "709"])
def test_other_industries_of_the_scope(industry: str) -> None:
    assert categories(industry) == {"其他未列明行业"}


def test_every_group_is_of_exactly_one_category() -> None:
    assert {each.code for each in industries() if each.level == "group" and len(categories(each.code)) != 1} == set()
    assert {name for name in CATEGORIES if name} == {category for category, _, _ in ARTICLE_4}


@given(INDUSTRIES, FIGURES, FIGURES, FIGURES, st.data())
def test_learning_never_adds_a_class(
    industry: str | None, employees: int | None, revenue: int | None, assets: int | None, data: st.DataObject
) -> None:
    finer = sorted(each.code for each in industries() if industry is None or nested(each.code, industry))
    learnt_industry = data.draw(st.just(industry) | st.sampled_from(finer))
    learnt = [data.draw(FIGURES) if known is None else known for known in (employees, revenue, assets)]
    before, after = possible_sizes(industry, employees, revenue, assets), possible_sizes(learnt_industry, *learnt)
    assert after
    assert after <= before


@given(
    st.sampled_from(sorted(each.code for each in industries() if each.level == "group")),
    *[FIGURES.filter(lambda figure: figure is not None)] * 3,
)
def test_all_known_is_one_class(industry: str, employees: int, revenue: int, assets: int) -> None:
    assert len(possible_sizes(industry, employees, revenue, assets)) == 1


@pytest.mark.parametrize("indicator", ["employees", "revenue", "assets"])
def test_negative_figures_are_refused(indicator: str) -> None:
    with pytest.raises(ValueError, match=f"{indicator} is -1"):
        sizes("C", **{indicator: -1})


def test_unknown_industry_is_refused() -> None:
    with pytest.raises(UnknownCode):
        sizes("98")
