"""Addresses that visitors bring along: where to go on after signing in."""

from __future__ import annotations

from urllib.parse import urlsplit

_LONGEST = 400
"""Bytes: the address waits in a cookie, which holds 4 KiB, beside those of other tabs."""


def local_path(text: str) -> str | None:
    """``text`` where it is an address on this site that a browser can only understand so; ``None`` for any other.

    Browsers take ``//evil``, ``/\\evil`` and ``/<tab>/evil`` for another site.
    """
    if not text.startswith("/") or text.startswith("//") or len(text.encode(errors="replace")) > _LONGEST:
        return None
    if "\\" in text or not text.isprintable():
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else text
