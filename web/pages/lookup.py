"""Looking an enterprise up, for anybody: by its name or credit code, with what a public register shows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request, url_for

from enterprises import industries, regions
from enterprises.dictionary import Dictionary
from enterprises.profiles import Profile
from enterprises.source_text import BadText
from web.checkup.fact_form import Typed, write_form
from web.pages import library, stored

pages = Blueprint("lookup", __name__)

UNPROCESSABLE = 422

GONE = frozenset({"注销", "吊销未注销"})
"""Who is offered nothing any more."""

_STATES = {"存续": "ok", "注销": "over", "吊销未注销": "over"}


@dataclass(frozen=True)
class Shown:
    """An enterprise as the page lists it; what the register does not say is empty.

    ``year``: in which it was established. ``state``: how its status is marked. ``known``: what the form opens with.
    """

    name: str
    credit_code: str
    place: str
    industry: str
    year: str
    status: str
    state: str
    gone: bool
    own_page: str
    known: Typed


@pages.get("/lookup")
def show() -> str | tuple[str, int]:
    """The enterprises that may be meant, or the form alone. It never says whether anybody has signed up for one."""
    dictionary = library().dictionary
    asked = "text" in request.args
    text = request.args.get("text", "").strip()
    found: Sequence[Profile] = ()
    more, mistake = False, ""
    if asked:
        try:
            found, more = _find(text, dictionary)
        except BadText as error:
            mistake = str(error)
    page = render_template(
        "lookup.html",
        asked=asked,
        text=text,
        mistake=mistake,
        found=[_shown(each, dictionary) for each in found],
        more=more,
    )
    return (page, UNPROCESSABLE) if mistake else page


def prepare() -> None:
    """Load what names are cut into words and read with, ahead of the first question: half a second."""
    from enterprises.names.keys import spelled
    from enterprises.names.places import ways

    spelled("延安市宝塔区")
    ways("yanan")


def _find(text: str, dictionary: Dictionary) -> tuple[Sequence[Profile], bool]:
    from enterprises.names.public import load_public_parts
    from enterprises.names.search import find

    if not text:
        raise BadText("还没有填写", "请填写企业名称，或者统一社会信用代码")
    with stored().reading() as database:
        result = find(database, text)
        codes = [each.credit_code for each in result.enterprises]
        return load_public_parts(database, codes, dictionary), result.more


def _shown(profile: Profile, dictionary: Dictionary) -> Shown:
    said: Mapping[str, object] = {name: seen.value for name, seen in profile.facts.items()}
    code, status = str(profile.credit_code), str(said.get("operating_status", ""))
    registered_on = said.get("registered_on")
    return Shown(
        profile.name or "",
        code,
        regions.full_name(str(said["region"])) if "region" in said else "",
        industries.industry(str(said["industry"])).name if "industry" in said else "",
        f"{registered_on.year} 年" if isinstance(registered_on, date) else "",
        status,
        _STATES.get(status, "wait"),
        status in GONE,
        url_for("sign_in.show", next=f"/mine/{code}"),
        write_form(profile, dictionary),
    )
