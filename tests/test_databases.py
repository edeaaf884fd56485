"""The tests' own databases: real, exact, empty at the start, and never silently left out."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Column, Connection, Engine, MetaData, String, Table, create_engine, inspect, text

NOTES = Table("notes", MetaData(), Column("amount", BigInteger, primary_key=True), Column("words", String))
EXTREMES = {
    -(2**63): "the least",
    2**53 + 1: "the first that a binary float cannot hold",
    2**63 - 1: "惠企𠮷",
}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def test_each_database_is_the_one_it_claims_to_be(
    request: pytest.FixtureRequest, engine: Engine, connection: Connection
) -> None:
    claimed = request.node.callspec.params["database_url"]
    assert engine.dialect.name == claimed
    if claimed == "postgresql":
        assert engine.dialect.driver == "psycopg"
        assert connection.scalar(text("SELECT version()")).startswith("PostgreSQL ")
    else:
        assert connection.scalar(text("SELECT sqlite_version()")).startswith("3.")


def test_whole_numbers_of_64_bits_and_all_characters_come_back_exactly(connection: Connection) -> None:
    NOTES.create(connection)
    connection.execute(NOTES.insert(), [{"amount": amount, "words": words} for amount, words in EXTREMES.items()])
    connection.commit()

    rows = connection.execute(NOTES.select()).all()

    assert {row.amount: row.words for row in rows} == EXTREMES
    assert all(type(row.amount) is int for row in rows)


@pytest.mark.parametrize("attempt", ["first", "second"])
def test_every_test_gets_an_empty_database(engine: Engine, attempt: str) -> None:
    assert inspect(engine).get_table_names() == []
    NOTES.create(engine)
    assert inspect(engine).get_table_names() == ["notes"]


def test_texts_sort_by_code_point_on_both(connection: Connection) -> None:
    NOTES.create(connection)
    words = ["b", "B", "延安", "_", "西安", "é"]
    connection.execute(NOTES.insert(), [{"amount": i, "words": word} for i, word in enumerate(words)])
    assert list(connection.scalars(NOTES.select().with_only_columns(NOTES.c.words).order_by(NOTES.c.words))) == sorted(
        words
    )


def test_without_postgresql_the_tests_fail_and_say_why() -> None:
    nobody_listens = "postgresql://nobody@127.0.0.1:1/postgres"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0"]
    ran = subprocess.run(
        [*command, f"{__file__}::test_each_database_is_the_one_it_claims_to_be"],
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "HUIQI_TEST_POSTGRES": nobody_listens},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED, ran.stdout + ran.stderr
    assert "1 passed, 1 error" in ran.stdout
    assert "The PostgreSQL server named by HUIQI_TEST_POSTGRES can't be used" in ran.stdout
