"""The files that pages load, at addresses that change with their content: browsers keep them for a year."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Request, url_for

A_YEAR = 365 * 24 * 3600
"""Seconds."""

_FOLDER = Path(__file__).parent / "static"


def asset(name: str) -> str:
    """The address of a file in ``web/static``. Raises ``OSError`` where there is none."""
    return url_for("static", filename=name, v=_digest(name))


def is_current(request: Request) -> bool:
    """Whether a request for a file that exists names its content: then the browser never has to ask again."""
    name, version = (request.view_args or {}).get("filename", ""), request.args.get("v")
    return version is not None and version == _digest(name)


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((_FOLDER / name).read_bytes()).hexdigest()[:10]
