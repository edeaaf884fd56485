"""Snapshots of the database: the newest counts, a broken one never does, and nothing is made twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from enterprises import snapshots
from enterprises.database import connect, migrate, reading, writing
from enterprises.dictionary import bundled
from enterprises.population import MANIFEST
from enterprises.profiles import Profile
from enterprises.samples import samples, statements
from enterprises.tables import load_profile, record


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


def store(engine: Engine, first: int, last: int) -> None:
    with writing(engine) as session:
        record(session, statements()[first:last], bundled())


def known(profile: Profile) -> dict[str, tuple[object, object]]:
    """The facts, without the days on which they were seen, which no population keeps."""
    return {name: (seen.value, seen.source) for name, seen in profile.facts.items()}


def test_an_empty_database_has_none(engine: Engine, tmp_path: Path) -> None:
    assert snapshots.refresh(engine, tmp_path / "kept", bundled()) is None
    assert snapshots.newest(tmp_path / "kept", bundled()) is None


def test_it_shows_the_database_and_is_made_anew_only_after_a_change(engine: Engine, tmp_path: Path) -> None:
    store(engine, 0, 5)
    first = snapshots.refresh(engine, tmp_path, bundled())
    assert first is not None and first.population.rows == 5 and first.population.made_up
    with reading(engine) as session:
        kept = {profile.credit_code: profile for profile in first.population.profiles()}
        for sample in samples()[:5]:
            stored = load_profile(session, str(sample.credit_code), bundled())
            assert stored is not None and known(kept[sample.credit_code]) == known(stored)
    written: list[int] = []
    assert snapshots.refresh(engine, tmp_path, bundled(), written.append) == first
    assert written == []
    store(engine, 5, 7)
    again = snapshots.refresh(engine, tmp_path, bundled(), written.append)
    assert again is not None and again.population.rows == 7 and again.revision > first.revision
    assert sum(written) == 7
    assert snapshots.newest(tmp_path, bundled()) == again
    assert snapshots.of_revision(tmp_path, first.revision, bundled()) == first


def test_what_broke_off_does_not_count(engine: Engine, tmp_path: Path) -> None:
    store(engine, 0, 3)

    def stop(_rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        snapshots.refresh(engine, tmp_path / "kept", bundled(), stop)
    assert snapshots.newest(tmp_path / "kept", bundled()) is None
    assert list((tmp_path / "kept").iterdir()) == []


def test_only_the_newest_are_kept(engine: Engine, tmp_path: Path) -> None:
    for number in range(snapshots.KEPT + 2):
        store(engine, number, number + 1)
        snapshots.refresh(engine, tmp_path, bundled())
    assert len(list(tmp_path.glob(f"*/{MANIFEST}"))) == snapshots.KEPT
