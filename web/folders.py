"""Where an installation keeps its files, beside the database."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def index_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the search index is kept: ``HUIQI_INDEX``, or beside the database that is used where none is named."""
    return Path(environment.get("HUIQI_INDEX") or "var/index")


def files_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where officials' files are kept: ``HUIQI_FILES``, or beside the database that is used where none is named."""
    return Path(environment.get("HUIQI_FILES") or "var/files")


def snapshots_folder(files: Path) -> Path:
    """Where, of these, the snapshots of all enterprises are (``enterprises.snapshots``)."""
    return files / "snapshots"
