"""The pages that people see, a blueprint a noun. They translate: forms to calls, answers to HTML."""

from __future__ import annotations

from flask import abort, current_app

from policies.library import Library
from web.settings import Settings
from web.stored import Stored


def stored() -> Stored:
    """Where this application's library and samples are kept."""
    found: Stored = current_app.extensions["huiqi"]
    return found


def settings() -> Settings:
    """What this application was told at its start."""
    found: Settings = current_app.extensions["huiqi_settings"]
    return found


def library() -> Library:
    """The library as it is now; without one the answer is a page that says what to do."""
    found = stored().library()
    if found is None:
        abort(503)
    return found
