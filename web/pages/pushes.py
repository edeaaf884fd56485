"""Whether an enterprise is told of anything by campaigns of offices: its owners decide, and may change their minds."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web.pages import settings, stored, visitor

pages = Blueprint("pushes", __name__, url_prefix="/mine/<credit_code>/pushes")


@pages.get("")
def show(credit_code: str) -> str:
    """How it stands, and the button that changes it."""
    from recommender.campaigns.refusals import refused

    with stored().reading() as database:
        without = credit_code in refused(database, [credit_code])
    return render_template(
        "pushes.html", credit_code=credit_code, refused=without, done=request.args.get("done") == "1"
    )


@pages.post("")
def change(credit_code: str) -> Response:
    """No more of them, or again."""
    from recommender.campaigns.refusals import allow, refuse

    account = visitor().account
    assert account is not None
    deed = allow if request.form.get("wanted") == "1" else refuse
    with stored().writing() as database:
        deed(database, credit_code, account, settings().now())
    return redirect(url_for("pushes.show", credit_code=credit_code, done=1), 303)
