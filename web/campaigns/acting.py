"""Who acts on a campaign, and on which revision of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from web.pages import settings, visitor

if TYPE_CHECKING:
    from recommender.campaigns.deeds import By

_MOST_DIGITS = 9


def acting() -> By:
    """The visitor, now; the guard has seen to it that there is an account."""
    from recommender.campaigns.deeds import By

    account = visitor().account
    assert account is not None
    return By(account, settings().now())


def revision_in(form: Mapping[str, str]) -> int:
    """The revision that a form was made for; 0, which no campaign has, where it does not say."""
    typed = form.get("revision", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS else 0
