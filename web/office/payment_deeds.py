"""What finance clerks do: making a payment batch, its release by a second one, its file, and the bank's answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from enterprises.source_text import BadText
from recommender.grants.states import Refused
from web.accounts.visitor import Duty
from web.office.payments import batch_page, list_page, seen_batch
from web.pages import settings, stored
from web.payments.doing import by, revision
from web.payments.scope import chosen_scope
from web.payments.uploads import control_figures, let_a_file_in, sent_table

if TYPE_CHECKING:
    from recommender.payments.batches import Batch

pages = Blueprint("payment_deeds", __name__, url_prefix="/office/payments")
pages.url_value_preprocessor(let_a_file_in)

UNPROCESSABLE, CONFLICT = 422, 409

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}


@pages.post("")
def make() -> Answer | tuple[str, int]:
    """Make a batch of the grants that were picked."""
    from recommender.payments.batch_deeds import NotPayable, make_batch

    scope = chosen_scope(request.form.get("scope", ""), Duty.FINANCE)
    picked = request.form.getlist("grant")
    try:
        with stored().writing() as database:
            made = make_batch(database, picked, scope.region, scope.department, by(), settings().seal)
    except NotPayable as refusal:
        return list_page(scope, picked, str(refusal), refusal.problems), UNPROCESSABLE
    except Refused as refusal:
        return list_page(scope, picked, str(refusal)), UNPROCESSABLE
    return _on(made.id, "made")


@pages.post("/<batch_id>/release")
def release(batch_id: str) -> Answer | tuple[str, int]:
    """Have the bank pay it: for another clerk than the one who made it."""
    from recommender.payments.batch_deeds import release as let_go

    return _do(batch_id, "released", lambda database: let_go(database, batch_id, revision(), by(), settings().seal))


@pages.post("/<batch_id>/withdraw")
def withdraw(batch_id: str) -> Answer | tuple[str, int]:
    """Give up a batch that is not released."""
    from recommender.payments.batch_deeds import withdraw as give_up

    reason = request.form.get("reason", "")
    return _do(
        batch_id,
        "withdrawn",
        lambda database: give_up(database, batch_id, revision(), reason, by(), settings().seal),
    )


@pages.post("/<batch_id>/file")
def take_file(batch_id: str) -> Response | tuple[str, int]:
    """The payment file, as a workbook or as CSV; the same bytes each time. That it was taken is noted."""
    from enterprises.audit import note
    from recommender.payments.files import DamagedBatch, payment_csv, payment_xlsx

    batch, kind = seen_batch(batch_id, Duty.FINANCE), request.form.get("kind", "")
    if kind not in KINDS:
        abort(400)
    detail = {"batch": batch.number, "region": batch.region, "department": batch.department, "kind": kind}
    try:
        with stored().writing() as database:
            write = payment_xlsx if kind == "xlsx" else payment_csv
            content = write(database, batch_id, settings().seal)
            about, who = f"batch:{batch_id}", by()
            note(database, actor=who.actor, action="payment.file", about=about, moment=who.moment, detail=detail)
    except (Refused, DamagedBatch) as refusal:
        return batch_page(batch, str(refusal)), CONFLICT
    answer = Response(content, mimetype=KINDS[kind])
    answer.headers["Content-Disposition"] = f"attachment; filename=payment-{batch.number}.{kind}"
    return answer


@pages.post("/<batch_id>/result")
def take_result(batch_id: str) -> Answer | tuple[str, int]:
    """Book what the bank says; the same file again changes nothing."""
    from recommender.payments.results import apply_result, read_result
    from recommender.payments.sheets import BadList

    batch = seen_batch(batch_id, Duty.FINANCE)
    try:
        count, total = control_figures()
        with sent_table() as path:
            file = read_result(path, count, total)
        with stored().writing() as database:
            applied = apply_result(database, batch_id, file, by(), settings().seal)
    except BadList as error:
        return batch_page(batch, mistakes=[str(problem) for problem in error.problems[:50]]), UNPROCESSABLE
    except BadText as error:
        return batch_page(batch, mistakes=[str(error)]), UNPROCESSABLE
    except Refused as refusal:
        return batch_page(batch, str(refusal)), CONFLICT
    paid, returned, same = map(str, (applied.paid, applied.returned, applied.same))
    at = url_for("payments.show", batch_id=batch_id, done="result", paid=paid, returned=returned, same=same)
    return redirect(at, 303)


def _do(batch_id: str, done: str, deed: Callable[..., Batch]) -> Answer | tuple[str, int]:
    from recommender.payments.files import DamagedBatch

    batch = seen_batch(batch_id, Duty.FINANCE)
    try:
        with stored().writing() as database:
            deed(database)
    except (Refused, DamagedBatch) as refusal:
        return batch_page(batch, str(refusal)), CONFLICT
    return _on(batch_id, done)


def _on(batch_id: str, done: str) -> Answer:
    return redirect(url_for("payments.show", batch_id=batch_id, done=done), 303)
