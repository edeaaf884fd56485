"""A database at the newest schema."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from enterprises.database import connect, migrate


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    migrate(engine)
    yield engine
    engine.dispose()
