"""Answers made smaller for slow connections."""

from __future__ import annotations

import gzip
import secrets
from io import BytesIO

from flask import Request, Response

LEAST_BYTES = 1024
"""What is smaller fits one packet anyhow."""

COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml")

_LEVEL = 5
_MOST_PADDING = 100
"""Bytes. So that the length tells nothing: a page may hold both a secret and what somebody else put into its address.
The remedy is that of "Heal the BREACH" (Palacios et al., IEEE Access 2022): a file name of random length in the header.
"""


def compress(response: Response, request: Request) -> None:
    """Compress an answer where it is worth it and the browser understands it."""
    if not (response.mimetype or "").startswith(COMPRESSIBLE):
        return
    response.vary.add("Accept-Encoding")
    if response.status_code == 206 or "Content-Encoding" in response.headers or not request.accept_encodings["gzip"]:
        return
    response.direct_passthrough = False
    plain = response.get_data()
    if len(plain) < LEAST_BYTES:
        return
    response.set_data(_gzip(plain))
    response.headers["Content-Encoding"] = "gzip"
    etag, _ = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)  # other bytes of the same content


def _gzip(plain: bytes) -> bytes:
    packed, padding = BytesIO(), "h" * (1 + secrets.randbelow(_MOST_PADDING))
    with gzip.GzipFile(padding, "wb", _LEVEL, packed, mtime=0) as file:
        file.write(plain)
    return packed.getvalue()
