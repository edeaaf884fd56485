"""政策包: the half-yearly package of an enterprise, as Excel or as a page that prints well."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, abort, request

from enterprises.profiles import Profile
from recommender.package import Package, package_of
from web.checkup.typed import read_typed
from web.pages import library, settings, stored_profile

pages = Blueprint("packages", __name__, url_prefix="/mine/<credit_code>")
handouts = Blueprint("handouts", __name__)

PRINTED = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The policy of a page that carries its own styles, as it is saved and printed; it loads and sends nothing."""

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/package")
def show(credit_code: str) -> Response:
    """The package of a stored enterprise, to print."""
    return _printed(_package(stored_profile(credit_code), settings().day()))


@pages.get("/package.xlsx")
def download(credit_code: str) -> Response:
    """The package of a stored enterprise, as Excel."""
    return _excel(_package(stored_profile(credit_code), settings().day()))


@handouts.post("/check/package")
def of_typed() -> Response:
    """The package of what was typed; nothing of it is stored."""
    sent, form = read_typed(), request.form.get("form", "")
    made = _package(sent.profile, sent.on)
    if form not in _FORMS:
        abort(400)
    return _FORMS[form](made)


def _package(profile: Profile, on: date) -> Package:
    return package_of(library(), profile, on)


def _printed(made: Package) -> Response:
    from web.printed.package_sheets import package_page

    return Response(package_page(made), headers={"Content-Security-Policy": PRINTED})


def _excel(made: Package) -> Response:
    from web.printed.booklets import to_excel
    from web.printed.package_sheets import enterprise_booklet

    name = f"huiqi-package-{made.half.year}-{made.half.half}.xlsx"
    headers = {"Content-Disposition": f"attachment; filename={name}"}
    return Response(to_excel(enterprise_booklet(made)), mimetype=EXCEL, headers=headers)


_FORMS = {"excel": _excel, "print": _printed}
