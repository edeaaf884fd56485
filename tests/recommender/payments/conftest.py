"""The made-up town, made once for all tests of this folder and copied for each, on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from enterprises.database import connect
from tests.made_up_payments import town


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town in a file, beside its library and its snapshot."""
    folder = tmp_path_factory.mktemp("town")
    town(f"sqlite:///{folder / 'town.db'}", folder).dispose()
    return folder


@pytest.fixture(scope="session")
def template(postgresql_server: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """The town in a database of the server."""
    name = f"huiqi_town_{uuid4().hex}"
    url = postgresql_server.set(database=name)
    _execute(
        postgresql_server, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    town(url.render_as_string(hide_password=False), tmp_path_factory.mktemp("town")).dispose()
    yield url
    _execute(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def town_url(request: pytest.FixtureRequest, prepared: Path, tmp_path: Path) -> Iterator[str]:
    """A copy of the town; its library and its snapshot lie in ``tmp_path``."""
    for name in ("library", "snapshots"):
        shutil.copytree(prepared / name, tmp_path / name)
    if request.param == "sqlite":
        shutil.copy(prepared / "town.db", tmp_path / "town.db")
        yield f"sqlite:///{tmp_path / 'town.db'}"
        return
    server, template = request.getfixturevalue("postgresql_server"), request.getfixturevalue("template")
    name = f"huiqi_copy_{uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template.database}")
    yield server.set(database=name).render_as_string(hide_password=False)
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def engine(town_url: str) -> Iterator[Engine]:
    made = connect(town_url)
    yield made
    made.dispose()


def _execute(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))
