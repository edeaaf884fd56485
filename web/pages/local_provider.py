"""The small OpenID Connect provider of sample set-ups: anybody may say that they are anybody, of made-up enterprises
and offices.

It keeps to the protocol, so that signing in is tried out as it is with a real provider. Outside sample set-ups it is
not there, and naming it as the provider is refused (``web.accounts.provider_settings``).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as Answer

from enterprises.credit_code import InvalidCreditCode, check, compact
from web.accounts.local_keys import signing_key
from web.accounts.made_up_officials import OFFICIALS
from web.accounts.provider_settings import LOCAL_CLIENT, LOCAL_PATH
from web.accounts.visitor import Role
from web.pages import settings, stored
from web.stored import is_sample

pages = Blueprint("local_provider", __name__, url_prefix=LOCAL_PATH)

SHOWN = 6
"""Of so many sample enterprises people are offered; of any other, by its credit code."""

TOKEN_SECONDS = 300

_NAMES = ("张建国", "李秀英", "王海波", "刘晓燕", "陈志强", "杨雪梅", "赵文斌", "黄丽华", "周永军", "吴春霞")
_ASKED = ("client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_SUBJECT = re.compile(r"(owner|clerk)-([0-9A-Z]{18})")


@dataclass(frozen=True)
class MadeUp:
    """A made-up person: owner or clerk of a made-up enterprise."""

    role: Role
    credit_code: str

    @property
    def subject(self) -> str:
        return f"{self.role.value}-{self.credit_code}"

    @property
    def name(self) -> str:
        return _NAMES[int(hashlib.sha256(self.subject.encode()).hexdigest(), 16) % len(_NAMES)]

    def claims(self) -> dict[str, Any]:
        """What the provider says of them."""
        said = [{"credit_code": self.credit_code, "role": self.role.value}]
        return {"sub": self.subject, "name": self.name, "enterprises": said}


NOBODY: dict[str, Any] = {"sub": "nobody", "name": "吴名", "enterprises": []}
"""What the provider says of the person without an enterprise."""


@pages.before_request
def only_in_samples() -> None:
    """Elsewhere there is no such provider."""
    if not settings().sample or settings().provider is not None:
        abort(404)


@pages.record_once
def take_forms_of_others(state: BlueprintSetupState) -> None:
    """Tokens are asked for by programs, which have no forms of ours; PKCE guards them."""
    state.app.extensions["csrf"].exempt(token)


@pages.get("/.well-known/openid-configuration")
def describe() -> Response:
    """The provider's description of itself."""
    return jsonify(
        issuer=_issuer(),
        authorization_endpoint=url_for("local_provider.show", _external=True),
        token_endpoint=url_for("local_provider.token", _external=True),
        jwks_uri=url_for("local_provider.keys", _external=True),
        end_session_endpoint=url_for("local_provider.end_session", _external=True),
        response_types_supported=["code"],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=["ES256"],
        token_endpoint_auth_methods_supported=["none"],
        code_challenge_methods_supported=["S256"],
        scopes_supported=["openid", "profile"],
    )


@pages.get("/keys")
def keys() -> Response:
    """With what its tokens are checked."""
    return jsonify(keys=[signing_key(settings().secret_key).as_dict(private=False)])


@pages.get("/authorize")
def show() -> Answer | str:
    """Who one wants to be."""
    asked = _asked(request.args)
    return _bad_request(asked) or _page(asked)


@pages.post("/authorize")
def authorize() -> Answer | tuple[str, int]:
    """Back to where the visitor came from, with a code."""
    from web.accounts.local_codes import give_out

    asked = _asked(request.form)
    bad = _bad_request(asked)
    if bad is not None:
        return bad
    wanted = request.form.get("person", "")
    if not wanted:
        return _back(asked, {"error": "access_denied"})
    typed = request.form.get("credit_code", "")
    try:
        claims = _claims(wanted, typed)
    except InvalidCreditCode as error:
        return _page(asked, typed, str(error)), 422
    with stored().writing() as database:
        content = json.dumps({"asked": asked, "claims": claims}, ensure_ascii=False)
        code = give_out(database, content, settings().now())
    return _back(asked, {"code": code, "iss": _issuer()})


@pages.post("/token")
def token() -> Response | tuple[Response, int]:
    """An ID token for a code, to whom it was given out for and who holds the verifier. RFC 6749, 4.1.3; RFC 7636."""
    from joserfc import jwt

    from web.accounts.local_codes import redeem

    if request.form.get("grant_type") != "authorization_code":
        return jsonify(error="unsupported_grant_type"), 400
    with stored().writing() as database:
        content = redeem(database, request.form.get("code", ""), settings().now())
    if content is None:
        return jsonify(error="invalid_grant"), 400
    given = json.loads(content)
    asked: Mapping[str, str] = given["asked"]
    same = all(request.form.get(name) == asked[name] for name in ("client_id", "redirect_uri"))
    challenge = urlsafe_b64encode(hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
    if not same or not hmac.compare_digest(challenge, asked["code_challenge"].encode()):
        return jsonify(error="invalid_grant"), 400
    now = int(settings().now().timestamp())
    claims = {"iss": _issuer(), "aud": asked["client_id"], "iat": now, "exp": now + TOKEN_SECONDS, **given["claims"]}
    if asked.get("nonce"):
        claims["nonce"] = asked["nonce"]
    key = signing_key(settings().secret_key)
    answer = {
        "access_token": secrets.token_urlsafe(16),  # opens nothing: the ID token says it all
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "id_token": jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key),
    }
    return jsonify(answer)


@pages.get("/end-session")
def end_session() -> Answer:
    """It keeps no sessions: nothing to end. Only ever to our own first page."""
    return redirect(url_for("start.show"), 303)


def _issuer() -> str:
    return request.host_url.rstrip("/") + LOCAL_PATH


def _asked(given: Mapping[str, str]) -> dict[str, str]:
    """What was asked for. Where nobody knows to whom the answer would go, there is none but an error page."""
    asked = {name: given.get(name, "") for name in (*_ASKED, "code_challenge_method")}
    ours = asked["client_id"] == LOCAL_CLIENT and asked["redirect_uri"] == url_for("sign_in.finish", _external=True)
    if not ours:
        abort(400)
    return asked


def _bad_request(asked: Mapping[str, str]) -> Answer | None:
    if asked["response_type"] != "code":
        return _back(asked, {"error": "unsupported_response_type"})
    if "openid" not in asked["scope"].split():
        return _back(asked, {"error": "invalid_scope"})
    if asked["code_challenge_method"] != "S256" or not _CHALLENGE.fullmatch(asked["code_challenge"]):
        return _back(asked, {"error": "invalid_request"})
    return None


def _back(asked: Mapping[str, str], answer: Mapping[str, str]) -> Answer:
    parameters = {**answer, **({"state": asked["state"]} if asked["state"] else {})}
    return redirect(f"{asked['redirect_uri']}?{urlencode(parameters)}", 303)


def _claims(wanted: str, typed: str) -> dict[str, Any]:
    """What is said of whoever somebody wants to be. Raises ``InvalidCreditCode``."""
    if wanted == "nobody":
        return NOBODY
    official = OFFICIALS.get(wanted)
    return official.claims() if official is not None else _person(wanted, typed).claims()


def _person(wanted: str, typed: str) -> MadeUp:
    """The person who was picked, or the role with the code that was typed. Raises ``InvalidCreditCode``."""
    picked = _SUBJECT.fullmatch(wanted)
    role, code = (picked[1], picked[2]) if picked else (wanted, typed)
    if role not in (Role.OWNER, Role.CLERK):
        abort(400)
    checked = check(compact(code[:100]))
    if not is_sample(checked):
        raise InvalidCreditCode("只能代表虚构的企业，代码第9位起应是MAHQ")
    return MadeUp(Role(role), checked)


def _page(asked: Mapping[str, str], typed: str = "", mistake: str = "") -> str:
    enterprises = [(each, [MadeUp(role, each.credit_code) for role in Role]) for each in stored().samples()[:SHOWN]]
    return render_template(
        "local_provider.html",
        asked=asked,
        enterprises=enterprises,
        officials=OFFICIALS.values(),
        typed=typed,
        mistake=mistake,
    )
