"""Industries are inferred for those stored who have a scope and no industry, batch by batch, and never twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine

from enterprises.credit_code import complete
from enterprises.database import connect, migrate, reading, writing
from enterprises.dictionary import Source, bundled
from enterprises.profiles import Observation, Profile
from enterprises.statements import Statement
from enterprises.tables import last_revision, load_profile, load_statements, record
from recommender.industry import stored
from recommender.industry.classifier import load_classifier
from recommender.industry.stored import Inferred, infer_all

DAY, LATER = date(2024, 6, 30), date(2024, 7, 1)
DICTIONARY = bundled()
CLASSIFIER = load_classifier()
CODES = tuple(complete(f"91610602MAHQ9{number:03}0") for number in range(6))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    found = connect(database_url)
    migrate(found)
    yield found
    found.dispose()


def store(engine: Engine, code: str, name: str, source: Source = Source.REGISTER, **facts: str) -> None:
    profile = Profile(code, name, {fact: Observation(value, source, DAY) for fact, value in facts.items()})
    with writing(engine) as session:
        record(session, [Statement(profile, source, DAY, f"登记 {name}")], DICTIONARY)


def industry_of(engine: Engine, code: str) -> Observation | None:
    with reading(engine) as session:
        profile = load_profile(session, code, DICTIONARY)
    assert profile is not None
    return profile.facts.get("industry")


def store_some(engine: Engine) -> None:
    store(engine, CODES[0], "延安煤业有限公司", business_scope="煤炭开采；煤炭洗选")
    store(engine, CODES[1], "老王饭店", business_scope="餐饮服务")
    store(engine, CODES[2], "云帆软件有限公司", business_scope="软件开发", industry="65")
    store(engine, CODES[3], "没有范围的饭店")
    store(engine, CODES[4], "ABC", business_scope="😀 trading")


@pytest.mark.parametrize("batch", [1, 3, 4, 1000])
def test_those_with_a_scope_and_no_industry_get_one(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(stored, "BATCH", batch)
    store_some(engine)
    watched: list[int] = []
    done = infer_all(engine, CLASSIFIER, DICTIONARY, DAY, watched.append)
    assert done == Inferred(with_scope=4, inferred=2, added=2, changed=2)
    assert sum(watched) == 4
    assert max(watched) <= batch
    assert industry_of(engine, CODES[0]) == Observation("061", Source.INFERRED, DAY)
    assert industry_of(engine, CODES[1]) == Observation("621", Source.INFERRED, DAY)
    assert industry_of(engine, CODES[2]) == Observation("65", Source.REGISTER, DAY)
    assert industry_of(engine, CODES[3]) is None
    assert industry_of(engine, CODES[4]) is None


def test_the_same_again_on_another_day_changes_nothing(engine: Engine) -> None:
    store_some(engine)
    infer_all(engine, CLASSIFIER, DICTIONARY, DAY)
    with reading(engine) as session:
        revision, said = last_revision(session), load_statements(session, CODES[0], DICTIONARY)
    again = infer_all(engine, CLASSIFIER, DICTIONARY, LATER)
    assert again == Inferred(with_scope=4, inferred=2, added=0, changed=0)
    with reading(engine) as session:
        assert last_revision(session) == revision
        assert load_statements(session, CODES[0], DICTIONARY) == said


def test_broken_off_it_goes_on(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "BATCH", 1)
    store_some(engine)

    def stop(_more: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        infer_all(engine, CLASSIFIER, DICTIONARY, DAY, stop)
    assert industry_of(engine, CODES[0]) is not None
    assert industry_of(engine, CODES[1]) is None
    assert infer_all(engine, CLASSIFIER, DICTIONARY, LATER).added == 1
    assert industry_of(engine, CODES[1]) is not None


def test_what_the_enterprise_says_later_takes_its_place(engine: Engine) -> None:
    store_some(engine)
    infer_all(engine, CLASSIFIER, DICTIONARY, DAY)
    store(engine, CODES[1], "老王饭店", Source.DECLARED, industry="622")
    assert industry_of(engine, CODES[1]) == Observation("622", Source.DECLARED, DAY)
    assert infer_all(engine, CLASSIFIER, DICTIONARY, LATER).inferred == 1
    assert industry_of(engine, CODES[1]) == Observation("622", Source.DECLARED, DAY)


def test_a_new_scope_gives_a_new_inference(engine: Engine) -> None:
    store_some(engine)
    infer_all(engine, CLASSIFIER, DICTIONARY, DAY)
    profile = Profile(CODES[1], facts={"business_scope": Observation("物业管理", Source.REGISTER, LATER)})
    profile = Profile(CODES[1], "安居物业有限公司", profile.facts)
    with writing(engine) as session:
        record(session, [Statement(profile, Source.REGISTER, LATER, "变更登记")], DICTIONARY)
    assert infer_all(engine, CLASSIFIER, DICTIONARY, LATER).added == 1
    assert industry_of(engine, CODES[1]) == Observation("702", Source.INFERRED, LATER)


def test_an_empty_database_has_nobody(engine: Engine) -> None:
    assert infer_all(engine, CLASSIFIER, DICTIONARY, DAY) == Inferred()
