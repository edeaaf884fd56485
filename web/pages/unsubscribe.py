"""Ending a topic by the link in a message, without signing in. It shows nothing of the enterprise but its masked name.

A GET changes nothing: programs that look through links must not unsubscribe anybody. The one button ends it. Mail
programs may end it with the one click of RFC 8058, a POST whose whole body is ``List-Unsubscribe=One-Click``. Only that
body does without the token against forgery: the link itself is a secret that nobody can make up, no cookie counts, and
all that can be done is to hear less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from recommender.messages.unsubscribing import BadLink, Unsubscribing, read_token
from web.pages import settings, stored

if TYPE_CHECKING:
    from sqlmodel import Session

pages = Blueprint("unsubscribe", __name__, url_prefix="/unsubscribe")

ONE_CLICK = {"List-Unsubscribe": ["One-Click"]}
"""The body of RFC 8058, section 3.1."""

ACTOR = "unsubscribe-link"
"""Who acted, for the audit log: nobody has signed in."""

NOT_FOUND = 404


@pages.get("/<token>")
def show(token: str) -> str | tuple[str, int]:
    """What the link ends, or that it has ended, with one button."""
    try:
        with stored().reading() as database:
            asked, stands = _asked(database, token)
            name = _masked_name(database, asked.credit_code)
    except BadLink:
        return render_template("unsubscribe.html", asked=None), NOT_FOUND
    return render_template("unsubscribe.html", asked=asked, stands=stands, name=name, token=token)


@pages.post("/<token>")
def end(token: str) -> Response | str | tuple[str, int]:
    """End the topic."""
    one_click = request.form.to_dict(flat=False) == ONE_CLICK and not request.files
    if not one_click:
        current_app.extensions["csrf"].protect()
    return _turn(token, on=False, quietly=one_click)


@pages.post("/<token>/resume")
def resume(token: str) -> Response | str | tuple[str, int]:
    """Take the topic up again."""
    return _turn(token, on=True)


@pages.record_once
def _check_forgery_itself(state: BlueprintSetupState) -> None:
    app = state.app
    assert isinstance(app, Flask)
    app.extensions["csrf"].exempt(end)


def _turn(token: str, on: bool, quietly: bool = False) -> Response | str | tuple[str, int]:
    from recommender.messages.subscribers import end_topic, resume_topic

    now = settings().now()
    try:
        with stored().writing() as database:
            asked, _ = _asked(database, token)
            whose = (database, asked.account, asked.credit_code, asked.topic, now, ACTOR)
            if on:
                resume_topic(*whose, on=settings().day())
            else:
                end_topic(*whose)
    except BadLink:
        return render_template("unsubscribe.html", asked=None), NOT_FOUND
    return "已经退订。" if quietly else redirect(url_for("unsubscribe.show", token=token), 303)


def _asked(database: Session, token: str) -> tuple[Unsubscribing, bool]:
    """What a link is for, and whether the topic is still told. Raises ``BadLink``, also where it was revoked."""
    from recommender.messages.subscribers import subscription_of

    asked = read_token(token, settings().seal)
    subscription = subscription_of(database, asked.account, asked.credit_code)
    if not asked.fits(subscription):
        raise BadLink("这个退订链接已经失效")
    return asked, asked.topic in subscription.topics


def _masked_name(database: Session, credit_code: str) -> str:
    from enterprises.tables import list_enterprises

    names = [each.name for each in list_enterprises(database, [credit_code])]
    return mask_name(names[0]) if names and names[0] else ""


def mask_name(name: str) -> str:
    """A name that those who know it recognise: its first two and last two characters, or of a short one the first."""
    return f"{name[:2]}***{name[-2:]}" if len(name) > 5 else f"{name[:1]}***"
