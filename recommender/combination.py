"""What an enterprise can have at once (叠加): the best permitted combination of its supports, and why the rest is not.

How the statements of ``policies.stacking`` are taken here:

- ``highest`` sets its carrier against each support it reaches, ``choose_one`` leaves one of the whole group. Both bind
  the other side too, even where it says nothing. ``sum`` permits, against a wider statement: the narrower reach holds,
  then the narrower object (the project before the enterprise), and of equals the one that excludes.
- ``difference``, ``net`` and ``once`` always hold. Of two supports that are both still to be had, the one paid later is
  worth only the rest, so both together are worth the higher one: they exclude each other, and the total is exact.
- What was received before (the records ``received``) bars what ``once`` covers and is taken off what ``difference`` and
  ``net`` cover. ``net`` takes off from its carrier only.
- Within one item its own formula says what adds up (``for_each``, ``all``). Its records stand against each other only
  under a statement about the enterprise.

Whether two supports are for the same object is true, false or unknown: true for one record, false for two records of a
kind (unknown where they bear the same name, as one award at two levels does), unknown for what is not tied to a record
of the statement's object. The certain combination takes the unknown for a bar, the possible one does not: the one never
promises too much, the other never hides anything. The same goes for what may have been received.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import or_
from typing import TypeVar

from enterprises.amounts import format_money
from enterprises.readings import EnterpriseOn
from policies.items import Category, Item
from policies.stacking import Reach, Stacking, StackingObject, StackingOperator
from recommender.awards import Share
from recommender.match import Match, Verdict
from recommender.received import Effect, Receipt, Thing, cite, read_receipts, record_name
from recommender.selection import heaviest_selection, members

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that could be paid: an item's share for one object. ``certain``: the enterprise is eligible."""

    item: Item
    share: Share
    certain: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """``amount``: 分, less what was received before; the least where nothing bounds it. ``reason``: why not in full."""

    claim: Claim
    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """``because``: the kept claims instead of which; none where something received before is the reason."""

    claim: Claim
    because: tuple[Claim, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Combination:
    """``total``: the sum of the kept amounts in 分. ``unbounded``: something kept has no upper bound."""

    kept: tuple[Kept, ...]
    dropped: tuple[Dropped, ...]
    total: int
    unbounded: bool


def best_combination(matches: Sequence[Match], subject: EnterpriseOn) -> tuple[Combination, Combination]:
    """The certain one: eligible matches at their low amounts; and the possible one: undetermined ones too, at the high.

    Only what is offered, is public money and has a price takes part. Of equal totals the one that is more certain is
    taken, then the one of fewer supports, then by the order of the items' ids.
    """
    offered = [found for found in matches if found.offered]
    claims = tuple(sorted((claim for found in offered for claim in _claims(found)), key=_order))
    field = _Field(claims, _bonds(claims, [found.item for found in offered]), _names(claims, subject))
    receipts = read_receipts(subject, {found.item.id: found.item for found in matches})
    return _combine(_Case(field, receipts, subject, certain=True)), _combine(
        _Case(field, receipts, subject, certain=False)
    )


def _claims(found: Match) -> Iterator[Claim]:
    """One claim for each object, whatever number of parts the formula gives it; nothing for what can't pay anything.

    A right against somebody else, such as a price that a contract may name, is no public money and adds to no total.
    """
    if found.award is None or not found.award.priced or found.item.category not in PUBLIC_MONEY:
        return
    parts: defaultdict[tuple[str | None, int | None], list[Share]] = defaultdict(list)
    for share in found.award.shares:
        parts[share.record, share.number].append(share)
    for (record, number), shares in parts.items():
        highs = [share.high for share in shares]
        high = None if None in highs else sum(high for high in highs if high is not None)
        if high != 0:
            low = sum(share.low for share in shares)
            yield Claim(found.item, Share(low, high, record, number), found.verdict is Verdict.ELIGIBLE)


PUBLIC_MONEY = (Category.MONEY, Category.RELIEF)
"""What adds to totals."""


def _order(claim: Claim) -> tuple[str, str, int]:
    number = claim.share.number
    return claim.item.id, claim.share.record or "", -1 if number is None else number


# ------------------------------------------------------------------------------------------- what statements cover


@dataclass(frozen=True, slots=True)
class _Bond:
    """A statement and the claims that it ties together, as bit sets: its carrier's own, and those that it reaches."""

    statement: Stacking
    carrier: Item
    own: int
    reached: int

    def partners(self, number: int) -> int:
        """The claims that the statement sets beside claim ``number`` where they are for the same object."""
        if self.statement.operator is StackingOperator.CHOOSE_ONE:
            group = self.own | self.reached
            return group if group >> number & 1 else 0
        return (self.reached if self.own >> number & 1 else 0) | (self.own if self.reached >> number & 1 else 0)

    @property
    def looking_back(self) -> int:
        """The claims that the statement makes depend on what was received before."""
        if self.statement.operator in (StackingOperator.ONCE, StackingOperator.DIFFERENCE):
            return self.own | self.reached
        return self.own if self.statement.operator is StackingOperator.NET else 0

    @property
    def meaning(self) -> tuple[object, ...]:
        """What bonds have in common that are one statement over all their carriers."""
        # A group that its carrier is not in is another group for each carrier.
        alone = (
            self.own if self.statement.operator is StackingOperator.CHOOSE_ONE and self.own & ~self.reached else None
        )
        statement = self.statement
        return statement.operator, statement.object, statement.reach, statement.alike, self.reached, alone

    @property
    def width(self) -> tuple[bool, int, bool, bool]:
        """What decides between statements that contradict each other: the smallest holds."""
        statement = self.statement
        return (
            statement.operator in _YIELDING,
            _REACHES.index(statement.reach),
            statement.object is StackingObject.ENTERPRISE,
            statement.operator is StackingOperator.SUM,
        )


_REACHES = list(Reach)
_YIELDING = (StackingOperator.HIGHEST, StackingOperator.CHOOSE_ONE, StackingOperator.SUM)
"""The operators that give way to a narrower statement; the others always hold."""


def _bonds(claims: Sequence[Claim], items: Iterable[Item]) -> list[_Bond]:
    """Every statement in force, with the claims it covers. A text binds whether or not its own support can be had."""
    by_item = _bit_sets(claim.item.id for claim in claims)
    by_clause = _bit_sets((claim.item.document.id, claim.item.clause) for claim in claims)
    by_document = _bit_sets(claim.item.document.id for claim in claims)
    by_level = _bit_sets(claim.item.document.level for claim in claims)
    by_category = _bit_sets(claim.item.category for claim in claims)
    everything = (1 << len(claims)) - 1

    def reached(statement: Stacking, carrier: Item) -> int:
        document = carrier.document
        found = {
            Reach.ITEMS: sum(by_item.get(item, 0) for item in dict.fromkeys(statement.items)),
            Reach.CLAUSE: by_clause.get((document.id, carrier.clause), 0),
            Reach.DOCUMENT: by_document.get(document.id, 0),
            Reach.LEVEL: by_level.get(document.level, 0),
            Reach.OTHER_LEVELS: everything & ~by_level.get(document.level, 0),
            Reach.OTHER_DOCUMENTS: everything & ~by_document.get(document.id, 0),
            Reach.ALL: everything,
        }[statement.reach]
        if statement.operator is StackingOperator.ONCE:
            found |= by_item.get(carrier.id, 0)
        return found & by_category.get(carrier.category, 0) if statement.alike else found

    return [
        _Bond(statement, item, by_item.get(item.id, 0), reached(statement, item))
        for item in sorted(items, key=lambda item: item.id)
        for statement in item.stacking
    ]


def _bit_sets(keys: Iterable[T]) -> dict[T, int]:
    found: defaultdict[T, int] = defaultdict(int)
    for number, key in enumerate(keys):
        found[key] |= 1 << number
    return found


@dataclass(frozen=True, slots=True)
class _Rivals:
    """The claims that are for the same object as a given one: surely, or only maybe."""

    sure: int
    maybe: int


@dataclass(frozen=True)
class _Field:
    """All claims, the statements over them, and the names of the records that they are for."""

    claims: tuple[Claim, ...]
    bonds: Sequence[_Bond]
    names: Mapping[tuple[str, int], Thing]

    def same_object(self, object_: StackingObject) -> list[_Rivals]:
        """For each claim the other ones for the same ``object_``."""
        found = self._same.get(object_)
        if found is None:
            found = self._same[object_] = (
                self._same_enterprise() if object_ is StackingObject.ENTERPRISE else self._same_record(object_)
            )
        return found

    @cached_property
    def _same(self) -> dict[StackingObject, list[_Rivals]]:
        return {}

    @cached_property
    def own(self) -> list[int]:
        """For each claim all claims of its item."""
        by_item = _bit_sets(claim.item.id for claim in self.claims)
        return [by_item[claim.item.id] for claim in self.claims]

    @cached_property
    def merged(self) -> list[tuple[_Bond, list[_Bond]]]:
        """Fewer bonds that mean the same, narrowest first, each with those that it stands for.

        A statement on every item of a document is one over the whole document.
        """
        groups: defaultdict[object, list[_Bond]] = defaultdict(list)
        for bond in self.bonds:
            if bond.own | bond.reached:
                groups[bond.meaning].append(bond)
        whole = [(replace(group[0], own=reduce(or_, (bond.own for bond in group))), group) for group in groups.values()]
        return sorted(whole, key=lambda pair: pair[0].width)

    @cached_property
    def looking_back(self) -> int:
        """The claims that depend on what was received before."""
        return reduce(or_, (bond.looking_back for bond, _ in self.merged), 0)

    @cached_property
    def everything(self) -> int:
        return (1 << len(self.claims)) - 1

    def _same_enterprise(self) -> list[_Rivals]:
        records = sum(1 << number for number, claim in enumerate(self.claims) if claim.share.record is not None)
        return [
            _Rivals(((self.everything & ~own) | (own & records if records >> number & 1 else 0)) & ~(1 << number), 0)
            for number, own in enumerate(self.own)
        ]

    def _same_record(self, object_: StackingObject) -> list[_Rivals]:
        places = [self._place(claim, object_) for claim in self.claims]
        by_place, by_kind = _bit_sets(places), _bit_sets(place and place[0] for place in places)
        by_name = _bit_sets(place and self.names[place][1] for place in places)
        untied = by_place.get(None, 0)
        tied, nameless = self.everything & ~untied, by_name.get(None, 0) & ~untied

        def rivals(number: int, place: tuple[str, int] | None) -> _Rivals:
            if place is None:
                return _Rivals(0, self.everything & ~self.own[number])
            name, sure = self.names[place][1], by_place[place]
            namesakes = by_name[name] if name is not None else 0
            elsewhere = (nameless if name is not None else tied) & ~by_kind[place[0]]
            maybe = ((untied | elsewhere) & ~self.own[number] | namesakes) & ~sure
            return _Rivals(sure & ~(1 << number), maybe)

        return [rivals(number, place) for number, place in enumerate(places)]

    def _place(self, claim: Claim, object_: StackingObject) -> tuple[str, int] | None:
        """The record that a claim is for, if that is what the statement calls its object."""
        share = claim.share
        if share.record is None or share.number is None:
            return None
        place = (share.record, share.number)
        return place if self.names[place][0] is object_ else None


def _names(claims: Iterable[Claim], subject: EnterpriseOn) -> dict[tuple[str, int], Thing]:
    """What kind of object each record is that a claim is for, and its name where it is known."""
    found: dict[tuple[str, int], Thing] = {}
    for share in (claim.share for claim in claims):
        if share.record is not None and share.number is not None:
            records = subject.records(share.record)
            assert records is not None, "a share names a record of the profile"
            kind = subject.dictionary.records[share.record]
            found[share.record, share.number] = StackingObject(kind.object), record_name(records[share.number])
    return found


# --------------------------------------------------------------------------------------------------- choosing


@dataclass(frozen=True)
class _Case:
    """One of the two questions: what is certain, or what is possible."""

    field: _Field
    receipts: Sequence[Receipt] | None
    subject: EnterpriseOn
    certain: bool

    @property
    def present(self) -> list[int]:
        return [number for number, claim in enumerate(self.field.claims) if claim.certain or not self.certain]

    def amount(self, claim: Claim) -> int:
        """What it would pay; the least of it where nothing bounds it."""
        if self.certain or claim.share.high is None:
            return claim.share.low
        return claim.share.high

    def unbounded(self, claim: Claim) -> bool:
        return not self.certain and claim.share.high is None

    def beside(self, bond: _Bond, number: int) -> int:
        """The claims that a statement keeps from going with claim ``number``, or lets go with it where it permits.

        What is unknown counts as a bar for the certain combination and as a permission for the possible one.
        """
        permits = bond.statement.operator is StackingOperator.SUM
        same = self.field.same_object(bond.statement.object)[number]
        sure, maybe = (0, same.sure | same.maybe) if bond.statement.alike else (same.sure, same.maybe)
        partners = bond.partners(number) & (sure | maybe if self.certain is not permits else sure)
        if bond.statement.operator is StackingOperator.CHOOSE_ONE:
            partners &= ~self.field.own[number]  # to choose an item is to choose all that it pays
        return partners


def _combine(case: _Case) -> Combination:
    claims = case.field.claims
    due = {number: _due(case, number) for number in case.present}
    payable = {number: found for number, found in due.items() if isinstance(found, Kept)}
    rivals = _rivals(case)
    chosen = _choose(case, payable, rivals)
    kept = tuple(payable[number] for number in members(chosen))
    dropped = [found for found in due.values() if isinstance(found, Dropped)]
    dropped += [_give_way(case, number, rivals[number] & chosen) for number in payable if not chosen >> number & 1]
    return Combination(
        kept,
        tuple(sorted(dropped, key=lambda one: _order(one.claim))),
        sum(one.amount for one in kept),
        any(case.unbounded(claims[number]) for number in members(chosen)),
    )


def _rivals(case: _Case) -> list[int]:
    """For each claim those that it can't go with: wide statements first, then what narrower ones change in that."""
    excluded = [0] * len(case.field.claims)
    for bond, _ in reversed(case.field.merged):
        permits = bond.statement.operator is StackingOperator.SUM
        for number in members(bond.own | bond.reached):
            beside = case.beside(bond, number)
            excluded[number] = excluded[number] & ~beside if permits else excluded[number] | beside
    return excluded


def _choose(case: _Case, payable: Mapping[int, Kept], rivals: Sequence[int]) -> int:
    """The best claims, and with them those worth nothing for now that nothing chosen keeps out."""
    worth = {
        number: (case.unbounded(found.claim), found.amount)
        for number, found in payable.items()
        if found.amount > 0 or case.unbounded(found.claim)
    }
    everything = sum(1 << number for number in worth)
    chosen = heaviest_selection(_weights(case, worth), rivals, everything).chosen
    for number in payable:
        if number not in worth and not rivals[number] & chosen:
            chosen |= 1 << number
    return chosen


def _weights(case: _Case, worth: Mapping[int, tuple[bool, int]]) -> list[int]:
    """One number for each claim whose sums compare like: unbounded ones, amount, certain amount, few, first ids.

    No two selections weigh the same, so the best one does not depend on the order of search.
    """
    claims = case.field.claims
    everything = 1 + sum(amount for _, amount in worth.values())
    weights = [0] * len(claims)
    for number, (unbounded, amount) in worth.items():
        certain = amount if claims[number].certain else 0
        weight = (unbounded * everything + amount) * everything + certain
        weights[number] = ((weight * (len(claims) + 1) - 1) << len(claims)) + (1 << len(claims) - 1 - number)
    return weights


# ------------------------------------------------------------------------------------------ what was received before


def _due(case: _Case, number: int) -> Kept | Dropped:
    """What a claim pays after what was received before, or why it pays nothing more."""
    claim = case.field.claims[number]
    if case.receipts is None:
        return _due_unknown(case, number)
    amount, paid, reasons = case.amount(claim), 0, list[str]()
    for receipt in case.receipts:
        effect = _effect(case, claim, receipt)
        if effect is None:
            continue
        cited = cite(effect.statement, effect.carrier)
        sure = "" if effect.truth else "可能"
        if effect.statement.operator is StackingOperator.ONCE:
            return Dropped(claim, (), f"{sure}{receipt}，{cited}")
        if receipt.amount is not None:
            paid += receipt.amount
            reasons.append(f"{sure}{receipt}，{cited}")
        elif case.certain:
            return Dropped(claim, (), f"{sure}{receipt}，金额不清楚，暂不计入：{cited}")
    if not paid:
        return Kept(claim, amount, "")
    exact = claim.share.low == claim.share.high
    worth = f"{'' if exact else '至少' if case.certain else '最多'}应得 {format_money(amount)}"
    if paid >= amount and not case.unbounded(claim):
        return Dropped(claim, (), f"{'；'.join(reasons)}：{worth}，{'没有' if exact else '不能确定还有'}余额")
    rest = max(amount - paid, 0)
    return Kept(claim, rest, f"{'；'.join(reasons)}：{worth}，余 {format_money(rest)}")


def _due_unknown(case: _Case, number: int) -> Kept | Dropped:
    """What a claim pays where it is not known what was received: nothing is certain that depends on it."""
    claim = case.field.claims[number]
    if not (case.certain and case.field.looking_back >> number & 1):
        return Kept(claim, case.amount(claim), "")
    groups = (group for bond, group in case.field.merged if bond.looking_back >> number & 1)
    bond = next(bond for bond in next(groups) if bond.looking_back >> number & 1)
    return Dropped(claim, (), f"不清楚以前领取过哪些资金，暂不计入：{cite(bond.statement, bond.carrier)}")


def _effect(case: _Case, claim: Claim, receipt: Receipt) -> Effect | None:
    """The one statement that a receipt counts under: one that bars comes first, and what is taken off is so once."""
    share = claim.share
    place = (share.record, share.number) if share.record is not None and share.number is not None else None
    effects = receipt.effects(claim.item, None if place is None else case.field.names[place], case.subject.on)
    counting = [effect for effect in effects if effect.truth is True or case.certain]
    return min(
        counting, key=lambda one: (one.statement.operator is not StackingOperator.ONCE, not one.truth), default=None
    )


# ------------------------------------------------------------------------------------------------------ saying why


def _give_way(case: _Case, number: int, winners: int) -> Dropped:
    """A claim that something chosen keeps out, and which statement says so."""
    claims = case.field.claims
    because = tuple(claims[winner] for winner in members(winners))
    reasons = dict.fromkeys(_why_not_both(case, number, winner) for winner in members(winners))
    return Dropped(claims[number], because, "；".join(reasons))


def _why_not_both(case: _Case, number: int, winner: int) -> str:
    groups = (group for bond, group in case.field.merged if case.beside(bond, number) >> winner & 1)
    bond = next(bond for bond in next(groups) if bond.partners(number) >> winner & 1)
    statement, name = bond.statement, _title(case, case.field.claims[winner])
    if statement.operator in (StackingOperator.DIFFERENCE, StackingOperator.NET):
        words = f"已计入“{name}”，与本项合计只按较高的一项计算"
    else:
        words = f"已选“{name}”，不能同时享受"
    same = case.field.same_object(statement.object)[number].sure >> winner & 1
    doubts = [
        "" if same else f"是否{statement.object.label}还不清楚",
        "是否同类由主管部门认定" if statement.alike else "",
    ]
    doubt = "，".join(text for text in doubts if text)
    return f"{words}：{cite(statement, bond.carrier)}{f'（{doubt}，按不能计算）' if doubt else ''}"


def _title(case: _Case, claim: Claim) -> str:
    share = claim.share
    if share.record is None or share.number is None:
        return claim.item.title
    return f"{claim.item.title}（{case.subject.dictionary.records[share.record].label} {share.number + 1}）"
