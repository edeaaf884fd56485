"""Rounds (批次) of supports without application: the list, one round, its candidates with their evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flask import Blueprint, abort, render_template, request, url_for

from enterprises.calendar import format_day, format_moment
from enterprises.regions import full_name
from policies.items import Item
from recommender.payments.round_states import RoundDeed, RoundState, possible
from recommender.payments.rounds import Round
from recommender.payments.standings import Standing
from web.accounts.visitor import Duty
from web.office.waiting import Waiting
from web.pages import library, settings, stored, visitor
from web.payments.amounts import yuan
from web.payments.scope import payable_items, seen_round, sees

if TYPE_CHECKING:
    from recommender.payments.rounds import Candidate
    from web.grants.proofs import Proof

pages = Blueprint("rounds", __name__, url_prefix="/office/rounds")

SHOWN = 50
"""Candidates a page."""

MOST_ROUNDS = 500

STEPS = (
    RoundState.DRAFT,
    RoundState.LISTED,
    RoundState.SUBMITTED,
    RoundState.CHECKED,
    RoundState.NOTICED,
    RoundState.ASKED,
    RoundState.CLOSED,
)
OF_THE_CHECKER = (RoundDeed.CHECK, RoundDeed.SEND_BACK)
CARRIED = (RoundState.CHECKED, RoundState.NOTICED, RoundState.ASKED, RoundState.CANCELLED)
"""States in which something may be left to be done with single grants."""

LOOKS = {RoundState.CANCELLED: "over", RoundState.CLOSED: "ok", RoundState.DRAFT: "", RoundState.SUBMITTED: "wait"}


@pages.get("")
def show_list() -> str:
    """The rounds of the visitor's regions and departments, the last made first."""
    from recommender.payments.rounds import counts

    found = _own_rounds()
    with stored().reading() as database:
        due = {each.id: counts(database, each.id).get(Standing.DUE) for each in found}
    return render_template(
        "office_rounds.html",
        rounds=found,
        due=due,
        items=library().items,
        looks=LOOKS,
        place=full_name,
        yuan=yuan,
        offers=tuple(payable_items()) if visitor().posts_of(Duty.OPERATOR) else (),
        moment=format_moment,
    )


@pages.get("/<round_id>")
def show(round_id: str) -> str:
    """One round: how far it has come, what is to be done, how many stand how, its plan and its history."""
    return round_page(seen_round(round_id))


@pages.get("/<round_id>/candidates")
def show_candidates(round_id: str) -> str:
    """The enterprises that stand in one way, in the order of the list."""
    from recommender.payments.rounds import candidates, counts

    found = seen_round(round_id)
    standing = next((each for each in Standing if each == request.args.get("standing")), Standing.DUE)
    offset = _offset()
    with stored().reading() as database:
        rows = candidates(database, round_id, standing, offset=offset, limit=SHOWN + 1)
        all_counts = counts(database, round_id)
    return render_template(
        "office_candidates.html",
        round=found,
        item=item_of(found),
        standing=standing,
        counts=all_counts,
        rows=rows[:SHOWN],
        offset=offset,
        more=offset + SHOWN if len(rows) > SHOWN else None,
        back=max(offset - SHOWN, 0) if offset else None,
        place=full_name,
        yuan=yuan,
    )


@pages.get("/<round_id>/candidates/<credit_code>")
def show_candidate(round_id: str, credit_code: str) -> str:
    """One enterprise of a round: what proves that it is due, or what is missing."""
    return candidate_page(seen_round(round_id), credit_code)


def round_page(found: Round, refusal: str = "", mistakes: dict[str, str] | None = None) -> str:
    """The page of a round, where something was refused with why."""
    from recommender.payments.carrying import left_of
    from recommender.payments.rounds import counts
    from web.accounts.people import names_of

    with stored().reading() as database:
        standing = counts(database, found.id)
        left = left_of(database, found)
        names = names_of(database, {event.actor for event in found.history} | {found.made_by}, settings().seal)
    scope = (found.region, [found.department])
    deeds = possible(found.state, found.plan)
    return render_template(
        "office_round.html",
        round=found,
        item=item_of(found),
        counts=standing,
        names=names,
        deeds=deeds,
        steps=tuple(_steps(found)),
        operates=visitor().may(Duty.OPERATOR, *scope),
        checks=visitor().may(Duty.APPROVER, *scope) and any(deed in deeds for deed in OF_THE_CHECKER),
        is_author=visitor().account in found.authors,
        left=left,
        Deed=RoundDeed,
        looks=LOOKS,
        place=full_name,
        yuan=yuan,
        day_of=format_day,
        moment=format_moment,
        refusal=refusal,
        mistakes=mistakes or {},
        done=_said(found),
    )


def candidate_page(found: Round, credit_code: str, refusal: str = "", typed: str = "") -> str:
    """The page of one enterprise of a round."""
    from recommender.payments.rounds import candidates

    with stored().reading() as database:
        rows = candidates(database, found.id, credit_code=credit_code)
    if not rows:
        abort(404)
    return render_template(
        "office_candidate.html",
        round=found,
        item=item_of(found),
        candidate=rows[0],
        proof=_proof(rows[0], found.item_id),
        Standing=Standing,
        place=full_name,
        yuan=yuan,
        day_of=format_day,
        operates=visitor().may(Duty.OPERATOR, found.region, [found.department]),
        listed=found.state is RoundState.LISTED,
        refusal=refusal,
        typed=typed,
    )


def item_of(found: Round) -> Item:
    """The version of the item of which a round is."""
    from policies.tables import load_item

    with stored().reading() as database:
        return load_item(database, found.item_id, found.item_version, library().dictionary)


def waiting() -> Iterator[Waiting]:
    """Rounds to be checked, and rounds that wait for whoever made them to go on."""
    rounds = _own_rounds()
    submitted = [each for each in rounds if each.state is RoundState.SUBMITTED]
    to_check = [
        each
        for each in submitted
        if visitor().may(Duty.APPROVER, each.region, [each.department]) and visitor().account not in each.authors
    ]
    over = [
        each
        for each in rounds
        if visitor().may(Duty.OPERATOR, each.region, [each.department])
        and (
            each.state in (RoundState.LISTED, RoundState.CHECKED)
            or (each.state is RoundState.NOTICED and each.notice_until and each.notice_until < settings().day())
        )
    ]
    at = url_for("rounds.show_list")
    yield Waiting(Duty.APPROVER, len(to_check), "个免申即享批次待核对", at)
    yield Waiting(Duty.OPERATOR, len(over), "个免申即享批次可以往下办", at)


def _own_rounds() -> list[Round]:
    from recommender.payments.rounds import list_rounds

    with stored().reading() as database:
        found = list_rounds(database, settings().seal, MOST_ROUNDS)
    return [each for each in found if sees(each.region, each.department)]


def _steps(found: Round) -> Iterator[tuple[str, str]]:
    """The states that a round goes through, each with whether it is past, now or to come."""
    ways = [state for state in STEPS if state is not RoundState.NOTICED or found.plan.notice_days]
    at = ways.index(found.state) if found.state in ways else len(ways)
    for number, state in enumerate(ways):
        yield state.label, "now" if number == at else "done" if number < at < len(ways) else ""


def _said(found: Round) -> str:
    """What the address says was done, if that was the last thing."""
    done, left = request.args.get("done", ""), request.args.get("left", "")
    last = found.history[-1].deed
    said = {last.value: f"已办理：{last.label}。", "carried": "已逐家办理。"}.get(done, "")
    return said + "还有没有办完的，请按“继续办理”。" if said and left.isdigit() else said


def _proof(candidate: Candidate, item_id: str) -> Proof | None:
    from recommender.tables import load_explanation
    from web.grants.proofs import read_proof

    if candidate.explanation_id is None:
        return None
    with stored().reading() as database:
        return read_proof(load_explanation(database, candidate.explanation_id), item_id)


def _offset() -> int:
    typed = request.args.get("from", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= len("999999") else 0
