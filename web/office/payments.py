"""Payments: the batches, and what waits for money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from flask import Blueprint, abort, render_template, request, url_for

from enterprises.calendar import format_day, format_moment
from enterprises.regions import full_name
from web.accounts.visitor import Duty
from web.office.waiting import Waiting
from web.pages import library, settings, stored, visitor
from web.payments.amounts import yuan
from web.payments.scope import Scope, chosen_scope, scopes

if TYPE_CHECKING:
    from recommender.payments.batches import Batch, Payable

pages = Blueprint("payments", __name__, url_prefix="/office/payments")
READERS = (Duty.FINANCE, Duty.AUDITOR)

MOST_SHOWN = 500
"""Grants that can be picked on one page."""

MOST_BATCHES = 500

LOOKS = {"drafted": "wait", "released": "wait", "settled": "ok", "withdrawn": "over"}
LINE_LOOKS = {"open": "wait", "paid": "ok", "returned": "alarm", "dropped": "over"}
AFTER = {
    "made": ("drafted",),
    "released": ("released",),
    "withdrawn": ("withdrawn",),
    "result": ("released", "settled"),
}
"""In which states it may be said that something was done: an address may be opened again."""

SAID = {
    "made": "付款批次已拟定。请另一位财务人员复核放行。",
    "released": "已复核放行。请取付款文件交银行，各笔现在是“付款中”。",
    "withdrawn": "付款批次已撤销，里面的各笔可以放进别的批次。",
    "result": "银行结果已登记。",
}


@pages.get("")
def show_list() -> str:
    """The batches, and what waits for payment."""
    return list_page()


@pages.get("/<batch_id>")
def show(batch_id: str) -> str:
    """A batch: what it comes to, its lines, and what is to be done next."""
    return batch_page(seen_batch(batch_id, *READERS))


def waiting() -> Iterator[Waiting]:
    """Batches of others to be released, grants to be paid, and batches that wait for the bank's answer."""
    from recommender.payments.batches import BatchState, payable

    batches = _own_batches(Duty.FINANCE)
    drafted = [each for each in batches if each.state is BatchState.DRAFTED and each.made_by != visitor().account]
    released = [each for each in batches if each.state is BatchState.RELEASED]
    with stored().reading() as database:
        unpaid = {
            one.grant.id
            for scope in scopes(Duty.FINANCE)
            for one in payable(database, scope.region, scope.department, settings().seal, MOST_SHOWN)
            if not one.blocked
        }
    at = url_for("payments.show_list")
    yield Waiting(Duty.FINANCE, len(drafted), "个付款批次待您复核放行", at)
    yield Waiting(Duty.FINANCE, len(unpaid), "笔资金等着付款", at)
    yield Waiting(Duty.FINANCE, len(released), "个付款批次等着登记银行结果", at)


def seen_batch(batch_id: str, *duties: Duty) -> Batch:
    """A batch for which the visitor has one of these duties; else the request ends."""
    from recommender.payments.batches import NoSuchBatch, load_batch

    try:
        with stored().reading() as database:
            found = load_batch(database, batch_id)
    except NoSuchBatch:
        abort(404)
    if not _is_own(found, *duties):
        abort(403)
    return found


def _is_own(batch: Batch, *duties: Duty) -> bool:
    departments = [batch.department] if batch.department else []
    return any(visitor().may(duty, batch.region, departments) for duty in duties)


def _own_batches(*duties: Duty) -> list[Batch]:
    from recommender.payments.batches import list_batches

    with stored().reading() as database:
        return [batch for batch in list_batches(database, MOST_BATCHES) if _is_own(batch, *duties)]


def list_page(
    scope: Scope | None = None,
    picked: list[str] | None = None,
    refusal: str = "",
    problems: Mapping[str, str] | None = None,
) -> str:
    """The page of all batches, where something was refused with why and what was picked."""
    from recommender.payments.batches import payable

    clerk = bool(visitor().posts_of(Duty.FINANCE))
    if clerk and scope is None:
        scope = chosen_scope(request.args.get("scope", ""), Duty.FINANCE)
    with stored().reading() as database:
        found: tuple[Payable, ...] = ()
        if scope is not None:
            found = payable(database, scope.region, scope.department, settings().seal, MOST_SHOWN)
    return render_template(
        "office_payments.html",
        batches=_own_batches(*READERS),
        payable=found,
        scope=scope,
        scopes=scopes(Duty.FINANCE),
        picked=picked,
        refusal=refusal,
        problems=problems or {},
        items=library().items,
        looks=LOOKS,
        place=full_name,
        yuan=yuan,
        moment=format_moment,
        most=MOST_SHOWN,
    )


def batch_page(batch: Batch, refusal: str = "", mistakes: list[str] | None = None) -> str:
    """The page of a batch, where something was refused with why."""
    from recommender.payments.batches import BatchState, load_lines
    from web.accounts.people import names_of

    with stored().reading() as database:
        lines = load_lines(database, batch.id)
        names = names_of(database, [batch.made_by, batch.released_by or ""], settings().seal)
    done = request.args.get("done", "")
    said = SAID[done] if batch.state in AFTER.get(done, ()) else ""
    told = [
        f"{label} {request.args[name]} 笔"
        for name, label in (("paid", "到账"), ("returned", "退回"), ("same", "早已登记过"))
        if request.args.get(name, "0").isdigit() and request.args.get(name, "0") != "0"
    ]
    return render_template(
        "office_payment.html",
        batch=batch,
        lines=lines,
        names=names,
        clerk=_is_own(batch, Duty.FINANCE),
        is_maker=batch.made_by == visitor().account,
        State=BatchState,
        looks=LOOKS,
        line_looks=LINE_LOOKS,
        place=full_name,
        yuan=yuan,
        moment=format_moment,
        day_of=format_day,
        refusal=refusal,
        mistakes=mistakes or [],
        done=said + ("、".join(told) + "。" if said and told else ""),
    )
