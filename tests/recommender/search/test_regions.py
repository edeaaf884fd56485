"""Places in questions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises import regions
from enterprises.plain_text import normalise
from recommender.search.regions import finest, regions_in
from recommender.search.tokens import words


def named(text: str) -> list[str]:
    plain = normalise(text)
    return [code for hint in finest(regions_in(plain, words(plain))) for code in hint.codes]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("延安的企业", ["610600"]),
        ("宝塔区有什么补贴", ["610602"]),
        ("陕西省延安市宝塔区", ["610602"]),
        ("西安和咸阳", ["610100", "610400"]),
        ("延安寶塔區", ["610602"]),
        ("内蒙古", ["150000"]),
        ("新城镇化", []),
        ("延长期限", []),
        ("延长县", ["610621"]),
        ("", []),
    ],
)
def test_places_are_found(text: str, codes: list[str]) -> None:
    assert named(text) == codes


@pytest.mark.parametrize("region", [pytest.param(region, id=region.code) for region in regions.regions()])
def test_every_region_is_found_by_its_name(region: regions.Region) -> None:
    assert region.code in named(region.name)


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("西安延宝塔区市县省陕新城长"))))
def test_any_text_is_read(text: str) -> None:
    plain = normalise(text)
    for hint in regions_in(plain, words(plain)):
        assert hint.said == plain[hint.start : hint.end]
        assert all(regions.is_region_code(code) for code in hint.codes)
