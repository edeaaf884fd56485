"""What a page of a result sends along: everything that was typed, and the day. It was read before, and is again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import abort, request

from enterprises.profiles import Profile
from web.checkup.fact_form import Typed, read_form
from web.checkup.judged_day import read_day
from web.pages import library


@dataclass(frozen=True)
class Sent:
    """``typed`` as it was, the profile that it makes, and the day that it is judged on."""

    typed: Typed
    profile: Profile
    on: date


def read_typed() -> Sent:
    """What this request sends along. Our pages only send what could be read: anything else is a request gone wrong."""
    form = read_form(request.form.lists(), library().dictionary)
    day = read_day(request.form.get("on", ""))
    if form.errors or form.unknown or day.error:
        abort(400)
    return Sent(form.typed, form.profile, day.on)
