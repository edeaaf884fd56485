"""What is stored comes back as it was, on SQLite and on PostgreSQL, and versions are kept."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, func, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, col, select, update

import enterprises.sample_population
import policies.library
from enterprises.credit_code import complete
from enterprises.database import (
    Row,
    StorageError,
    alembic_config,
    changing_schema,
    connect,
    migrate,
    reading,
    writing,
)
from enterprises.dictionary import Source, bundled
from enterprises.profiles import Observation, Profile, Record, Series
from enterprises.samples import samples
from enterprises.snapshots import newest
from enterprises.source_text import Problem
from enterprises.statements import Statement, merge
from enterprises.tables import (
    EnterpriseRow,
    Recorded,
    last_revision,
    list_conflicts,
    list_enterprises,
    load_profile,
    load_statements,
    record,
    stream_profiles,
)
from policies.items import Status
from policies.library import Library
from policies.tables import (
    ItemRow,
    ItemVersionRow,
    Summary,
    VersionConflict,
    load_item,
    load_library,
    store_library,
)
from recommender.tables import DamagedExplanation, ExplanationRow, load_explanation, store_explanation
from tests.any_profiles import any_profiles
from web.setup import setup
from web.stored import Database

DICTIONARY = bundled()
CODES = tuple(complete(f"91610602MAHQ900{number}0") for number in range(3))
DAY = date(2024, 6, 30)


def tell(session: Session, profile: Profile) -> None:
    """What a person who was told of this profile records."""
    record(session, [Statement(profile, Source.DECLARED, DAY, "测试")], DICTIONARY)


@pytest.fixture
def empty(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(empty: Engine) -> Engine:
    migrate(empty)
    return empty


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_goes_through_psycopg_3_however_it_is_written(scheme: str) -> None:
    engine = connect(f"{scheme}://somebody:secret@db.example/huiqi")
    assert engine.url.drivername == "postgresql+psycopg"
    assert engine.url.password == "secret"


@pytest.mark.parametrize(
    "url",
    [
        "var/huiqi.db",
        "mysql://root:secret@db.example/huiqi",
        "postgresql://u:secret@host:port/x",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite://var/huiqi.db",
        "postgresql+asyncpg://u:secret@host/x",
    ],
)
def test_a_bad_address_is_refused_in_chinese_and_gives_no_password_away(url: str) -> None:
    with pytest.raises(StorageError, match="请写成 sqlite:///") as caught:
        connect(url)
    assert "secret" not in str(caught.value)


def test_the_address_comes_from_the_environment_or_is_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert connect().url.database == "var/huiqi.db"
    assert (tmp_path / "var").is_dir()
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example/huiqi")
    assert connect().url.host == "db.example"


def test_a_server_that_does_not_answer_is_named_without_the_password() -> None:
    engine = connect("postgresql://somebody:secret@127.0.0.1:1/huiqi")
    with pytest.raises(StorageError, match=r"连不上数据库 .*127\.0\.0\.1") as caught:
        migrate(engine)
    assert "secret" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="不能建立数据库文件所在的文件夹"):
        connect(f"sqlite:///{tmp_path}/file/huiqi.db")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("Notes, not a database. " * 100)
    engine = connect(f"sqlite:///{tmp_path / 'notes.db'}")
    with pytest.raises(StorageError, match="连不上数据库"):
        migrate(engine)
    engine.dispose()


# --------------------------------------------------------------- migrations


def test_the_migrated_schema_is_the_one_that_the_tables_declare(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Row.metadata) == []
        tables = set(inspect(connection).get_table_names())
    assert tables == {*Row.metadata.tables, "alembic_version"}


def test_migrations_can_be_undone_and_done_again_and_doing_them_twice_does_nothing(engine: Engine) -> None:
    with changing_schema(engine) as connection:
        command.downgrade(alembic_config(connection), "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    migrate(engine)
    migrate(engine)
    with writing(engine) as session:
        tell(session, samples()[0])


def test_a_migration_that_fails_half_way_leaves_nothing_behind(empty: Engine) -> None:
    with pytest.raises(ZeroDivisionError), changing_schema(empty) as connection:
        connection.execute(text("CREATE TABLE half (way INTEGER)"))
        raise ZeroDivisionError
    assert inspect(empty).get_table_names() == []


def test_rebuilding_a_table_in_a_migration_deletes_nothing_that_refers_to_it(engine: Engine) -> None:
    profile = samples()[0]
    with writing(engine) as session:
        tell(session, profile)
    with changing_schema(engine) as connection:
        sqlite = connection.dialect.name == "sqlite"
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("enterprises", recreate="always" if sqlite else "never") as batch:
            batch.add_column(Column("extra", Integer))
    with reading(engine) as session:
        assert load_profile(session, str(profile.credit_code), DICTIONARY) == profile


def test_a_migration_that_breaks_references_is_undone(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'huiqi.db'}")
    migrate(engine)
    with writing(engine) as session:
        tell(session, samples()[0])
    with pytest.raises(StorageError, match="引用了不存在的数据"), changing_schema(engine) as connection:
        connection.execute(text("DELETE FROM enterprises"))
    with reading(engine) as session:
        assert len(list_enterprises(session)) == 1
    engine.dispose()


def test_a_database_from_a_later_version_is_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from the future'"))
    with pytest.raises(StorageError, match="可能来自更新的版本"):
        migrate(engine)


def test_migrating_at_the_same_time_waits_its_turn(database_url: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", _MIGRATE], env={**os.environ, "DATABASE_URL": database_url}
        )
        for _ in range(2)
    ]
    assert [process.wait(60) for process in processes] == [0, 0]


_MIGRATE = "from enterprises.database import connect, migrate; engine = connect(); migrate(engine); engine.dispose()"


def test_the_alembic_command_works_for_whoever_writes_the_next_migration(database_url: str) -> None:
    alembic = [sys.executable, "-W", "error", "-m", "alembic"]
    for arguments in (["upgrade", "head"], ["check"]):
        ran = subprocess.run(
            [*alembic, *arguments],
            cwd=Path(__file__).parent.parent,
            env={**os.environ, "DATABASE_URL": database_url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


# ------------------------------------------------------------- transactions


def test_foreign_keys_are_enforced(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.add(ItemRow(id="nowhere.1", document_id="nowhere", position=0))


def test_an_error_names_no_values(engine: Engine) -> None:
    """It stands in the log, and what was stored or asked for may be anybody's affairs."""
    with pytest.raises(DBAPIError) as found, writing(engine) as session:
        session.connection().execute(text("SELECT 1 FROM no_such_table WHERE name = :name"), {"name": "王小明"})
    assert "王小明" not in str(found.value)


def test_an_error_undoes_everything(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as session:
        tell(session, samples()[0])
        raise ZeroDivisionError
    with reading(engine) as session:
        assert list_enterprises(session) == ()


def test_writers_who_read_first_wait_for_each_other_and_lose_nothing(engine: Engine) -> None:
    one, other = samples()[:2]
    with writing(engine) as session:
        tell(session, one)
    barrier = threading.Barrier(2, timeout=30)
    failed: list[BaseException] = []

    def write(profile: Profile) -> None:
        try:
            for _ in range(10):
                barrier.wait()
                with writing(engine) as session:
                    list_enterprises(session)
                    tell(session, profile)
        except BaseException as error:
            failed.append(error)
            barrier.abort()

    threads = [threading.Thread(target=write, args=(profile,)) for profile in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with reading(engine) as session:
        assert load_profile(session, str(one.credit_code), DICTIONARY) == one
        assert load_profile(session, str(other.credit_code), DICTIONARY) == other


def test_sqlite_lets_others_read_while_somebody_writes(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'huiqi.db'}")
    migrate(engine)
    with writing(engine) as writer:
        tell(writer, samples()[0])
        with reading(engine) as reader:
            assert list_enterprises(reader) == ()
    engine.dispose()


# ----------------------------------------------------------------- profiles


UNSEEN = Observation("未知", Source.DECLARED, None)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(profile=any_profiles(CODES))
@example(profile=Profile(CODES[0]))
@example(profile=Profile(CODES[0], "无", records={"project": (), "receivable": (Record("receivable", {}),)}))
@example(profile=Profile(CODES[0], records={"project": (Record("project", {"name": UNSEEN}), Record("project", {}))}))
@example(profile=Profile(CODES[0], facts={"zones": Observation(frozenset())}))
@example(profile=Profile(CODES[0], series={"revenue": Series({}, Observation(0, Source.TAX, date(2024, 5, 31)), 2021)}))
def test_every_statement_comes_back_as_it_was_stored_and_the_profile_follows_from_all_of_them(
    engine: Engine, profile: Profile
) -> None:
    code = str(profile.credit_code)
    with writing(engine) as session:
        tell(session, profile)
    with reading(engine) as session:
        statements = load_statements(session, code, DICTIONARY)
        assert profile in [each.profile for each in statements]
        assert load_profile(session, code, DICTIONARY) == merge(statements, DICTIONARY).profile


def test_each_enterprise_has_its_own_facts_and_the_list_is_in_order(engine: Engine) -> None:
    with writing(engine) as session:
        for profile in samples():
            tell(session, profile)
    with reading(engine) as session:
        listed = list_enterprises(session)
        for profile in samples():
            assert load_profile(session, str(profile.credit_code), DICTIONARY) == profile
        assert load_profile(session, CODES[0], DICTIONARY) is None
    assert [(one.credit_code, one.name) for one in listed] == sorted((one.credit_code, one.name) for one in samples())


def test_what_could_not_be_read_again_is_not_stored(engine: Engine) -> None:
    for profile, error in (
        (Profile(name="无名"), ValueError),
        (Profile(CODES[0][:17] + "?", "无名"), ValueError),
        (Profile(CODES[0], "无\0名"), Problem),
        (Profile(CODES[0], "无\ud800名"), Problem),
        (Profile(CODES[0], facts={"altitude": Observation(1)}), KeyError),
        (Profile(CODES[0], series={"revenue": Series({}, Observation(1))}), ValueError),
        (Profile(CODES[0], facts={"employees": Observation(True)}), ValueError),
        (Profile(CODES[0], facts={"employees": Observation(-1)}), Problem),
        (Profile(CODES[0], series={"revenue": Series({2020: Observation(2)}, Observation(1), 2021)}), Problem),
    ):
        with pytest.raises(error), writing(engine) as session:
            tell(session, profile)


def test_what_the_dictionary_no_longer_understands_is_an_error_and_never_left_out(engine: Engine) -> None:
    profile = samples()[0]
    with writing(engine) as session:
        tell(session, profile)
        session.exec(update(EnterpriseRow).values(profile=func.replace(col(EnterpriseRow.profile), "民营", "联营")))
    with reading(engine) as session, pytest.raises(Problem, match="联营"):
        load_profile(session, str(profile.credit_code), DICTIONARY)


# --------------------------------------------------------------- statements


def told(code: str, source: Source, received_on: date = DAY, origin: str = "测试", **values: Any) -> Statement:
    """What a source said of an enterprise, as it saw it on the day that we learnt it."""
    facts = {name: Observation(value, source, received_on) for name, value in values.items()}
    return Statement(Profile(code, None, facts), source, received_on, origin)


def made_up_code(number: int) -> str:
    return complete(f"91610602MAHQ{number:05d}")


def record_all(engine: Engine, *statements: Statement) -> Recorded:
    with writing(engine) as session:
        return record(session, statements, DICTIONARY)


def test_the_same_statement_again_changes_nothing_on_whatever_day_it_comes(engine: Engine) -> None:
    one, other = told(CODES[0], Source.TAX, employees=10), told(CODES[1], Source.TAX, employees=10)
    assert record_all(engine, one, other) == Recorded(2, 0, (CODES[0], CODES[1]))
    again = [one, replace(one, received_on=DAY + timedelta(days=30)), other]
    assert record_all(engine, *again) == Recorded(0, 3, ())
    with reading(engine) as session:
        assert load_statements(session, CODES[0], DICTIONARY) == (replace(one, number=1),)
        assert last_revision(session) == 1


def test_the_same_statement_twice_in_a_batch_is_one(engine: Engine) -> None:
    one = told(CODES[0], Source.TAX, employees=10)
    assert record_all(engine, one, one) == Recorded(1, 1, (CODES[0],))


def test_the_same_words_of_another_source_or_file_are_another_statement_and_change_no_profile(engine: Engine) -> None:
    record_all(engine, told(CODES[0], Source.TAX, employees=10))
    assert record_all(engine, told(CODES[0], Source.DECLARED, employees=10)) == Recorded(1, 0, ())
    with reading(engine) as session:
        assert len(load_statements(session, CODES[0], DICTIONARY)) == 2
        assert last_revision(session) == 1


def test_a_word_taken_back_on_the_same_day_is_taken_back(engine: Engine) -> None:
    for number, count in enumerate((10, 11, 10)):
        record_all(engine, told(CODES[0], Source.DECLARED, origin=f"网页填报 第 {number} 次", employees=count))
    with reading(engine) as session:
        profile = load_profile(session, CODES[0], DICTIONARY)
    assert profile is not None
    assert profile.facts["employees"].value == 10


def test_nothing_recorded_is_nothing(engine: Engine) -> None:
    assert record_all(engine) == Recorded(0, 0, ())


def test_one_statement_that_cannot_be_stored_keeps_the_whole_batch_out(engine: Engine) -> None:
    with pytest.raises(Problem, match="employees：“-1”不是整数"):
        record_all(engine, told(CODES[0], Source.TAX, employees=10), told(CODES[1], Source.TAX, employees=-1))
    with pytest.raises(Problem, match="控制字符"):
        record_all(engine, told(CODES[0], Source.TAX, origin="无\0名", employees=10))
    with reading(engine) as session:
        assert list_enterprises(session) == ()


@pytest.mark.parametrize("together", [True, False])
def test_many_statements_give_the_same_whether_recorded_together_or_one_by_one(engine: Engine, together: bool) -> None:
    """Some more than are asked for at once, several on each enterprise, of several sources."""
    statements = [
        told(made_up_code(number), source, DAY + timedelta(days=turn), employees=number + turn)
        for turn, source in enumerate((Source.DECLARED, Source.TAX, Source.DECLARED))
        for number in range(601)
    ]
    if together:
        assert record_all(engine, *statements).added == len(statements)
    else:
        for start in range(0, len(statements), 251):
            record_all(engine, *statements[start : start + 251])
    with reading(engine) as session:
        found = {str(profile.credit_code): profile for profile in stream_profiles(session, DICTIONARY)}
        conflicts = {each.enterprise.credit_code: each.conflict for each in list_conflicts(session, DICTIONARY)}
    assert sorted(found) == sorted(made_up_code(number) for number in range(601))
    for number in range(601):
        code = made_up_code(number)
        tax = Observation(number + 1, Source.TAX, DAY + timedelta(days=1))
        assert found[code].facts == {"employees": tax}
        assert [other.value for other in conflicts[code].others] == [number + 2]


def test_a_profile_can_be_seen_as_of_a_day(engine: Engine) -> None:
    before = DAY - timedelta(days=1)
    record_all(engine, told(CODES[0], Source.DECLARED, before, employees=9))
    record_all(engine, told(CODES[0], Source.REGISTER, DAY, employees=10))
    with reading(engine) as session:
        seen = [load_profile(session, CODES[0], DICTIONARY, day) for day in (before - timedelta(1), before, DAY, None)]
        assert load_profile(session, CODES[1], DICTIONARY, DAY) is None
    assert seen[0] is None
    assert [profile.facts["employees"].value for profile in seen[1:] if profile] == [9, 10, 10]


def test_history_that_has_nothing_left_to_say_is_not_read_again(engine: Engine) -> None:
    for days in range(12):
        record_all(engine, told(CODES[0], Source.TAX, DAY + timedelta(days), employees=days, five_above=False))
    record_all(engine, told(CODES[0], Source.TAX, DAY + timedelta(20), employees=99))
    with reading(engine) as session:
        row = session.exec(select(EnterpriseRow)).one()
        assert len(load_statements(session, CODES[0], DICTIONARY)) == row.statements == 13
    assert json.loads(row.speaking) == [12, 13]


def test_profiles_come_by_region_industry_and_code_and_only_those_asked_for(engine: Engine) -> None:
    places = [("610602", "51"), ("610602", "3511"), ("610600", "C"), ("610102", "51"), ("", "")]
    statements = []
    for number, (region, industry) in enumerate(places):
        known = {name: code for name, code in (("region", region), ("industry", industry)) if code}
        statements.append(told(made_up_code(number), Source.REGISTER, DAY, "登记", **known))
    record_all(engine, *statements)
    with reading(engine) as session:
        everyone = [profile.credit_code for profile in stream_profiles(session, DICTIONARY)]
        assert everyone == [made_up_code(number) for number in (4, 3, 2, 1, 0)]
        for region, numbers in (("610600", (2, 1, 0)), ("610602", (1, 0)), ("610000", (3, 2, 1, 0)), ("620000", ())):
            found = [profile.credit_code for profile in stream_profiles(session, DICTIONARY, region=region)]
            assert found == [made_up_code(number) for number in numbers]


def test_only_what_has_changed_since_a_revision_is_given(engine: Engine) -> None:
    record_all(engine, *(told(code, Source.TAX, employees=10) for code in CODES))
    with reading(engine) as session:
        revision = last_revision(session)
        assert list(stream_profiles(session, DICTIONARY, after_revision=revision)) == []
    record_all(engine, told(CODES[1], Source.REGISTER, employees=11), told(CODES[2], Source.INFERRED, employees=12))
    with reading(engine) as session:
        changed = list(stream_profiles(session, DICTIONARY, after_revision=revision))
    assert [profile.credit_code for profile in changed] == [CODES[1]]


def test_conflicts_stand_until_the_sources_agree(engine: Engine) -> None:
    record_all(engine, told(CODES[0], Source.REGISTER, employees=10, region="610602"))
    record_all(engine, told(CODES[0], Source.DECLARED, employees=12, zones=frozenset(["秦创原"])))
    record_all(engine, told(CODES[1], Source.TAX, employees=1), told(CODES[1], Source.DECLARED, employees=2))
    with reading(engine) as session:
        found = list(list_conflicts(session, DICTIONARY))
        assert [each.enterprise.credit_code for each in found] == [CODES[1], CODES[0]]
        (conflict,) = [each.conflict for each in list_conflicts(session, DICTIONARY, region="610600")]
        assert (conflict.winner.value, [other.value for other in conflict.others]) == (10, [12])
        merged = merge(load_statements(session, CODES[0], DICTIONARY), DICTIONARY)
        assert merged.conflicts == (conflict,)
        assert list(list_conflicts(session, DICTIONARY, fact="employees", credit_code=CODES[0])) == [found[1]]
        assert list(list_conflicts(session, DICTIONARY, fact="zones")) == []
    record_all(engine, told(CODES[0], Source.DECLARED, DAY + timedelta(1), employees=10))
    with reading(engine) as session:
        assert [each.enterprise.credit_code for each in list_conflicts(session, DICTIONARY)] == [CODES[1]]


def test_a_conflict_of_lists_and_names_comes_back_as_it_was(engine: Engine) -> None:
    one = Profile(CODES[0], "甲公司", records={"project": (Record("project", {"kind": Observation("新建")}),)})
    other = Profile(CODES[0], "乙公司", records={"project": ()})
    record_all(engine, Statement(one, Source.REGISTER, DAY, "甲"), Statement(other, Source.DECLARED, DAY, "乙"))
    with reading(engine) as session:
        found = [each.conflict for each in list_conflicts(session, DICTIONARY)]
        assert found == [*merge(load_statements(session, CODES[0], DICTIONARY), DICTIONARY).conflicts]
    assert [each.fact for each in found] == ["name", "project"]


def test_those_who_record_at_the_same_time_lose_nothing_and_do_not_lock_each_other_out(engine: Engine) -> None:
    """Two who tell of the same enterprises, each in the other's opposite order, and new ones at the same time."""
    codes = [made_up_code(number) for number in range(20)]
    barrier = threading.Barrier(2, timeout=30)
    failed: list[BaseException] = []

    def tell_all(source: Source, order: list[str]) -> None:
        try:
            for turn in range(5):
                barrier.wait()
                record_all(engine, *(told(code, source, DAY + timedelta(turn), employees=turn) for code in order))
        except BaseException as error:
            failed.append(error)
            barrier.abort()

    threads = [
        threading.Thread(target=tell_all, args=(Source.TAX, codes)),
        threading.Thread(target=tell_all, args=(Source.STATISTICS, codes[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with reading(engine) as session:
        for code in codes:
            statements = load_statements(session, code, DICTIONARY)
            assert [each.number for each in statements] == list(range(1, 11))
            assert load_profile(session, code, DICTIONARY) == merge(statements, DICTIONARY).profile
        revisions = session.exec(select(EnterpriseRow.revision)).all()
    assert max(revisions) <= 10


# ------------------------------------------------- values stored one by one, before there were statements


def test_what_was_stored_value_by_value_becomes_one_statement(empty: Engine) -> None:
    migrate(empty, "0001")
    with empty.begin() as connection:
        for line in _OLD:
            connection.exec_driver_sql(line)
    migrate(empty)
    with reading(empty) as session:
        (statement,) = load_statements(session, CODES[0], DICTIONARY)
        assert load_profile(session, CODES[0], DICTIONARY) == statement.profile == _OLD_PROFILE
        (unknown,) = load_statements(session, CODES[1], DICTIONARY)
    assert (statement.source, statement.received_on, statement.number) == (Source.DECLARED, date(2024, 5, 31), 1)
    assert unknown.profile == Profile(CODES[1])
    assert record_all(empty, replace(statement, received_on=DAY)) == Recorded(0, 1, ())
    assert record_all(empty, told(CODES[2], Source.TAX, employees=1)).added == 1


def test_going_back_keeps_what_stands(engine: Engine) -> None:
    with writing(engine) as session:
        for profile in (*samples(), _OLD_PROFILE):
            tell(session, profile)
    with changing_schema(engine) as connection:
        command.downgrade(alembic_config(connection), "0001")
        stored = connection.exec_driver_sql("SELECT value FROM facts WHERE name = 'revenue' AND period = '2023'")
        assert '"2.5万元"' in stored.scalars().all()
        connection.exec_driver_sql(f"INSERT INTO enterprises (credit_code) VALUES ('{CODES[1]}')")
    migrate(engine)
    with reading(engine) as session:
        assert load_profile(session, CODES[1], DICTIONARY) == Profile(CODES[1])
        for profile in (*samples(), _OLD_PROFILE):
            assert load_profile(session, str(profile.credit_code), DICTIONARY) == profile


_OLD = (
    f"INSERT INTO enterprises (id, credit_code, name) VALUES (7, '{CODES[0]}', '示例'), (9, '{CODES[1]}', NULL)",
    """INSERT INTO facts (enterprise_id, name, period, value, source, observed_on) VALUES
    (7, 'zones', '', '["秦创原"]', 'register', '2024-04-12'), (7, 'employees', '', '"3"', 'declared', NULL),
    (7, 'revenue', '2023', '"2.5万元"', 'tax', '2024-05-31'),
    (7, 'revenue', 'before_2022', '"0元"', 'tax', '2024-05-31')""",
    "INSERT INTO record_lists (enterprise_id, kind) VALUES (7, 'violation'), (7, 'project')",
    """INSERT INTO records (enterprise_id, kind, number, fields) VALUES
    (7, 'project', 1, '{}'),
    (7, 'project', 0, '{"kind":{"value":"新建","source":"register","observed_on":null}}')""",
)
_TAX = (Source.TAX, date(2024, 5, 31))
_OLD_PROFILE = Profile(
    CODES[0],
    "示例",
    {
        "zones": Observation(frozenset(["秦创原"]), Source.REGISTER, date(2024, 4, 12)),
        "employees": Observation(3),
    },
    {"revenue": Series({2023: Observation(2_500_000, *_TAX)}, Observation(0, *_TAX), 2022)},
    {
        "violation": (),
        "project": (Record("project", {"kind": Observation("新建", Source.REGISTER)}), Record("project", {})),
    },
)


# ------------------------------------------------------------------ library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small library of two documents, to change at will."""
    target = tmp_path / "library"
    for name, rows in (("甲", 2), ("乙", 1)):
        home = target / _ID[name]
        home.mkdir(parents=True)
        (home / "document.yaml").write_text(_DOCUMENT.format(id=_ID[name], name=name), encoding="utf-8")
        for number in range(1, rows + 1):
            (home / f"{number}.yaml").write_text(_ITEM.format(document=_ID[name], number=number), encoding="utf-8")
    return target


_ID = {"甲": "test-2023-first", "乙": "test-2023-second"}
_DOCUMENT = """
id: {id}
title: 示例文件{name}
issuers: [示例机关]
level: city
region: "610600"
published_on: 2023-04-29
effective_from: 2023-04-29
valid_until: 2026-04-29
pages: [1, 9]
summary: 用于测试
left_out:
  - {{clause: 九, page: 9, what: 考核, why: 与企业无关}}
"""
_ITEM = """
id: {document}.{number}
title: 收入分档奖励
version: 1
status: published
category: money
delivery: on-application
clause: 一
page: 1
departments: [示例部门]
summary: 收入首次达到各档的奖励
who:
  all:
    - region: {{within: "610600"}}
    - revenue: {{first_reaches: [9亿元, 10亿元]}}
benefit:
  tiers: {{on: revenue, first_reaches: {{9亿元: 9万元, 10亿元: 10万元}}, pay: highest}}
stacking: []
examples:
  - given: {{region: "610602", revenue: {{before: 0元, 2022: 1亿元, 2023: 9亿元}}}}
    on: 2024-06-30
    expect: {{verdict: eligible}}
  - {{given: {{region: "610102"}}, on: 2024-06-30, expect: {{verdict: ineligible}}}}
  - {{given: {{}}, on: 2024-06-30, expect: {{verdict: undetermined}}}}
"""
FIRST = "test-2023-first.1"


def read(folder: Path) -> Library:
    return policies.library.load_library(folder, DICTIONARY)


def change(folder: Path, old: str, new: str, file: str = "test-2023-first/1.yaml") -> None:
    content = (folder / file).read_text(encoding="utf-8")
    assert old in content
    (folder / file).write_text(content.replace(old, new), encoding="utf-8")


def store(engine: Engine, folder: Path) -> Summary:
    with writing(engine) as session:
        return store_library(session, read(folder))


def stored(engine: Engine) -> Library:
    with reading(engine) as session:
        return load_library(session, DICTIONARY)


def same(one: Library, other: Library) -> bool:
    """Equal in everything but the lines and files that examples remember."""
    assert list(one.documents.items()) == list(other.documents.items())
    assert list(one.items) == list(other.items)
    return all(
        (item.digest, item.rule, item.benefit, item.source, item.document, item.window)
        == (twin.digest, twin.rule, twin.benefit, twin.source, twin.document, twin.window)
        for item, twin in zip(one.items.values(), other.items.values(), strict=True)
    )


def test_the_bundled_library_comes_back_as_it_is(engine: Engine) -> None:
    library = policies.library.bundled_library()
    with writing(engine) as session:
        done = store_library(session, library)
        assert (done.added, done.items, done.documents) == (len(library.items),) * 2 + (len(library.documents),)
    published = Library(library.documents, {item.id: item for item in library.published}, DICTIONARY)
    assert same(stored(engine), published)


def test_storing_again_changes_nothing(engine: Engine, folder: Path) -> None:
    assert store(engine, folder) == Summary(documents=2, added=3)
    assert store(engine, folder) == Summary(documents=2, unchanged=3)
    assert same(stored(engine), read(folder))


def test_a_new_version_is_offered_and_the_old_one_kept(engine: Engine, folder: Path) -> None:
    store(engine, folder)
    old = read(folder).items[FIRST]
    change(folder, "version: 1", "version: 2")
    change(folder, "title: 收入分档奖励", "title: 新的奖励")
    assert store(engine, folder) == Summary(documents=2, updated=1, unchanged=2)
    assert stored(engine).items[FIRST].title == "新的奖励"
    with reading(engine) as session:
        assert load_item(session, FIRST, 1, DICTIONARY).digest == old.digest
        assert load_item(session, FIRST, 1, DICTIONARY).title == "收入分档奖励"
        assert load_item(session, FIRST, 2, DICTIONARY).title == "新的奖励"
        with pytest.raises(LookupError):
            load_item(session, FIRST, 3, DICTIONARY)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("test-2023-first/1.yaml", "收入首次", "收入第一次"),
        ("test-2023-first/1.yaml", "status: published", "status: retired"),
        ("test-2023-first/document.yaml", "valid_until: 2026-04-29", "valid_until: 2027-04-29"),
    ],
)
def test_a_change_under_the_same_version_number_is_refused_and_nothing_stored(
    engine: Engine, folder: Path, file: str, old: str, new: str
) -> None:
    store(engine, folder)
    before = stored(engine)
    change(folder, old, new, file)
    change(folder, "version: 1", "version: 2", "test-2023-second/1.yaml")
    with pytest.raises(VersionConflict, match=rf"{FIRST}：内容变了而版本号没变"):
        store(engine, folder)
    assert same(stored(engine), before)


def test_every_conflict_is_named(engine: Engine, folder: Path) -> None:
    store(engine, folder)
    change(folder, "title: 示例文件甲", "title: 改名的文件", "test-2023-first/document.yaml")
    with pytest.raises(VersionConflict) as caught:
        store(engine, folder)
    assert [line.split("：")[0] for line in str(caught.value).splitlines()] == [
        f"事项 {FIRST}",
        "事项 test-2023-first.2",
    ]


def test_what_a_document_leaves_out_may_change_and_the_versions_stay_as_they_were(engine: Engine, folder: Path) -> None:
    store(engine, folder)
    before = stored(engine)
    change(folder, "why: 与企业无关", "why: 只与机关有关", "test-2023-first/document.yaml")
    assert store(engine, folder) == Summary(documents=2, unchanged=3)
    after = stored(engine)
    assert after.documents["test-2023-first"].left_out[0].why == "只与机关有关"
    assert after.items[FIRST].digest == before.items[FIRST].digest


def test_an_older_version_than_the_stored_one_is_refused(engine: Engine, folder: Path) -> None:
    change(folder, "version: 1", "version: 5")
    store(engine, folder)
    change(folder, "version: 5", "version: 4")
    with pytest.raises(VersionConflict, match="已有第 5 版"):
        store(engine, folder)


def test_an_item_that_vanishes_is_retired_and_kept_and_may_come_back(engine: Engine, folder: Path) -> None:
    store(engine, folder)
    shutil.move(folder / "test-2023-second", folder.parent / "aside")
    (folder / "test-2023-first" / "2.yaml").unlink()
    assert store(engine, folder) == Summary(documents=1, unchanged=1, retired=2)
    assert store(engine, folder) == Summary(documents=1, unchanged=1)
    assert same(stored(engine), read(folder))
    with reading(engine) as session:
        assert load_item(session, "test-2023-second.1", 1, DICTIONARY).status is Status.PUBLISHED
    shutil.move(folder.parent / "aside", folder / "test-2023-second")
    store(engine, folder)
    assert list(stored(engine).items) == [FIRST, "test-2023-second.1"]


@pytest.mark.parametrize(("status", "offered"), [("draft", 1), ("reviewed", 1), ("published", 2), ("retired", None)])
def test_a_draft_leaves_the_published_version_in_force_and_a_retired_version_ends_it(
    engine: Engine, folder: Path, status: str, offered: int | None
) -> None:
    store(engine, folder)
    change(folder, "version: 1", "version: 2")
    change(folder, "status: published", f"status: {status}")
    store(engine, folder)
    items = stored(engine).items
    assert (items[FIRST].version if FIRST in items else None) == offered


def test_stored_versions_are_readable_plain_json(engine: Engine, folder: Path) -> None:
    store(engine, folder)
    with reading(engine) as session:
        row = session.exec(select(ItemVersionRow).where(ItemVersionRow.item_id == FIRST)).one()
        assert json.loads(row.content) == read(folder).items[FIRST].source
        assert "收入分档奖励" in row.content


# ------------------------------------------------------------- explanations

NOON = datetime(2024, 6, 30, 12, 0, 0, 123456, tzinfo=ZoneInfo("Asia/Shanghai"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    ),
    indent=st.sampled_from([None, 2]),
)
def test_an_explanation_comes_back_byte_for_byte(engine: Engine, content: object, indent: int | None) -> None:
    given_text = json.dumps(content, ensure_ascii=False, indent=indent) + "\r\n"
    with writing(engine) as session:
        name = store_explanation(
            session, given_text, as_of=date(2024, 6, 30), engine_version="0.1.0", created_at=NOON, credit_code=CODES[0]
        )
    with reading(engine) as session:
        assert load_explanation(session, name).encode() == given_text.encode()


def test_moments_come_back_aware_and_in_utc_and_naive_ones_are_refused(engine: Engine) -> None:
    with writing(engine) as session:
        name = store_explanation(session, "{}", as_of=date(2024, 6, 30), engine_version="0.1.0", created_at=NOON)
    with reading(engine) as session:
        row = session.get_one(ExplanationRow, name)
        assert row.created_at == NOON
        assert row.created_at.utcoffset() == timedelta(0)
        assert (row.as_of, row.engine_version, row.credit_code) == (date(2024, 6, 30), "0.1.0", None)
        assert session.exec(select(ExplanationRow).where(ExplanationRow.created_at <= NOON.astimezone(UTC))).all()
    with pytest.raises(Exception, match="aware"), writing(engine) as session:
        store_explanation(session, "{}", as_of=date(2024, 6, 30), engine_version="0", created_at=datetime(2024, 6, 30))


def test_an_altered_explanation_is_not_given_out_and_an_unknown_one_is_not_found(engine: Engine) -> None:
    with writing(engine) as session:
        name = store_explanation(session, '{"n":1}', as_of=date(2024, 6, 30), engine_version="0.1.0", created_at=NOON)
        session.exec(update(ExplanationRow).values(content='{"n":2}'))
    with reading(engine) as session:
        with pytest.raises(DamagedExplanation, match=name):
            load_explanation(session, name)
        with pytest.raises(LookupError):
            load_explanation(session, "0" * 32)


# -------------------------------------------------------------------- setup


def test_setup_makes_an_empty_database_ready_and_can_be_repeated(database_url: str) -> None:
    total = len(policies.library.bundled_library().items)
    assert f"新增 {total}，" in setup(database_url, sample=False)
    said = setup(database_url, sample=True)
    assert f"新增 0，更新 0，未变 {total}，下架 0" in said
    assert f"示例企业 {len(samples())} 家" in said
    assert setup(database_url, sample=True) == said
    engine = connect(database_url)
    with reading(engine) as session:
        assert len(list_enterprises(session)) == len(samples())
    engine.dispose()


def test_setup_loads_some_of_the_sample_population_once(database_url: str) -> None:
    said = setup(database_url, sample=True, population=40)
    assert "示例企业库 40 家，都是虚构的" in said
    engine = connect(database_url)
    with reading(engine) as session:
        before = list_enterprises(session)
        revisions = session.exec(select(EnterpriseRow.revision)).all()
    assert len(before) == len(samples()) + 40
    again = setup(database_url, sample=True, population=40)
    assert again.partition("；")[2] == said.partition("；")[2]
    with reading(engine) as session:
        assert list_enterprises(session) == before
        assert session.exec(select(EnterpriseRow.revision)).all() == revisions
    pages = Database(database_url, DICTIONARY)
    assert len(pages.samples()) == len(samples())
    pages.close()
    engine.dispose()


def test_setup_takes_a_snapshot_so_that_officials_can_begin(tmp_path: Path) -> None:
    setup(f"sqlite:///{tmp_path / 'huiqi.db'}", sample=True, snapshots=tmp_path / "snapshots")
    taken = newest(tmp_path / "snapshots", DICTIONARY)
    assert taken is not None and taken.population.rows == len(samples()) and taken.population.made_up


def test_a_sample_population_that_is_there_is_not_made_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup(database_url, sample=True, population=40)

    def made(*_arguments: object) -> None:
        raise AssertionError("the sample population was made once more")

    monkeypatch.setattr("enterprises.sample_population.statements", made)
    setup(database_url, sample=True, population=40)
    with pytest.raises(AssertionError):
        setup(database_url, sample=True, population=41)


def test_a_load_of_the_sample_population_that_was_broken_off_is_gone_on_with(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.setup._BATCH", 15)
    whole = enterprises.sample_population.statements

    def broken_off(*arguments: Any) -> Iterator[Statement]:
        yield from islice(whole(*arguments), 20)
        raise RuntimeError("broken off")

    with monkeypatch.context() as patch:
        patch.setattr("enterprises.sample_population.statements", broken_off)
        with pytest.raises(RuntimeError, match="broken off"):
            setup(database_url, sample=True, population=40)
    engine = connect(database_url)
    with reading(engine) as session:
        assert len(list_enterprises(session)) == len(samples()) + 15
    setup(database_url, sample=True, population=40)
    with reading(engine) as session:
        codes = {each.credit_code for each in list_enterprises(session)}
    made = {str(each.profile.credit_code) for each in whole(40, 1, DICTIONARY)}
    assert codes == made | {str(each.credit_code) for each in samples()}
    engine.dispose()
