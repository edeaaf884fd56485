"""What an enterprise was paid before (已获资金), and which statements it counts under.

The records ``received`` of the profile say it; what they leave out is unknown, never no.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from enterprises.amounts import format_money
from enterprises.calendar import format_day, full_years_between
from enterprises.dictionary import Value
from enterprises.readings import EnterpriseOn, RecordOf
from policies.items import Category, Item, Level
from policies.stacking import Reach, Stacking, StackingObject, StackingOperator
from recommender.logic import Truth, every, negate

Thing = tuple[StackingObject, str | None]
"""What a record is to stacking statements (a project, an award), and its name where that is known."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A statement that money received before counts under; ``truth`` ``None``: it may. ``carrier``: whose it is."""

    statement: Stacking
    carrier: Item
    truth: Truth


@dataclass(frozen=True, slots=True)
class _Address:
    """Where a support stands among the policies; ``None``: not known."""

    id: str | None
    document: str | None
    clause: str | None
    level: str | None
    category: Category | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money received before; ``item`` where it is one that we know, ``object`` the name of what it was for."""

    address: _Address
    item: Item | None
    amount: int | None
    paid_on: date | None
    object: str | None

    def __str__(self) -> str:
        name = self.item.title if self.item is not None else self.address.id
        when = "" if self.paid_on is None else format_day(self.paid_on)
        amount = "" if self.amount is None else f" {format_money(self.amount)}"
        return f"{when}已领取{'资金' if name is None else f'“{name}”'}{amount}"

    def effects(self, item: Item, thing: Thing | None, on: date) -> Iterator[Effect]:
        """The statements under which this counts, or may count, on the day for what ``item`` would pay for ``thing``.

        Those of the item, and those of what was received; ``net`` takes off from its carrier only.
        """
        if (same := self._is_the_same_payment(item, thing, on)) is not False:
            object_ = StackingObject.ENTERPRISE if thing is None else thing[0]
            yield Effect(replace(_NEVER_TWICE, object=object_), item, same)
        for statement in item.stacking:
            yield from self._effect(statement, item, self.address, thing, on)
        if self.item is not None and self.item.id != item.id:
            for statement in self.item.stacking:
                if statement.operator is not StackingOperator.NET:
                    yield from self._effect(statement, self.item, _address(item), thing, on)

    def _is_the_same_payment(self, item: Item, thing: Thing | None, on: date) -> Truth:
        """Whether this is what ``item`` would pay: for the same thing, or to the enterprise in the same year.

        Nothing is paid twice even where the paper says nothing of it; where it speaks of the item's own earlier
        payments, that holds.
        """
        if self.item is None or self.item.id != item.id or (self.paid_on is not None and self.paid_on > on):
            return False
        own = (statement for statement in item.stacking if statement.operator in _LOOKING_BACK)
        if any(_reaches(statement, item, self.address) is not False for statement in own):
            return False
        if thing is not None:
            return _equal(thing[1], self.object)
        return None if self.paid_on is None else self.paid_on.year == on.year

    def _effect(
        self, statement: Stacking, carrier: Item, other: _Address, thing: Thing | None, on: date
    ) -> Iterator[Effect]:
        if statement.operator not in _LOOKING_BACK:
            return
        truth = every(
            (_reaches(statement, carrier, other), self._is_for(statement.object, thing), self._counts(statement, on))
        )
        if truth is not False:
            yield Effect(statement, carrier, truth)

    def _is_for(self, object_: StackingObject, thing: Thing | None) -> Truth:
        """Whether it was paid for the same object; all that is known of it here is its name."""
        if object_ is StackingObject.ENTERPRISE:
            return True
        if thing is None or thing[0] is not object_:
            return None
        return _equal(thing[1], self.object)

    def _counts(self, statement: Stacking, on: date) -> Truth:
        """Whether it lies before the day, and within the period of ``once``.

        Money without a date was paid at some time in the past: it counts where there is no period.
        """
        if self.paid_on is None:
            return None if statement.every is not None else True
        if self.paid_on > on:
            return False
        return statement.every is None or full_years_between(self.paid_on, on) < statement.every


_LOOKING_BACK = (StackingOperator.ONCE, StackingOperator.DIFFERENCE, StackingOperator.NET)
_NEVER_TWICE = Stacking(
    StackingOperator.ONCE, StackingObject.ENTERPRISE, Reach.CLAUSE, note="文件没有另外规定，已经兑现的不重复兑现"
)
_LEVELS = {"国家级": "state", "省级": Level.PROVINCE.value, "市级": Level.CITY.value, "县级": Level.COUNTY.value}


def read_receipts(subject: EnterpriseOn, items: Mapping[str, Item]) -> list[Receipt] | None:
    """What the profile says was received, ``None`` where it does not say. ``items``: those that are known, by id."""
    records = subject.records("received")
    return None if records is None else [_receipt(record, items) for record in records]


def record_name(record: RecordOf) -> str | None:
    """The name of the project, the title of the award: as two spellings of one name are compared."""
    for field in ("name", "title"):
        if field in record.kind.fields:
            value = _known(record, field)
            return None if value is None else _plain(str(value))
    return None


def cite(statement: Stacking, carrier: Item) -> str:
    """Which statement, and whose: e.g. 同一项目就高不重复（《…》三（四）15“…”：就高不重复享受）."""
    note = f"：{statement.note}" if statement.note else ""
    return f"{statement.label}（《{carrier.document.title}》{carrier.clause}“{carrier.title}”{note}）"


def _receipt(record: RecordOf, items: Mapping[str, Item]) -> Receipt:
    item_id, level, named = _known(record, "item"), _known(record, "level"), _known(record, "object")
    amount, paid_on = _known(record, "amount"), _known(record, "paid_on")
    text = "" if item_id is None else _plain(str(item_id))
    item = items.get(text)
    documents = {known.document.id for known in items.values()}
    return Receipt(
        _address(item) if item is not None else _address_of(text, documents, _LEVELS.get(str(level))),
        item,
        amount if isinstance(amount, int) else None,
        paid_on if isinstance(paid_on, date) else None,
        None if named is None else _plain(str(named)),
    )


def _known(record: RecordOf, field: str) -> Value | None:
    reading = record.read(field)
    return reading.value if reading.known else None


def _plain(text: str) -> str:
    """Half-width, without blanks, capitals as small letters."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _address(item: Item) -> _Address:
    return _Address(item.id, item.document.id, item.clause, item.document.level.value, item.category)


def _address_of(text: str, documents: Collection[str], level: str | None) -> _Address:
    """Of an item that we don't have, by its id: one of a document that we have.

    Words that are no such id say nothing of where it stands, not even that it is another document: they may be a title,
    or an id with a slip of the pen.
    """
    document, _, _ = text.rpartition(".")
    return (
        _Address(text, document, None, level, None)
        if document in documents
        else _Address(None, None, None, level, None)
    )


def _reaches(statement: Stacking, carrier: Item, other: _Address) -> Truth:
    """Whether a statement speaks of a support, as far as it is known which one that is."""
    here = _address(carrier)
    same_document, same_level = _equal(here.document, other.document), _equal(here.level, other.level)
    reached: Truth = {
        Reach.ITEMS: None if other.id is None else other.id in statement.items,
        Reach.CLAUSE: every((same_document, _equal(here.clause, other.clause))),
        Reach.DOCUMENT: same_document,
        Reach.LEVEL: same_level,
        Reach.OTHER_LEVELS: negate(same_level),
        Reach.OTHER_DOCUMENTS: negate(same_document),
        Reach.ALL: True,
    }[statement.reach]
    if statement.operator is StackingOperator.ONCE and here.id == other.id:
        reached = True
    if statement.alike and reached is not False:
        return False if _equal(here.category, other.category) is False else None
    return reached


def _equal(one: object, other: object) -> Truth:
    return None if one is None or other is None else one == other
