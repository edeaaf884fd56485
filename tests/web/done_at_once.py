"""The console over the database and the files of a folder, with its errands done at once, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from enterprises.dictionary import bundled
from web import errands
from web.app import create_app
from web.settings import Settings
from web.stored import Database


def settings_in(folder: Path, now: datetime, keys: tuple[str, ...]) -> Settings:
    url = f"sqlite:///{folder / 'huiqi.db'}"
    return Settings(
        url, sample=True, clock=lambda: now, posts="9999 per minute", data_keys=keys, files=folder / "files"
    )


@contextmanager
def application(settings: Settings) -> Iterator[Flask]:
    stored = Database(settings.database_url, bundled())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            errands, "send", lambda told, name, attempt: errands.do(told.database_url, told.files, name, attempt)
        )
        yield create_app(settings, stored)
    stored.close()
