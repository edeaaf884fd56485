"""Signing in by a provider, and out again."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from web.accounts.addresses import local_path
from web.accounts.claims import BadClaims, Person, read_person
from web.accounts.provider_settings import local_provider
from web.accounts.troubles import TROUBLES, Trouble
from web.pages import SESSION, settings, stored, visitor

if TYPE_CHECKING:
    from web.accounts.provider import Provider

pages = Blueprint("sign_in", __name__)

PATIENCE = timedelta(minutes=10)
"""How long somebody may take to sign in at the provider."""

MOST_FAILED = 10
"""After so many failures within ``failures.WINDOW``, an address has to wait."""

_MOST_ATTEMPTS = 3
"""In so many tabs can one sign in at once; the cookie has room for no more."""

_ATTEMPTS = "attempts"

_log = logging.getLogger(__name__)

Page = Response | str | tuple[str, int]


@pages.get("/sign-in")
def show() -> str:
    """Why and how to sign in; who has signed in already."""
    onwards = local_path(request.args.get("next", ""))
    provider = settings().provider
    name = provider.name if provider else "示例登录" if settings().sample else None
    return render_template("sign_in.html", onwards=onwards, provider=name)


@pages.get("/sign-in/begin")
def begin() -> Page:
    """To the provider; what is to be compared with its answer stays in the visitor's cookie."""
    from web.accounts.provider import ProviderError

    provider = _provider()
    if provider is None:
        return redirect(url_for("sign_in.show"), 303)
    if _failed_too_often():
        return _trouble("wait")
    try:
        attempt = provider.begin(_callback())
    except ProviderError as error:
        return _provider_trouble(error)
    onwards = local_path(request.args.get("next", "")) or ""
    kept = dict(list(session.get(_ATTEMPTS, {}).items())[-_MOST_ATTEMPTS + 1 :])
    session[_ATTEMPTS] = kept | {
        attempt.state: [attempt.nonce, attempt.verifier, onwards, int(settings().now().timestamp())]
    }
    return redirect(attempt.url, 303)


@pages.get("/sign-in/callback")
def finish() -> Page:
    """What the provider answered: signed in, or a page that says why not."""
    from web.accounts.provider import ProviderError

    provider = _provider()
    if provider is None:
        return redirect(url_for("sign_in.show"), 303)
    if _failed_too_often():
        return _trouble("wait")
    attempts = dict(session.get(_ATTEMPTS, {}))
    attempt = attempts.pop(request.args.get("state", ""), None)
    if attempt is None:
        return _trouble("unknown")
    session[_ATTEMPTS] = attempts
    nonce, verifier, onwards, began = attempt
    refusal, code = request.args.get("error", ""), request.args.get("code", "")
    if refusal:
        return _trouble("denied" if refusal == "access_denied" else "unreachable", onwards)
    if settings().now().timestamp() - began > PATIENCE.total_seconds():
        return _trouble("late", onwards)
    if not code or request.args.get("iss", provider.settings.issuer) != provider.settings.issuer:
        return _trouble("unusable", onwards)
    try:
        claims = provider.finish(nonce, verifier, _callback(), code, settings().now())
        person = read_person(claims, provider.settings)
    except ProviderError as error:
        return _provider_trouble(error, onwards)
    except BadClaims as error:
        _log.warning("sign-in failed: the provider's claims are bad")
        said = Trouble("登录服务给出的信息有误", f"{error}。请联系 {provider.settings.name} 更正后再登录。", 422)
        return _trouble_page(said, onwards)
    return _welcome(provider, person, onwards)


@pages.post("/sign-out")
def end() -> Response:
    """End this session, here and in the database."""
    return _leave(everywhere=False)


@pages.post("/sign-out/everywhere")
def end_everywhere() -> Response:
    """End all sessions of the account, in whatever browser."""
    return _leave(everywhere=True)


@pages.get("/signed-out")
def ended() -> Page:
    """That one has signed out, and how to sign out of the provider too."""
    from web.accounts.provider import ProviderError

    if visitor().signed_in:
        return redirect(url_for("sign_in.show"), 303)
    provider, farewell = _provider(), None
    if provider is not None:
        try:
            farewell = provider.farewell(url_for("start.show", _external=True))
        except ProviderError:
            _log.info("the provider's way out is not known now")
    return render_template("signed_out.html", farewell=farewell, provider=provider and provider.settings.name)


def _welcome(provider: Provider, person: Person, onwards: str) -> Page:
    from web.accounts.arrival import Disabled, arrive

    before = session.get(SESSION)
    now = settings().now()
    try:
        with stored().writing() as database:
            secret = arrive(database, provider.settings.accounts, person, settings().seal, now, before)
    except Disabled:
        return _trouble("disabled")
    session.clear()  # nothing that was in the cookie before goes on counting
    session[SESSION] = secret
    if person.left_out and not person.roles:
        return redirect(url_for("mine.show", left_out=person.left_out), 303)
    return redirect(local_path(onwards) or url_for("mine.show"), 303)


def _leave(everywhere: bool) -> Response:
    from enterprises.audit import note
    from enterprises.deeds import Deed
    from web.accounts.people import sign_out
    from web.accounts.sessions import end_session

    account, secret, now = visitor().account, session.get(SESSION), settings().now()
    if account is not None and isinstance(secret, str):
        with stored().writing() as database:
            if everywhere:
                sign_out(database, account, account, now)
            else:
                end_session(database, secret, now)
                note(database, actor=account, action=Deed.SIGNED_OUT, about=account, moment=now)
    session.clear()
    answer = redirect(url_for("sign_in.ended"), 303)
    answer.headers["Clear-Site-Data"] = '"cache"'  # going back must not show an enterprise's pages again
    return answer


def _provider() -> Provider | None:
    """The provider of the settings, else that of a sample set-up, else none."""
    from web.accounts.provider import Provider

    given = settings().provider
    if given is not None:
        found: Provider = current_app.extensions.setdefault("huiqi_provider", Provider(given))
        return found
    if not settings().sample:
        return None
    from web.accounts.in_process import InProcess

    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return Provider(local_provider(request.host_url), InProcess(app))


def _callback() -> str:
    return url_for("sign_in.finish", _external=True)


def _failed_too_often() -> bool:
    from web.accounts.failures import failures

    with stored().reading() as database:
        return failures(database, _address(), settings().now()) >= MOST_FAILED


def _address() -> str:
    from web.accounts.failures import of_address

    return of_address(get_remote_address(), settings().secret_key)


def _provider_trouble(error: Exception, onwards: str = "") -> Page:
    from web.accounts.provider import CodeRefused, Unreachable

    _log.warning("the provider did not help: %s", error)
    if isinstance(error, CodeRefused):
        return _trouble("refused", onwards)
    return _trouble("unreachable" if isinstance(error, Unreachable) else "unusable", onwards)


def _trouble(name: str, onwards: str = "") -> Page:
    from web.accounts.failures import note_failure

    _log.info("sign-in failed: %s", name)
    trouble = TROUBLES[name]
    if trouble.counted:
        with stored().writing() as database:
            note_failure(database, _address(), settings().now())
    return _trouble_page(trouble, onwards)


def _trouble_page(trouble: Trouble, onwards: str) -> Page:
    page = render_template("sign_in_trouble.html", trouble=trouble, onwards=local_path(onwards))
    return page, trouble.status
