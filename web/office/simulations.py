"""Simulations (政策效果仿真): what a draft or an item does to all enterprises, before anybody decides on it."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug import Response as Answer

from enterprises.calendar import format_moment, parse_day
from enterprises.source_text import BadText, Problem
from web import errands
from web.library.access import WATCHERS
from web.office.snapshot import REFRESH
from web.pages import library, settings, stored, visitor
from web.simulations import result as shown
from web.simulations.curves import chosen_point, panels
from web.simulations.subjects import DUTIES, choices, covers, snapshot, subject

if TYPE_CHECKING:
    from recommender.simulation.kept import Kept

__all__ = ["DUTIES", "pages"]

pages = Blueprint("simulations", __name__, url_prefix="/office/simulations")

MOST = 50
"""So many simulations are listed."""

_ID = re.compile(r"[0-9a-f]{32}")
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# The printed page brings its own styles, and must run nothing.
_PRINTED = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@pages.get("")
def show_all() -> str:
    """What can be simulated, and what was."""
    wanted = next((f"{kind}/{request.args[kind]}" for kind in ("draft", "item") if kind in request.args), "")
    return _list(wanted, settings().day().isoformat())


@pages.post("")
def begin() -> Answer | tuple[str, int]:
    """Have a simulation made; the same one again is the one that there is."""
    of, typed = request.form.get("of", ""), request.form.get("on", "")
    try:
        on = parse_day(typed) if typed else settings().day()
    except BadText as error:
        return _list(of, typed, {"on": f"{error}"}), 422
    if not of:
        return _list(of, typed, {"of": "请选一个草稿或事项"}), 422
    newest = snapshot()
    if newest is None:
        return _list(of, typed, {"of": "还没有企业库快照，请先生成快照"}), 422
    from recommender.simulation.kept import Wanted, ask

    try:
        with stored().reading() as database:
            chosen = subject(database, of)
    except Problem as problem:
        return _list(of, typed, {"of": f"草稿还有错，改好以后才能仿真：{problem}"}), 422
    wanted = Wanted(
        item=chosen.item,
        before=chosen.before,
        library=library(),
        on=on,
        revision=newest.revision,
        population_digest=newest.population.digest,
        rows=newest.population.rows,
        made_up=newest.population.made_up,
        draft_id=chosen.draft_id,
    )
    with stored().writing() as database:
        simulation_id = ask(database, wanted, visitor().account or "", settings().now())
    _set_off(_found(simulation_id))
    return redirect(url_for("simulations.show", simulation_id=simulation_id), 303)


@pages.get("/<simulation_id>")
def show(simulation_id: str) -> str | Response:
    """What came of it; or that it is being made."""
    return _page(_found(simulation_id))


@pages.post("/<simulation_id>/again")
def again(simulation_id: str) -> Answer:
    """Begin one again that failed or died."""
    _set_off(_found(simulation_id))
    return redirect(url_for("simulations.show", simulation_id=simulation_id), 303)


@pages.post("/<simulation_id>/look")
def look(simulation_id: str) -> Answer | tuple[str | Response, int]:
    """Note that the visitor has seen what it would do, and what they think of it."""
    from enterprises.audit import note
    from recommender.simulation.looks import Refused
    from recommender.simulation.looks import look as note_look

    kept, account, now = _found(simulation_id), visitor().account or "", settings().now()
    judgement = request.form.get("judgement", "")
    try:
        with stored().writing() as database:
            note_look(database, simulation_id, account, judgement, settings().seal, now)
            detail = {"simulation": simulation_id, "digest": kept.item_digest}
            note(database, actor=account, action="simulation.looked", about=kept.item_id, moment=now, detail=detail)
    except Refused as refusal:
        return _page(kept, judgement, str(refusal)), 422
    return redirect(url_for("simulations.show", simulation_id=simulation_id, done="looked", _anchor="looks"), 303)


@pages.get("/<simulation_id>/print")
def printed(simulation_id: str) -> Response:
    """The page for printing, as it was made."""
    from recommender.simulation.kept import printed_of

    _found(simulation_id)
    with stored().reading() as database:
        try:
            page = zlib.decompress(printed_of(database, simulation_id))
        except LookupError:
            abort(404)
    response = Response(page, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _PRINTED
    return response


@pages.get("/<simulation_id>/excel")
def excel(simulation_id: str) -> Response:
    """All figures as an Excel file."""
    from recommender.simulation.kept import result_of
    from web.simulations.sheets import simulation_workbook

    _found(simulation_id)
    with stored().reading() as database:
        try:
            plain = result_of(database, simulation_id)
        except LookupError:
            abort(404)
    response = Response(simulation_workbook(plain), mimetype=_EXCEL)
    response.headers.set("Content-Disposition", "attachment", filename=f"{plain['item']['title']}-仿真.xlsx")
    return response


# ------------------------------------------------------------------- pages


def _list(wanted: str, on: str, mistakes: dict[str, str] | None = None) -> str:
    from recommender.simulation.kept import simulations
    from web.accounts.people import names_of

    with stored().reading() as database:
        groups = list(choices(database))
        made = [each for each in simulations(database, MOST) if covers(each.region, each.departments)]
        names = names_of(database, [each.asked_by for each in made], settings().seal)
    return render_template(
        "simulations.html",
        groups=groups,
        wanted=wanted,
        on=on,
        mistakes=mistakes or {},
        made=made,
        names=names,
        snapshot=snapshot(),
        moment=format_moment,
    )


def _page(kept: Kept, judgement: str = "", mistake: str = "") -> str | Response:
    from enterprises.errands import errand
    from recommender.simulation.kept import result_of
    from recommender.simulation.looks import LONGEST, judgements
    from web.accounts.people import names_of

    with stored().reading() as database:
        under_way = errand(database, errands.SIMULATION + kept.id, settings().now())
        looks = judgements(database, kept.id, settings().seal)
        names = names_of(database, [kept.asked_by, *(each.account for each in looks)], settings().seal)
        plain = result_of(database, kept.id) if kept.made_at is not None else None
    if plain is None:
        response = make_response(
            render_template("simulation_waiting.html", kept=kept, errand=under_way, names=names, moment=format_moment)
        )
        if under_way is not None and under_way.running:
            response.headers["Refresh"] = REFRESH
        return response
    lever = _lever(len(plain["curves"]))
    curve = plain["curves"][lever] if plain["curves"] else None
    point = chosen_point(curve, request.args.get("point")) if curve else 0
    return render_template(
        "simulation.html",
        kept=kept,
        draft=kept.draft_id and visitor().posts_of(*WATCHERS) and url_for("drafts.draft", draft_id=kept.draft_id),
        plain=plain,
        shown=shown,
        names=names,
        looks=looks,
        longest=LONGEST,
        moment=format_moment,
        judgement=judgement,
        mistake=mistake,
        lever=lever,
        curve=curve,
        point=point,
        panels=panels(curve, point) if curve else (),
    )


def _lever(count: int) -> int:
    """Which threshold is shown: the one asked for, else the first."""
    wanted = request.args.get("lever", "")
    is_number = wanted.isascii() and wanted.isdigit() and len(wanted) < 10
    return int(wanted) if is_number and int(wanted) < count else 0


def _found(simulation_id: str) -> Kept:
    from recommender.simulation.kept import simulation

    if not _ID.fullmatch(simulation_id):
        abort(404)
    with stored().reading() as database:
        kept = simulation(database, simulation_id)
    if kept is None:
        abort(404)
    if not covers(kept.region, kept.departments):
        abort(403)
    return kept


def _set_off(kept: Kept) -> None:
    """Have it made, unless it is, or is being made, or too much else is: then the page offers to begin it later."""
    from enterprises.audit import note
    from enterprises.errands import Underway
    from enterprises.errands import begin as begin_errand

    if kept.made_at is not None:
        return
    name, account, now = errands.SIMULATION + kept.id, visitor().account or "", settings().now()
    try:
        with stored().writing() as database:
            attempt = begin_errand(database, name, account, now, kept.rows)
            detail = {"simulation": kept.id, "digest": kept.item_digest}
            note(database, actor=account, action="simulation.asked", about=kept.item_id, moment=now, detail=detail)
    except Underway:
        return
    errands.send(settings(), name, attempt)
