"""Who may see which pages. Each group of pages is registered with one of these (``web.app.PAGES``)."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, redirect, request, url_for

from web.accounts.visitor import Duty
from web.pages import visitor

Guard = Callable[[], None]
"""Lets a request pass, or aborts it."""


def public() -> None:
    """Anybody: these pages show published policies, what a public register shows, and what the visitor typed."""


def signed_in() -> None:
    """Who has signed in, whoever that is; others are sent there, and come back."""
    if visitor().signed_in:
        return
    if request.method in ("GET", "HEAD"):
        abort(redirect(url_for("sign_in.show", next=request.full_path.rstrip("?")), 303))
    abort(401)


def member() -> None:
    """Owners and clerks of the enterprise whose ``credit_code`` stands in the address.

    Anybody else learns nothing, not even whether there is such an enterprise.
    """
    signed_in()
    if visitor().role(_credit_code()) is None:
        abort(403)


def owner() -> None:
    """Owners of the enterprise whose ``credit_code`` stands in the address."""
    member()
    if not visitor().owns(_credit_code()):
        abort(403)


def official(*duties: Duty) -> Guard:
    """Officials with one of these duties (any, where none is named), whatever region and department they have it for.

    What a page shows or does is of a region and a department: it asks ``visitor().may`` for each.
    """

    def guard() -> None:
        signed_in()
        if not visitor().posts_of(*(duties or Duty)):
            abort(403)

    return guard


def nobody() -> None:
    """What is registered without a guard is shown to nobody."""
    abort(403)


def _credit_code() -> str:
    return str((request.view_args or {})["credit_code"])
