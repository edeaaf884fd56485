"""One database of each kind for the tests of a module; each test begins without campaigns."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from enterprises.database import connect, migrate
from tests.conftest import _new_database as new_database
from tests.recommender.campaigns.made_up import Office, prepare, wipe


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def prepared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The URL of a database with the library and the enterprises."""
    if request.param == "sqlite":
        yield from _ready(f"sqlite:///{tmp_path_factory.mktemp('campaigns') / 'huiqi.db'}")
        return
    with new_database(request.getfixturevalue("postgresql_server")) as url:
        yield from _ready(url.render_as_string(hide_password=False))


def _ready(url: str) -> Iterator[Engine]:
    engine = connect(url)
    migrate(engine)
    prepare(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def snapshots(prepared: Engine, tmp_path_factory: pytest.TempPathFactory) -> object:
    return tmp_path_factory.mktemp("snapshots")


@pytest.fixture
def office(prepared: Engine, snapshots: object) -> Office:
    from pathlib import Path

    wipe(prepared)
    return Office(prepared, Path(str(snapshots)))
