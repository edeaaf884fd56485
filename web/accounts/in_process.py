"""Reaching the local provider: requests to it go straight into the application that makes them.

Where the request of a visitor names the server, a request over the network could be sent anywhere by a false name, and
would need a second thread. Importing this module loads requests: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import Context
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from werkzeug.test import Client, TestResponse


class InProcess(BaseAdapter):
    """Carries requests to ``app`` itself, whatever host they name."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._app = app

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        answer = Context().run(self._ask, request)  # a context of its own: this is another request
        response = Response()
        response.status_code = answer.status_code
        response.headers = CaseInsensitiveDict(answer.headers.items())
        response.raw = BytesIO(answer.get_data())
        response.url, response.request = request.url or "", request
        return response

    def _ask(self, request: PreparedRequest) -> TestResponse:
        parts = urlsplit(request.url or "")
        options: dict[str, Any] = {"data": request.body, "headers": dict(request.headers)}
        client = Client(self._app, use_cookies=False)
        return client.open(
            parts.path,
            base_url=f"{parts.scheme}://{parts.netloc}",
            query_string=parts.query,
            method=request.method or "GET",
            **options,
        )

    def close(self) -> None:
        """There is nothing to close."""
