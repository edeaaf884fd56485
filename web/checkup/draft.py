"""What somebody typed, kept in their own browser, sealed: a refresh, a way back or a closed page loses nothing.

Nothing of it is stored here, and none of it stands in an address. The cookies only travel to the pages that need them
(their ``path``), are closed to scripts, and end with the browser. A server in front of ours may refuse a header of more
than 8 KB, so a draft that would not fit is not kept: the page that was sent then answers for itself.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field

from flask import request
from werkzeug import Response

from enterprises.sealing import CannotOpen
from web.checkup.fact_form import Typed
from web.pages import settings

FORMAT = "huiqi draft 1"
"""What every draft begins with, so that nothing else that was sealed is taken for one."""

COOKIE = "huiqi_draft"

MOST_PARTS, PART = 2, 3_500
"""A draft takes so many cookies at most, each of so many characters: together they leave room for the others."""


class Lost(ValueError):
    """There is a draft, but it cannot be read: of another account, of an older version, or damaged."""


@dataclass(frozen=True)
class Draft:
    """What was typed, by input. ``on``: the day as it was typed; empty for the day that pages open on.

    ``skipped``: questions that somebody could not answer, by input; ``asked``: all that were put one by one, in their
    order; ``last``: the one that was answered just now, empty where something else was sent.
    """

    typed: Typed = field(default_factory=dict)
    on: str = ""
    sample: str = ""
    skipped: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    last: str = ""


@dataclass(frozen=True)
class Drawer:
    """Where a draft is kept: for the pages below ``path``, and for whom (an account, or nobody in particular)."""

    path: str
    whose: str = ""

    def keep(self, response: Response, draft: Draft) -> bool:
        """Send the draft with a response. Where it is too large, an older one is taken back and the answer is no."""
        sealed = _close(draft, self.whose)
        fits = len(sealed) <= MOST_PARTS * PART
        parts = [sealed[start : start + PART] for start in range(0, len(sealed), PART)] if fits else []
        for number, part in enumerate(parts):
            response.set_cookie(
                _name(number), part, path=self.path, httponly=True, samesite="Lax", secure=settings().https
            )
        self._drop(response, range(len(parts), MOST_PARTS))
        return fits

    def forget(self, response: Response) -> None:
        """Take the draft back."""
        self._drop(response, range(MOST_PARTS))

    def find(self) -> Draft | None:
        """The draft that the browser sent; ``None`` where it sent none. Raises ``Lost``."""
        parts = [request.cookies[name] for number in range(MOST_PARTS) if (name := _name(number)) in request.cookies]
        return _open("".join(parts), self.whose) if parts else None

    def _drop(self, response: Response, numbers: range) -> None:
        for number in numbers:
            if _name(number) in request.cookies:
                response.delete_cookie(
                    _name(number), path=self.path, httponly=True, samesite="Lax", secure=settings().https
                )


def _name(number: int) -> str:
    return f"{COOKIE}_{number}"


def _close(draft: Draft, whose: str) -> str:
    lists = [list(draft.skipped), list(draft.asked)]
    said = [FORMAT, whose, draft.on, draft.sample, draft.last, *lists, {k: list(v) for k, v in draft.typed.items()}]
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return settings().seal.close_bytes(zlib.compress(text.encode(), 9)).decode("ascii")


def _open(sealed: str, whose: str) -> Draft:
    try:
        said = json.loads(zlib.decompress(settings().seal.open_bytes(sealed.encode())))
    except (CannotOpen, zlib.error, ValueError):
        raise Lost(sealed[:8]) from None
    if not (isinstance(said, list) and said[:1] == [FORMAT] and said[1] in ("", whose)):
        raise Lost("of another account or version")
    _, _, on, sample, last, skipped, asked, typed = said
    return Draft({k: tuple(v) for k, v in typed.items()}, on, sample, tuple(skipped), tuple(asked), last)
