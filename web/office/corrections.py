"""Corrections: whom the wrong version of an item misjudged, what was told and paid to them, and why it differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, send_file, url_for
from werkzeug import Response as Answer

from enterprises.calendar import format_moment
from enterprises.regions import full_name
from policies.rules import All
from policies.wording import say
from recommender.corrections.judged import LABELS, Wrong
from recommender.evaluation import Evidence
from recommender.explanation_json import show_amount
from web import errands
from web.appeals.access import correction_for, handles
from web.appeals.words import standing
from web.pages import library, settings, stored, stored_profile, visitor

pages = Blueprint("corrections", __name__, url_prefix="/office/corrections")

CONFLICT = 409

REFRESH = "3"
"""Seconds after which the page of what is under way asks again."""

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/<correction_id>")
def show(correction_id: str) -> Response:
    """Everybody whom the old version misjudged, with what became of it."""
    return _page(correction_id)


@pages.post("/<correction_id>/again")
def again(correction_id: str) -> Answer | tuple[Response, int]:
    """Begin a comparison again that failed or died."""
    from enterprises.errands import Underway, begin

    name = f"{errands.CORRECTION}{correction_id}"
    try:
        with stored().writing() as database:
            correction, _ = correction_for(database, correction_id)
            if correction.made_at is not None:
                return redirect(url_for("corrections.show", correction_id=correction_id), 303)
            attempt = begin(database, name, visitor().account or "", settings().now(), correction.rows)
    except Underway as refusal:
        return _page(correction_id, str(refusal)), CONFLICT
    errands.send(settings(), name, attempt)
    return redirect(url_for("corrections.show", correction_id=correction_id), 303)


@pages.get("/<correction_id>/excel")
def excel(correction_id: str) -> Answer:
    """The whole list as an Excel file."""
    from recommender.corrections.consequences import consequences
    from recommender.corrections.corrections import misjudged
    from web.appeals.correction_sheet import correction_sheet

    with stored().reading() as database:
        correction, stems = correction_for(database, correction_id)
        if correction.made_at is None:
            abort(404)
        listed = misjudged(database, correction_id, stems, limit=None)
        became = consequences(database, correction, [each.misjudged.credit_code for each in listed])
    item = library().items[correction.item_id]
    content = correction_sheet(correction, item.title, [(each, became[each.misjudged.credit_code]) for each in listed])
    name = f"更正-{correction.item_id}-第{correction.new_version}版.xlsx"
    return send_file(BytesIO(content), EXCEL, as_attachment=True, download_name=name, etag=False)


@dataclass(frozen=True)
class Part:
    """One condition of a version in words, and how it was answered: 符合, 不符合, 待补充."""

    text: str
    answer: str


@pages.get("/<correction_id>/<credit_code>")
def explain(correction_id: str, credit_code: str) -> str:
    """One enterprise by both versions, condition by condition, from what is known of it now."""
    from enterprises.readings import EnterpriseOn
    from policies.tables import load_item
    from recommender.corrections.consequences import consequences
    from recommender.corrections.corrections import misjudged
    from recommender.match import match

    dictionary = library().dictionary
    with stored().reading() as database:
        correction, stems = correction_for(database, correction_id)
        found = misjudged(database, correction_id, stems, codes=[credit_code])
        if not found:
            abort(404)
        items = [
            load_item(database, correction.item_id, version, dictionary)
            for version in (correction.old_version, correction.new_version)
        ]
        became = consequences(database, correction, [credit_code])[credit_code]
    subject = EnterpriseOn(stored_profile(credit_code), correction.on, dictionary)
    matches = [match(item, subject) for item in items]
    said = tuple(one.verdict for one in matches)
    listed = found[0].misjudged
    return render_template(
        "office_misjudged.html",
        correction=correction,
        item=items[1],
        listed=found[0],
        became=became,
        sides=[(item.version, one, list(_parts(one.evidence))) for item, one in zip(items, matches, strict=True)],
        labels=LABELS,
        changed_since=said != (listed.before.verdict, listed.after.verdict),
        amount=show_amount,
        moment=format_moment,
    )


def _parts(evidence: Evidence) -> Iterator[Part]:
    """What a rule demands, one by one, in its order."""
    if isinstance(evidence.rule, All):
        for part in evidence.parts:
            yield from _parts(part)
    else:
        yield Part(say(evidence.rule, library().dictionary), _ANSWERS[evidence.truth])


_ANSWERS = {True: "符合", False: "不符合", None: "待补充"}


def _page(correction_id: str, refusal: str = "") -> Response:
    from enterprises.errands import errand
    from recommender.appeals.states import State
    from recommender.appeals.worklist import Filter, worklist
    from recommender.corrections.appealed import appeals_behind
    from recommender.corrections.consequences import consequences
    from recommender.corrections.corrections import PAGE, counts, misjudged

    chosen, after = request.args.get("wrong", ""), request.args.get("after", "")
    wrong = Wrong(chosen) if chosen in set(Wrong) else None
    with stored().reading() as database:
        correction, stems = correction_for(database, correction_id)
        under_way = errand(database, f"{errands.CORRECTION}{correction_id}", settings().now())
        listed = misjudged(database, correction_id, stems, wrong, after=after, limit=PAGE + 1)
        became = consequences(database, correction, [each.misjudged.credit_code for each in listed[:PAGE]])
        tally = counts(database, correction_id, stems)
        behind = {row.id for row in appeals_behind(database, correction)}
        about = worklist(database, Filter(tuple(State), item_id=correction.item_id))
        appeals = [case for case in about if case.row.id in behind and handles(case)]
    response = make_response(
        render_template(
            "office_correction.html",
            correction=correction,
            item=library().items[correction.item_id],
            everywhere="" in stems,
            errand=under_way,
            refusal=refusal,
            wrongs=[(each, tally[each]) for each in Wrong],
            total=sum(tally.values()),
            wrong=wrong,
            listed=[(each, became[each.misjudged.credit_code]) for each in listed[:PAGE]],
            more=listed[PAGE - 1].misjudged.credit_code if len(listed) > PAGE else None,
            after=after,
            appeals=[(case, standing(case.row, library(), settings().day())) for case in appeals],
            labels=LABELS,
            place=_place,
            amount=show_amount,
            moment=format_moment,
        )
    )
    if correction.made_at is None and under_way is not None and under_way.running:
        response.headers["Refresh"] = REFRESH
    return response


def _place(region: str) -> str:
    return full_name(region).removeprefix("陕西省") if region else "不清楚"
