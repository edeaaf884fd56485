"""Every page that can be opened by its address alone, as the routes have it: new ones need not be listed."""

from __future__ import annotations

from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING

from enterprises.samples import samples
from web.app import PAGES, create_app
from web.guards import Guard, public
from web.settings import Settings

if TYPE_CHECKING:
    from werkzeug.routing import Rule

OWN = str(samples()[0].credit_code)
"""Whose pages are walked."""

CONSOLE = "/office"
"""Under what the officials' console is."""

ARGUMENTS = {
    "items.show": {"item_id": "yanan-2023-private-economy.15"},
    "check.item": {"item_id": "yanan-2023-private-economy.15"},
    "own_items.show": {"item_id": "yanan-2023-private-economy.15"},
    "documents.show": {"document_id": "yanan-2023-private-economy"},
    "regions.show": {"code": "610600"},
    "industries.show": {"code": "C"},
    "library_desk.item": {"item_id": "yanan-2023-private-economy.15"},
}
"""What stands for the arguments of addresses that have some."""

JOURNEYS_ONLY = {
    "static": "files",
    "grants.show": "a grant is made on the way",
    "rounds.show": "a round is made on the way",
    "payments.show": "a batch is made on the way",
    "ledger.show_grant": "a grant is made on the way",
    "rounds.show_candidates": "a round is made on the way",
    "rounds.show_candidate": "a round is made on the way",
    "round_plans.ask_new": "of items elsewhere",
    "round_plans.ask_plan": "a round is made on the way",
    "grant_decisions.ask_decline": "a grant is made on the way",
    "grant_decisions.ask_account": "a grant is made on the way",
    "inbox.show": "a message is sent on the way",
    "appeals.show": "an appeal is made on the way",
    "appeals.download": "a file",
    "drafts.draft": "a draft is begun on the way",
    "editor.show": "a draft is begun on the way",
    "draft_files.text": "a draft is begun on the way",
    "library_files.archive": "a file",
    "library_files.workbook": "a file",
    "library_files.item_yaml": "a file",
    "appeals_desk.show": "an appeal is made on the way",
    "appeals_desk.download": "a file",
    "corrections.show": "a correction is made on the way",
    "corrections.explain": "a correction is made on the way",
    "corrections.excel": "a file",
    "shared.show": "a code is made on the way",
    "unsubscribe.show": "the link is secret",
    "campaigns.show": "a campaign is made on the way",
    "campaigns.step": "a campaign is made on the way",
    "campaigns.preview": "a campaign is made on the way",
    "campaign_approvals.show": "a campaign is made on the way",
    "campaign_runs.show": "a campaign is made on the way",
    "campaign_runs.show_deliveries": "a campaign is made on the way",
    "campaign_runs.show_statistics": "a campaign is made on the way",
    "campaign_runs.download": "a file",
    "campaign_runs.download_all": "a file",
    "reports.excel": "a file",
    "reports.pdf": "a file",
    "reports.outstanding_excel": "a file",
    "simulations.show": "a simulation is made on the way",
    "simulations.printed": "a simulation is made on the way",
    "simulations.excel": "a file",
}
"""Endpoints that only a journey can open, and why."""


@cache
def _rules() -> tuple[tuple[Rule, Guard], ...]:
    guards = {blueprint.name: guard for blueprint, guard in PAGES}
    rules = create_app(Settings(sample=True)).url_map.iter_rules()
    return tuple((rule, guards.get(rule.endpoint.partition(".")[0], public)) for rule in rules)


class Reader(Enum):
    """Whose pages: everybody's, those of who has signed in for ``OWN``, those of officials."""

    EVERYBODY = auto()
    MEMBER = auto()
    OFFICIAL = auto()


def readable(reader: Reader) -> list[str]:
    """The addresses of somebody's pages."""
    return sorted(
        address
        for rule, guard in _rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in JOURNEYS_ONLY and _reader(rule, guard) is reader
        for address in [_address(rule)]
        if address is not None
    )


def _reader(rule: Rule, guard: Guard) -> Reader:
    if guard is public:
        return Reader.EVERYBODY
    return Reader.OFFICIAL if rule.rule.startswith(CONSOLE) else Reader.MEMBER


def _address(rule: Rule) -> str | None:
    """``None`` where an argument is not known: ``unknown`` says which."""
    known = {"credit_code": OWN, **ARGUMENTS.get(rule.endpoint, {})}
    if not set(rule.arguments) <= set(known):
        return None
    built = rule.build({name: known[name] for name in rule.arguments}, append_unknown=False)
    return None if built is None else str(built[1])


def unknown() -> set[str]:
    """Endpoints with arguments that nothing stands for, and no reason."""
    return {
        rule.endpoint
        for rule, _ in _rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in JOURNEYS_ONLY and _address(rule) is None
    }
