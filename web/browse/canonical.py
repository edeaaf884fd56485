"""The one address that a page has among all that lead to it, for search engines (RFC 6596)."""

from __future__ import annotations

from flask import url_for


def canonical(endpoint: str, **values: str) -> dict[str, str]:
    """The header that says so; what is empty is left out of the address."""
    wanted = {name: value for name, value in values.items() if value}
    return {"Link": f'<{url_for(endpoint, _external=True, **wanted)}>; rel="canonical"'}
