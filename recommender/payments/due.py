"""What an enterprise is due of an item now, beside all that the ledger has paid it and what is on its way to it.

Pure. The ledger adds to what the profile says was received; it never makes anybody entitled
whom the profile alone does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from enterprises.dictionary import Dictionary, Source, Value
from enterprises.profiles import Observation, Profile, Record
from enterprises.readings import EnterpriseOn
from policies.items import Item
from policies.library import Library
from policies.stacking import StackingOperator
from recommender.explanation import Explanation, explain
from recommender.grants.entitlement import Entitlement, NotEntitled, Stated, entitlement
from recommender.grants.states import Why
from recommender.payments.plans import Plan
from recommender.payments.stacking import Paid, rest
from recommender.received import read_receipts

_LOOKING_BACK = (StackingOperator.ONCE, StackingOperator.DIFFERENCE, StackingOperator.NET)


@dataclass(frozen=True)
class Payer:
    """An item as a round pays it, and the items of earlier payments: the same for everybody."""

    library: Library
    item: Item
    items: Mapping[str, Item]
    plan: Plan

    @classmethod
    def of(cls, item: Item, dictionary: Dictionary, items: Mapping[str, Item], plan: Plan) -> Payer:
        """The item, in a library of its own."""
        alone = Library({item.document.id: item.document}, {item.id: item}, dictionary)
        return cls(alone, item, items, plan)

    def due(self, profile: Profile, on: date, stated: Stated | None, before: Sequence[Paid]) -> Entitlement:
        """What an enterprise is due on a day. ``before``: what it was paid, or will be. Raises ``NotEntitled``."""
        found = self._entitled(profile, on, stated)
        if (known := with_paid(profile, before, self.item, on)) is not profile:
            found = self._entitled(known, on, stated)
        left = rest(self.item, found.amount, before, self.items, self.plan, on)
        return replace(found, amount=left.amount, steps=(*found.steps, *left.steps))

    def _entitled(self, profile: Profile, on: date, stated: Stated | None) -> Entitlement:
        explanation = explain(self.library, profile, on)
        found = entitlement(explanation, self.item.id, stated)
        if stated is not None:
            _check_received(explanation, self.item)
        return found


def _check_received(explanation: Explanation, item: Item) -> None:
    """An amount that an office stated is no part of the combination: what counts against it is for a person."""
    subject = EnterpriseOn(explanation.profile, explanation.on, explanation.library.dictionary)
    receipts = read_receipts(subject, {item.id: item})
    if receipts is None:
        if any(statement.operator in _LOOKING_BACK for statement in item.stacking):
            raise NotEntitled("不清楚以前领取过哪些资金，请先核实", Why.RECEIVED)
        return
    for receipt in receipts:
        for effect in receipt.effects(item, None, explanation.on):
            if effect.carrier is not item or effect.statement in item.stacking:
                raise NotEntitled(f"{receipt}，要由主管部门认定还能不能发", Why.RECEIVED)


def with_paid(profile: Profile, before: Iterable[Paid], item: Item, on: date) -> Profile:
    """A profile with what the ledger has paid among its receipts, each once; the same one where that adds nothing.

    Payments of the item itself are kept apart by their occasions; they count here only where the item says that it is
    had once, or that earlier payments of it are taken off.
    """
    own = any(statement.operator in _LOOKING_BACK for statement in item.stacking)
    known = profile.records.get("received", ())
    said = {(_value(record, "item"), _value(record, "amount"), _value(record, "paid_on")) for record in known}
    added = [
        _record(paid, min(paid.on, on))
        for paid in before
        if (own or paid.item_id != item.id) and (paid.item_id, paid.amount, paid.on) not in said
    ]
    if not added:
        return profile
    return replace(profile, records={**profile.records, "received": (*known, *added)})


def _value(record: Record, field: str) -> object:
    seen = record.fields.get(field)
    return None if seen is None else seen.value


def _record(paid: Paid, on: date) -> Record:
    said: dict[str, Value] = {"item": paid.item_id, "amount": paid.amount, "paid_on": on}
    return Record("received", {name: Observation(value, Source.REGISTER) for name, value in said.items()})
