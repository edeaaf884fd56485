"""The pages that people see, a blueprint a noun. They translate: forms to calls, answers to HTML."""

from __future__ import annotations

from flask import abort, current_app, g, session

from enterprises.profiles import Profile
from policies.library import Library
from web.accounts.visitor import ANONYMOUS, Visitor
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


SESSION = "session"
"""Where the browser's cookie keeps the secret of the session of somebody who has signed in."""


def visitor() -> Visitor:
    """Who asks. The database is only asked where the browser says that somebody has signed in."""
    if "visitor" not in g:
        secret = session.get(SESSION)
        g.visitor = _find_visitor(secret) if isinstance(secret, str) else ANONYMOUS
    found: Visitor = g.visitor
    return found


def _find_visitor(secret: str) -> Visitor:
    from web.accounts.sessions import find_visitor, note_use

    now = settings().now()
    with stored().reading() as database:
        found = find_visitor(database, secret, settings().seal, now)
    if found is None:
        session.pop(SESSION)
        return ANONYMOUS
    if found.stale:
        with stored().writing() as database:
            note_use(database, secret, now)
    return found.visitor


def stored_profile(credit_code: str) -> Profile:
    """What is stored of an enterprise; where nothing is, a profile that knows its code only."""
    from enterprises.tables import load_profile

    loaded = library()
    with stored().reading() as database:
        profile = load_profile(database, credit_code, loaded.dictionary)
    return profile or Profile(credit_code=credit_code)
