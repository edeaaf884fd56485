"""Every page that can be opened by its address alone, as the routes have it: new ones need not be listed."""

from __future__ import annotations

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

ARGUMENTS = {
    "items.show": {"item_id": "yanan-2023-private-economy.15"},
    "check.item": {"item_id": "yanan-2023-private-economy.15"},
    "own_items.show": {"item_id": "yanan-2023-private-economy.15"},
    "documents.show": {"document_id": "yanan-2023-private-economy"},
    "regions.show": {"code": "610600"},
    "industries.show": {"code": "C"},
}
"""What stands for the arguments of addresses that have some."""

JOURNEYS_ONLY = {
    "static": "files",
    "grants.show": "a grant is made on the way",
    "grant_decisions.ask_decline": "a grant is made on the way",
    "grant_decisions.ask_account": "a grant is made on the way",
    "inbox.show": "a message is sent on the way",
    "appeals.show": "an appeal is made on the way",
    "appeals.download": "a file",
    "shared.show": "a code is made on the way",
    "unsubscribe.show": "the link is secret",
}
"""Endpoints that only a journey can open, and why."""


@cache
def _rules() -> tuple[tuple[Rule, Guard], ...]:
    guards = {blueprint.name: guard for blueprint, guard in PAGES}
    rules = create_app(Settings(sample=True)).url_map.iter_rules()
    return tuple((rule, guards.get(rule.endpoint.partition(".")[0], public)) for rule in rules)


def readable(own: bool) -> list[str]:
    """The addresses of pages for everybody, or of those for who has signed in for ``OWN``."""
    return sorted(
        address
        for rule, guard in _rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in JOURNEYS_ONLY and (guard is not public) is own
        for address in [_address(rule)]
        if address is not None
    )


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
