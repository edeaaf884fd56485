"""What an appeal is about: a part of a rule by its path, as it was judged; strictly read, and never made up."""

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.dictionary import bundled
from enterprises.profiles import Profile
from enterprises.readings import EnterpriseOn
from enterprises.samples import SAMPLE_DAY, samples
from policies.library import bundled_library
from recommender.appeals.subjects import LONGEST_PATH, Judged, Subject, subject
from recommender.evaluation import judge
from web.checkup.lines import Line, evidence_lines

LIBRARY = bundled_library()
DICTIONARY = bundled()
ITEMS = [item for item in LIBRARY.published if item.id.startswith("yanan-2023-private-economy")]
ITEM = LIBRARY.items["yanan-2023-private-economy.15"]
COMPANY = samples()[0]


def about(path: str, profile: Profile = COMPANY) -> Subject:
    return subject(ITEM, path, profile, SAMPLE_DAY, DICTIONARY)


def all_lines(lines: tuple[Line, ...]) -> Iterator[Line]:
    for line in lines:
        yield line
        yield from all_lines(line.parts)


@pytest.mark.parametrize("company", range(3))
def test_every_line_of_the_evidence_can_be_appealed_against(company: int) -> None:
    profile = samples()[company]
    for item in ITEMS:
        evidence = judge(item.rule, EnterpriseOn(profile, SAMPLE_DAY, DICTIONARY))
        for line in all_lines(evidence_lines(evidence, item, DICTIONARY)):
            if not line.path:
                continue
            found = subject(item, line.path, profile, SAMPLE_DAY, DICTIONARY)
            assert not found.gone
            assert found.truth == line.truth
            assert found.path == ".".join(step for step in line.path.split(".") if step.isdigit())
            assert subject(item, found.path, profile, SAMPLE_DAY, DICTIONARY) == found
            if not line.parts:
                assert found.text == line.text
                assert len(found.judged.values) == len(line.values)


def test_without_a_path_it_is_the_item_as_a_whole() -> None:
    found = about("")
    assert (found.path, found.text, found.gone) == ("", "", False)
    assert found.judged.values == ()


@pytest.mark.parametrize(
    "path",
    [
        *("99", "0.0.0.0.0", "any.0", "all.", "all..0", ".0", "0.", "-1", "+0", "00", "٠", "0 ", " 0", "1e0", "0x0"),
        *("ALL.0", "__class__", "parts.0", "all.0;", "9" * 5000, "0." * LONGEST_PATH),
    ],
)
def test_a_path_that_leads_nowhere_is_the_item_as_a_whole_and_said(path: str) -> None:
    found = about(path)
    assert (found.path, found.text) == ("", "")
    assert found.gone


@given(st.text(max_size=30) | st.from_regex(r"[a-z0-9.]{0,20}", fullmatch=True))
def test_no_path_breaks_it(path: str) -> None:
    found = about(path)
    assert found.gone or all(step.isdigit() for step in found.path.split(".") if found.path)


def test_of_an_enterprise_that_we_know_nothing_of_something_is_missing() -> None:
    found = about("", Profile())
    assert found.truth is None
    assert found.judged.answer == "待补充"
    assert found.judged.missing


def test_the_digest_follows_what_is_shown_but_the_day() -> None:
    one = about("0")
    assert one.digest == about("all.0").digest == subject(ITEM, "0", COMPANY, date(2024, 6, 29), DICTIONARY).digest
    assert len({one.digest, about("1").digest, about("").digest, about("0", Profile()).digest}) == 4


def test_what_was_judged_is_read_back_as_it_was() -> None:
    judged = Judged("不符合", SAMPLE_DAY, ("营业收入：1 万元", "“引号”"), "人数")
    assert Judged.read(judged.write()) == judged
