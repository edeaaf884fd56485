"""Asking an OpenID Connect provider: the authorization code flow with PKCE, and the check of what comes back.

Sources: OpenID Connect Core 1.0 and Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (issuer in the answer). Importing this
module loads Authlib and requests, which takes a part of a second: import it where it is used.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from requests import RequestException
from requests.adapters import BaseAdapter

from web.accounts.provider_settings import ProviderSettings, is_loopback

TIMEOUT = (3.05, 5.0)
"""Seconds to wait for a connection, and for each piece of an answer: no visitor's thread hangs on the provider."""

KEPT = 3600.0
"""Seconds for which the provider's description of itself is kept."""

PAUSE = 5.0
"""Seconds for which a provider that could not be reached is not asked again: others would only wait too."""

LEEWAY = 120
"""Seconds by which the provider's clock may differ from ours."""

ALGORITHMS = ("ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "Ed25519", "EdDSA")
"""How tokens may be signed: with a key of the provider's own. Nothing unsigned, nothing by a secret that we share."""


class ProviderError(Exception):
    """The provider did not help; the message is for the log, and holds nothing secret."""


class Unreachable(ProviderError):
    """The provider does not answer, or says that something is wrong with it."""


class Unusable(ProviderError):
    """What the provider answered cannot be used, or does not prove anything."""


class CodeRefused(ProviderError):
    """The provider does not take the code: it is too old, used up, or another's."""


@dataclass(frozen=True)
class Attempt:
    """A sign-in that has begun: where to send the visitor, and what to compare the answer with."""

    url: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """A provider as its settings name it. ``adapter``: how it is reached, where not over the network."""

    def __init__(
        self,
        settings: ProviderSettings,
        adapter: BaseAdapter | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self._adapter, self._seconds = adapter, seconds
        self._lock = threading.Lock()
        self._description: Mapping[str, Any] | None = None
        self._keys: KeySet | None = None
        self._until = self._paused_until = float("-inf")

    def begin(self, callback: str) -> Attempt:
        """A new sign-in whose answer is to come to ``callback``. Raises ``ProviderError``."""
        endpoint = self._endpoint("authorization_endpoint")
        nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        with self._client(callback) as client:
            url, state = client.create_authorization_url(
                endpoint, state=secrets.token_urlsafe(24), nonce=nonce, code_verifier=verifier
            )
        return Attempt(url, state, nonce, verifier)

    def finish(self, nonce: str, verifier: str, callback: str, code: str, now: datetime) -> dict[str, Any]:
        """What the provider says of the person with this code, all of it checked. Raises ``ProviderError``."""
        endpoint = self._endpoint("token_endpoint")
        with self._client(callback) as client, _asking():
            token = client.fetch_token(endpoint, grant_type="authorization_code", code=code, code_verifier=verifier)
            claims = self._checked(token.get("id_token"), nonce, now)
            wanted = {self.settings.enterprise_claim, self.settings.post_claim} - {""}
            userinfo = self._describe().get("userinfo_endpoint")
            if not wanted <= claims.keys() and isinstance(userinfo, str):
                claims = {**claims, **self._userinfo(client, userinfo, claims["sub"])}
        return claims

    def farewell(self, back: str) -> str | None:
        """Where the visitor can sign out of the provider too, coming back to ``back``; ``None`` where nowhere.

        Raises ``ProviderError``.
        """
        endpoint = self._describe().get("end_session_endpoint")
        if not isinstance(endpoint, str) or not self._is_safe(endpoint):
            return None
        parameters = urlencode({"client_id": self.settings.client_id, "post_logout_redirect_uri": back})
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{parameters}"

    def _client(self, callback: str = "") -> Any:
        client = OAuth2Session(
            self.settings.client_id,
            self.settings.client_secret or None,
            scope=self.settings.scope,
            redirect_uri=callback or None,
            code_challenge_method="S256",
            token_endpoint_auth_method=self._authentication(),
            default_timeout=TIMEOUT,
        )
        client.trust_env = not is_loopback(urlsplit(self.settings.issuer).hostname or "")
        if self._adapter is not None:
            client.mount("http://", self._adapter)
            client.mount("https://", self._adapter)
        return client

    def _authentication(self) -> str:
        if not self.settings.client_secret:
            return "none"
        offered = (self._description or {}).get("token_endpoint_auth_methods_supported")
        posted = isinstance(offered, list) and "client_secret_post" in offered and "client_secret_basic" not in offered
        return "client_secret_post" if posted else "client_secret_basic"

    def _describe(self) -> Mapping[str, Any]:
        """The provider's description of itself, as it was within the last hour."""
        with self._lock:
            if self._description is not None and self._seconds() < self._until:
                return self._description
            if self._seconds() < self._paused_until:
                raise Unreachable("not asked again so soon")
            try:
                described = self._get(self.settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
            except Unreachable:
                self._paused_until = self._seconds() + PAUSE
                raise
            if described.get("issuer") != self.settings.issuer:
                raise Unusable("the issuer of the description is another")
            self._description, self._keys, self._until = described, None, self._seconds() + KEPT
            return described

    def _endpoint(self, name: str) -> str:
        endpoint = self._describe().get(name)
        if not isinstance(endpoint, str) or not self._is_safe(endpoint):
            raise Unusable(f"no usable {name}")
        return endpoint

    def _is_safe(self, address: str) -> bool:
        """Whether an address of the provider's is as well protected as the provider itself."""
        schemes = ("https",) if self.settings.issuer.startswith("https:") else ("http", "https")
        try:
            return urlsplit(address).scheme in schemes and bool(urlsplit(address).hostname)
        except ValueError:
            return False

    def _get(self, address: str) -> dict[str, Any]:
        with self._client() as client, _asking():
            answer = client.get(address, withhold_token=True, headers={"Accept": "application/json"})
            answer.raise_for_status()
            found = answer.json()
        if not isinstance(found, dict):
            raise Unusable("an answer is no JSON object")
        return found

    def _userinfo(self, client: Any, endpoint: str, subject: str) -> dict[str, Any]:
        if not self._is_safe(endpoint):
            raise Unusable("no usable userinfo_endpoint")
        answer = client.get(endpoint)
        answer.raise_for_status()
        found = answer.json()
        if not isinstance(found, dict) or found.get("sub") != subject:
            raise Unusable("the user info is of somebody else")
        return found

    def _checked(self, token: object, nonce: str, now: datetime) -> dict[str, Any]:
        """The claims of an ID token, after OpenID Connect Core 3.1.3.7."""
        if not isinstance(token, str):
            raise Unusable("no ID token")
        try:
            claims = jwt.decode(token, self._key_set(), algorithms=ALGORITHMS).claims
        except InvalidKeyIdError:  # the provider may have changed its keys
            claims = jwt.decode(token, self._key_set(anew=True), algorithms=ALGORITHMS).claims
        client = self.settings.client_id
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": client},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry.validate(claims)
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else client) != client:
            raise Unusable("the token is for somebody else")
        return claims

    def _key_set(self, anew: bool = False) -> KeySet:
        found = self._keys
        if found is None or anew:
            described = self._get(self._endpoint("jwks_uri"))
            try:
                found = KeySet.import_key_set(described)  # type: ignore[arg-type] # it is checked there
            except (AttributeError, KeyError, TypeError) as error:
                raise Unusable(f"no usable keys: {type(error).__name__}") from None
            self._keys = found
        return found


@contextmanager
def _asking() -> Iterator[None]:
    """What can go wrong when a provider is asked, in our words; the provider's own may hold codes and tokens."""
    try:
        yield
    except OAuthError as error:
        if error.error == "invalid_grant":
            raise CodeRefused("invalid_grant") from None
        raise Unusable(f"refused: {_plain(error.error)}") from None
    except JoseError as error:
        raise Unusable(f"the token is not good: {_plain(error.error)}") from None
    except (ValueError, TypeError, KeyError) as error:  # RequestException of broken JSON is a ValueError
        raise Unusable(f"rubbish: {type(error).__name__}") from None
    except RequestException as error:
        raise Unreachable(type(error).__name__) from None


def _plain(word: object) -> str:
    """A word of somebody else's that may stand in the log."""
    return "".join(each for each in str(word) if each.isascii() and (each.isalnum() or each == "_"))[:40]
