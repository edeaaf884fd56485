"""An OpenID Connect provider of the tests' own, over HTTP, which lies and fails as a test wants it to."""

import hashlib
import json
import threading
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

from enterprises.calendar import Clock

CLIENT, SECRET = "huiqi-test", "a secret that no log may hold"


class MadeUpProvider:
    """``claims``: added to the ID token, over what is right; ``None`` takes one out. ``answers``: by path, a status and
    a body to give instead. ``delay``: seconds before each answer. ``asked``: the paths that were asked for."""

    def __init__(self, address: str, clock: Clock) -> None:
        self.issuer, self.clock = address, clock
        self.reset()

    def reset(self) -> None:
        self.key = self.signing_key = ECKey.generate_key("P-256", {"kid": "one"})
        self.claims: dict[str, Any] = {}
        self.described: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.answers: dict[str, tuple[int, str]] = {}
        self.token: str | None = None
        self.delay = 0.0
        self.asked: list[str] = []
        self._given: dict[str, dict[str, str]] = {}

    def allow(self, location: str) -> str:
        """The code that the person who was sent to ``location`` comes back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self._given)}-{asked['state']}"
        self._given[code] = asked
        return code

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, str]:
        self.asked.append(path)
        time.sleep(self.delay)
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            return 200, json.dumps(self._description())
        if path == "/keys":
            return 200, json.dumps({"keys": [self.key.as_dict(private=False)]})
        if path == "/userinfo":
            return 200, json.dumps(self.userinfo)
        if path == "/token":
            return self._redeem(form, authorization)
        return 404, "{}"

    def _description(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/bye?lang=zh",
            **self.described,
        }

    def _redeem(self, form: dict[str, str], authorization: str) -> tuple[int, str]:
        if authorization != "Basic " + b64encode(f"{CLIENT}:{SECRET}".encode()).decode():
            return 401, json.dumps({"error": "invalid_client"})
        given = self._given.pop(form.get("code", ""), None)
        challenge = urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        if (
            given is None
            or form.get("redirect_uri") != given["redirect_uri"]
            or given["code_challenge"] != challenge.decode()
        ):
            return 400, json.dumps({"error": "invalid_grant", "error_description": "the code of somebody"})
        answer = {"access_token": "opens the user info", "token_type": "Bearer", "id_token": self._sign(given["nonce"])}
        return 200, json.dumps(answer)

    def _sign(self, nonce: str) -> str:
        if self.token is not None:
            return self.token
        now = int(self.clock().timestamp())
        right = {"iss": self.issuer, "aud": CLIENT, "sub": "person", "iat": now, "exp": now + 300, "nonce": nonce}
        claims = {
            name: value for name, value in {**right, "name": "王小明", **self.claims}.items() if value is not None
        }
        return jwt.encode({"alg": "ES256", "kid": self.signing_key.kid}, claims, self.signing_key)


@contextmanager
def serving_provider(clock: Clock) -> Iterator[MadeUpProvider]:
    """The provider, listening on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            self._answer({name: values[0] for name, values in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            status, body = provider.answer(urlsplit(self.path).path, form, self.headers.get("Authorization", ""))
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body.encode())
            except (BrokenPipeError, ConnectionResetError):
                pass  # nobody waited

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider = MadeUpProvider(f"http://127.0.0.1:{server.server_address[1]}", clock)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
