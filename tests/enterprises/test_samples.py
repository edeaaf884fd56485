"""The sample enterprises: valid, plainly made up, and various enough to show what the system does."""

import json
from datetime import date
from importlib.resources import files
from pathlib import Path

from enterprises import credit_code
from enterprises.dictionary import Source, bundled
from enterprises.profiles import Observation, Profile, read_profile, write_profile
from enterprises.samples import CODE_PREFIX, NAME_PREFIX, SAMPLE_DAY, samples
from enterprises.source_text import from_plain

FILES = sorted(Path(str(files("enterprises") / "samples")).glob("*.json"))


def observations(profile: Profile) -> list[Observation]:
    series = [seen for one in profile.series.values() for seen in (*one.years.values(), one.before) if seen is not None]
    fields = [seen for records in profile.records.values() for record in records for seen in record.fields.values()]
    return [*profile.facts.values(), *series, *fields]


def test_all_of_them_are_read() -> None:
    assert len(samples()) == len(FILES) >= 16


def test_names_and_codes_are_plainly_made_up_and_the_codes_valid_and_distinct() -> None:
    for profile in samples():
        assert profile.name is not None
        assert profile.credit_code is not None
        assert profile.name.startswith(NAME_PREFIX)
        assert credit_code.check(profile.credit_code)[8:].startswith(CODE_PREFIX)
    assert (
        len({profile.credit_code for profile in samples()})
        == len({profile.name for profile in samples()})
        == len(FILES)
    )


def test_the_files_say_that_they_are_samples() -> None:
    for path in FILES:
        assert json.loads(path.read_text(encoding="utf-8"))["sample"] is True, path.name


def test_everything_was_observed_in_the_half_year_up_to_the_sample_day() -> None:
    for profile in samples():
        for seen in observations(profile):
            assert seen.observed_on is not None, profile.name
            assert date(2024, 1, 1) <= seen.observed_on <= SAMPLE_DAY, profile.name


def test_values_come_from_where_the_dictionary_says_they_can() -> None:
    for profile in samples():
        for name, seen in profile.facts.items():
            assert seen.source in bundled().facts[name].sources, (profile.name, name)
        for name, series in profile.series.items():
            for seen in (*series.years.values(), *((series.before,) if series.before else ())):
                assert seen.source in bundled().facts[name].sources, (profile.name, name)
        for kind, records in profile.records.items():
            sources = {seen.source for record in records for seen in record.fields.values()}
            assert sources <= set(bundled().records[kind].sources), (profile.name, kind)


def test_they_are_written_and_read_again_to_the_same() -> None:
    for profile in samples():
        assert read_profile(from_plain(write_profile(profile, bundled()), "sample"), bundled()) == profile


def test_they_are_various() -> None:
    facts = [profile.facts for profile in samples()]
    kinds = {str(one["entity_kind"].value) for one in facts}
    owners = {str(one["ownership"].value) for one in facts if "ownership" in one}
    places = {str(one["region"].value)[:4] for one in facts}
    sources = {seen.source for profile in samples() for seen in observations(profile)}
    assert {"企业", "个体工商户", "农民专业合作社"} <= kinds
    assert {"民营", "国有", "外商投资"} <= owners
    assert {"6101", "6102", "6104", "6106"} < places
    assert sources == set(Source)
    assert any(len(observations(profile)) <= 3 for profile in samples())
