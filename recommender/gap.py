"""The gap (差距): the smallest change of facts that makes an enterprise eligible or brings it to the next tier.

A gap is searched among changed profiles, each of which is judged like any other: what is returned was seen to work.
Only facts that the dictionary calls changeable are touched, in the direction that it gives, and only known ones.
Numbers move to the points where an answer can turn, so that one unit less would not do; a flag turns to yes and a set
gains an option, never the other way round, since nobody is told to get worse. No records are invented,
and the figures of years before the last are history.

Of several gaps the smallest is the one with the fewest changes, then with the smallest sum of relative changes (the
difference over the greater of the two values; 1 for a flag, an option or another value), then by the facts' names, then
with the smallest differences themselves (from 0, every relative change is 1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from enterprises import scale, size
from enterprises.amounts import FEN_PER_WAN, format_money
from enterprises.codes import rows
from enterprises.dictionary import Fact, Kind, Value
from enterprises.profiles import Observation
from enterprises.readings import EnterpriseOn, FactRef, Reading
from policies.benefits import Benefit, Brackets, Cases, ForEach, HighestOf, Per, Quantity, Rate, Sum, Tiers
from policies.items import Item
from policies.rules import (
    All,
    Any,
    AnyRecord,
    Condition,
    Not,
    Operator,
    Rule,
    record_conditions,
    resolve_year,
)
from recommender.awards import Award, award
from recommender.evaluation import Evidence, decide, judge

MOST_CHANGES = 4
"""More changes than these at once are no hint that anybody could follow, and are not looked for."""

_MOST_PROFILES = 500
"""So many changed profiles are judged; where that does not find the smallest gap, none is given."""


NewValues = Mapping[FactRef, Value]

Magnitude = tuple[Fraction, tuple[tuple[str, int, str, str], ...], tuple[tuple[Fraction, str], ...]]
"""What sets of equally many changes are ordered by: how great they are relatively, of which facts, and absolutely."""


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that would have to become ``to``; ``text`` says it in Chinese, e.g. 固定资产投资再增加 20万元."""

    ref: FactRef
    now: Value | None
    to: Value
    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """``changes`` together close the gap; ``then``: what that brings; ``still_unknown``: what would remain open."""

    changes: tuple[Change, ...]
    then: str
    still_unknown: tuple[FactRef, ...] = ()

    @property
    def is_small(self) -> bool:
        """Whether no figure has to grow or shrink by more than half of itself: who is further off is not close."""
        return all(_is_small(change.now, change.to) for change in self.changes)


def _is_small(now: Value | None, to: Value) -> bool:
    if isinstance(to, bool) or not isinstance(to, int | Fraction) or not isinstance(now, int | Fraction):
        return True
    return abs(Fraction(to) - Fraction(now)) <= abs(Fraction(now)) / 2


def find_gap(item: Item, subject: EnterpriseOn) -> Gap | None:
    """The smallest changes after which the rule, now false, is true, or, where facts are unknown, no longer false.

    ``None`` where there is nothing to close (the rule is not false) and where no permitted change closes it.
    """
    closing = _smallest_closing(item.rule, subject)
    if not closing:
        return None
    changed = _changed(subject, closing)
    unknown = judge(item.rule, changed).missing()
    brings = _brings(award(item.benefit, item.rule, changed))
    return Gap(_changes(closing, subject), f"其余条件也符合时，{brings}" if unknown else brings, unknown)


def next_tier(item: Item, subject: EnterpriseOn) -> Gap | None:
    """The smallest single change that brings an eligible enterprise to the benefit's next tier, or up to its cap.

    ``None`` where the benefit has neither, where they are reached, and where the change would cost the eligibility.
    """
    now = award(item.benefit, item.rule, subject)
    found: list[tuple[Magnitude, Gap]] = []
    for kind, step in _steps(item.benefit):
        for ref in _refs(kind, step.of, subject):
            for value in _moves_of_number(ref, [step.point], subject):
                changes = {ref: value}
                changed = _changed(subject, changes)
                worth = award(item.benefit, item.rule, changed)
                if decide(item.rule, changed) is True and _is_more(worth, now):
                    at_cap = worth.low == worth.high == step.cap
                    then = f"即达最高 {format_money(worth.low)}" if at_cap else _brings(worth)
                    found.append((_magnitude(changes, subject), Gap(_changes(changes, subject), then)))
    return min(found, key=lambda pair: pair[0])[1] if found else None


def closed(gap: Gap, subject: EnterpriseOn) -> EnterpriseOn:
    """The enterprise as it would be with a gap's changes made."""
    return _changed(subject, {change.ref: change.to for change in gap.changes})


# ------------------------------------------------------------------ the search


def _smallest_closing(rule: Rule, subject: EnterpriseOn) -> NewValues | None:
    """Profiles with one fact changed, then with two, and so on, until the rule is not false in one of them."""
    layer: list[NewValues] = [{}]
    judged: set[frozenset[tuple[FactRef, Value]]] = set()
    for _ in range(MOST_CHANGES + 1):
        closing: list[NewValues] = []
        following: list[NewValues] = []
        while layer:
            changes = layer.pop()
            if frozenset(changes.items()) in judged:
                continue
            judged.add(frozenset(changes.items()))
            if len(judged) > _MOST_PROFILES:
                return None
            changed = _changed(subject, changes)
            evidence = judge(rule, changed)
            if evidence.truth is not False:
                closing.append(changes)
                continue
            for ref, value in _ways(evidence, changed, _begun(rule, changes)):
                if value != _value(ref, subject):
                    (layer if ref in changes else following).append({**changes, ref: value})
        if closing:
            return min(closing, key=lambda changes: _magnitude(changes, subject))
        layer = following
    return None


def _changed(subject: EnterpriseOn, changes: NewValues) -> EnterpriseOn:
    profile = subject.profile
    for ref, value in changes.items():
        if ref.record is not None and ref.number is not None:
            profile = profile.with_record_field(ref.record, ref.number, ref.name, Observation(value))
        else:
            profile = profile.with_fact(ref.name, Observation(value), ref.year)
    return EnterpriseOn(profile, subject.on, subject.dictionary)


def _magnitude(changes: NewValues, subject: EnterpriseOn) -> Magnitude:
    refs = sorted(changes, key=_place)
    triples = [(_fact(ref, subject), _value(ref, subject), changes[ref]) for ref in refs]
    relative = sum((_relative(*triple) for triple in triples), Fraction(0))
    return (
        relative,
        tuple(map(_place, refs)),
        tuple((_absolute(*triple), triple[0].show(triple[2])) for triple in triples),
    )


def _relative(fact: Fact, now: Value, to: Value) -> Fraction:
    """The difference over the greater of the two numbers: from 0 to anything is 1, as is a flag or an option."""
    difference = _absolute(fact, now, to)
    return difference / max(abs(_number(now)), abs(_number(to))) if fact.kind.is_number else difference


def _absolute(fact: Fact, now: Value, to: Value) -> Fraction:
    if fact.kind.is_number:
        return abs(_number(to) - _number(now))
    return Fraction(len(now ^ to)) if isinstance(now, frozenset) and isinstance(to, frozenset) else Fraction(1)


def _begun(rule: Rule, changes: NewValues) -> set[tuple[str | None, int | None]]:
    """The changed records of kinds that the rule asks for once: a change is for nothing unless its record passes."""
    kinds = Counter(asked.kind for asked in record_conditions(rule))
    return {(ref.record, ref.number) for ref in changes if ref.record is not None and kinds[ref.record] == 1}


def _ways(
    evidence: Evidence, subject: EnterpriseOn, begun: set[tuple[str | None, int | None]]
) -> list[tuple[FactRef, Value]]:
    """Moves of which every set of changes that turns this answer makes one or a further one; none where it cannot turn.

    Where every one of several parts has to turn (a false ``all``), the ways of one of them are enough to go on with:
    the part with the fewest, so that a part that cannot turn ends the search at once.
    """
    rule, parts = evidence.rule, [part for part in evidence.parts if part.truth is evidence.truth]
    if isinstance(rule, Condition):
        used = evidence.finding.used if evidence.finding else ()
        refs = dict.fromkeys(one.ref for one in used)
        return [(ref, value) for ref in refs for value in _moves(ref, rule, subject)]
    if isinstance(rule, Not):
        return _ways(evidence.parts[0], subject, begun)
    if isinstance(rule, AnyRecord):
        parts = [part for part in parts if (rule.kind, part.record) in begun] or parts
    each = [_ways(part, subject, begun) for part in parts]
    if (isinstance(rule, All) and evidence.truth is False) or (isinstance(rule, Any) and evidence.truth is True):
        return min(each, key=len)
    return list(dict.fromkeys(way for ways in each for way in ways))


# ------------------------------------------- where a fact can go, and answers turn

_STEPS: Mapping[Kind, Fraction] = {Kind.MONEY: Fraction(1), Kind.COUNT: Fraction(1), Kind.RATIO: Fraction(1, 10_000)}
"""The least amount by which a number changes: 1 分, 1, 0.01%."""

_INDICATORS = (None, "employees", "revenue", "assets")
"""What the inputs of ``size_class`` are called in the size standard's table."""


def _moves(ref: FactRef, condition: Condition, subject: EnterpriseOn) -> list[Value]:
    """The values of a fact with which a condition that rests on it may turn."""
    fact = _fact(ref, subject)
    if fact.kind.is_number:
        return _moves_of_number(ref, _turning_points(ref, condition, subject), subject)
    if fact.changeable != "yes":
        return []
    now = _value(ref, subject)
    if isinstance(now, frozenset):
        return [now | {str(option)} for option in condition.operands if option not in now]
    if fact.kind is Kind.FLAG:
        return [] if now else [True]
    return [value for value in fact.values if value != now]


def _moves_of_number(ref: FactRef, points: Iterable[Fraction], subject: EnterpriseOn) -> list[Value]:
    """The plausible values at and just beyond each point, on the sides of it that the fact may move to."""
    fact, reading = _fact(ref, subject), _read(ref, subject)
    if fact.changeable is None or not reading.known or _is_history(ref, subject):
        return []
    now, step = _number(reading.value), _STEPS[fact.kind]
    found: set[Fraction] = set()
    for point in points:
        up, down = ceil(point / step), floor(point / step)
        if fact.changeable in ("up", "yes"):
            found |= {number * step for number in (up, down + 1) if number * step > now}
        if fact.changeable in ("down", "yes"):
            found |= {number * step for number in (down, up - 1) if number * step < now}
    return [_of_kind(fact, value) for value in sorted(found) if _is_plausible(value, fact)]


def _is_history(ref: FactRef, subject: EnterpriseOn) -> bool:
    """Whether it is the figure of a year before the last: how much more it should have been is of no use to anybody."""
    return isinstance(ref.year, str) or (ref.year is not None and ref.year < subject.on.year - 1)


def _is_plausible(value: Fraction, fact: Fact) -> bool:
    return (fact.low is None or value >= _number(fact.low)) and (fact.high is None or value <= _number(fact.high))


def _turning_points(ref: FactRef, condition: Condition, subject: EnterpriseOn) -> Iterator[Fraction]:
    """Where, as this number moves, a condition may turn, be it on the fact itself or on one derived from it."""
    if ref.record is not None:
        return _operands(condition)
    year = resolve_year(condition.year, subject.on.year)
    if condition.fact != ref.name:
        return _derived_points(condition, year, ref, subject)
    if year != ref.year:
        return iter(())
    return _grown(condition, ref, subject) if condition.operator is Operator.GREW_BY else _operands(condition)


def _derived_points(condition: Condition, year: int | None, ref: FactRef, subject: EnterpriseOn) -> Iterator[Fraction]:
    """Growth and shares turn with the figure above the line; size and scale with each of their figures."""
    formula = subject.fact(condition.fact).formula
    if formula is None or ref.name not in formula.inputs:
        return
    last = subject.on.year - 1
    latest = ref.year is None or ref.year == last
    above = formula.inputs[0] == ref.name and ref.year == (last if year is None else year)
    match formula.name:
        case "growth_of" if above:
            yield from _grown(condition, ref, subject)
        case "share" if above:
            whole = _read(FactRef(formula.inputs[1], ref.year), subject)
            yield from (rate * _number(whole.value) for rate in _operands(condition) if whole.known)
        case "above_scale" if latest:
            yield from (Fraction(least) for least, _ in scale.FLOORS)
        case "size_class" if latest:
            industry = subject.read(formula.inputs[0])
            yield from _size_floors(industry, _INDICATORS[formula.inputs.index(ref.name)])


def _grown(condition: Condition, ref: FactRef, subject: EnterpriseOn) -> Iterator[Fraction]:
    assert isinstance(ref.year, int)
    base = subject.read(ref.name, ref.year - 1)
    yield from ((1 + rate) * _number(base.value) for rate in _operands(condition) if base.known)


def _size_floors(industry: Reading, indicator: str | None) -> Iterator[Fraction]:
    categories = size.categories(str(industry.value) if industry.known else None)
    unit = 1 if indicator == "employees" else FEN_PER_WAN
    for row in rows("sizes"):
        if row["indicator"] == indicator and row["category"] in categories:
            yield from (Fraction(row[name]) * unit for name in ("small", "medium", "large"))


def _operands(condition: Condition) -> Iterator[Fraction]:
    return (_number(value) for value in condition.operands)


# ------------------------------------------------------------- the benefit's steps


@dataclass(frozen=True, slots=True)
class _Step:
    """A point at which a benefit has risen by a tier, or, with ``cap``, as far as it goes."""

    of: Quantity
    point: Fraction
    cap: int | None = None


def _steps(benefit: Benefit) -> Iterator[tuple[str | None, _Step]]:
    """The steps of a benefit, with the record kind whose field they are of."""
    match benefit:
        case Tiers(on, _, steps):
            yield from ((None, _Step(on, Fraction(threshold))) for threshold, _ in steps)
        case Rate(rate, of, cap=cap) if cap is not None and rate > 0:
            yield None, _Step(of, cap / rate, cap)
        case Per(_, amount, of, cap) if cap is not None and amount > 0:
            yield None, _Step(of, Fraction(cap, amount), cap)
        case Brackets(on, slices, cap) if cap is not None:
            yield from ((None, _Step(on, point, cap)) for point in _where_slices_pay(cap, slices))
        case Cases(_, values):
            for _, part in values:
                yield from _steps(part)
        case ForEach(kind, part):
            yield from ((kind, step) for _, step in _steps(part))
        case Sum(parts) | HighestOf(parts):
            for part in parts:
                yield from _steps(part)
        case _:
            return


def _where_slices_pay(cap: int, slices: tuple[tuple[int | None, Fraction], ...]) -> Iterator[Fraction]:
    """The basis from which on slices pay ``cap`` together; nothing where they never do."""
    paid, start = Fraction(0), 0
    for upper, rate in slices:
        if rate > 0 and (upper is None or paid + (upper - start) * rate >= cap):
            yield start + (cap - paid) / rate
            return
        if upper is not None:
            paid, start = paid + (upper - start) * rate, upper


def _refs(kind: str | None, quantity: Quantity, subject: EnterpriseOn) -> list[FactRef]:
    if kind is None:
        return [FactRef(quantity.fact, resolve_year(quantity.year, subject.on.year))]
    return [FactRef(quantity.fact, None, kind, record.number) for record in subject.records(kind) or ()]


def _is_more(worth: Award, now: Award) -> bool:
    """Whether an award has risen: neither end of it lower, and one of them higher."""
    if worth.high is None or now.high is None:
        return worth.high is now.high and worth.low > now.low
    return worth.low >= now.low and worth.high >= now.high and (worth.low, worth.high) != (now.low, now.high)


# ------------------------------------------------------------------------- values


def _place(ref: FactRef) -> tuple[str, int, str, str]:
    return ref.record or "", ref.number or 0, ref.name, str(ref.year or "")


def _fact(ref: FactRef, subject: EnterpriseOn) -> Fact:
    return subject.dictionary.fact(ref.name, ref.record)


def _read(ref: FactRef, subject: EnterpriseOn) -> Reading:
    if ref.record is not None and ref.number is not None:
        return (subject.records(ref.record) or ())[ref.number].read(ref.name)
    return subject.read(ref.name, ref.year if isinstance(ref.year, int) else None)


def _value(ref: FactRef, subject: EnterpriseOn) -> Value:
    return _read(ref, subject).value


def _number(value: Value) -> Fraction:
    assert isinstance(value, (int, Fraction))
    return Fraction(value)


def _of_kind(fact: Fact, number: Fraction) -> Value:
    return number if fact.kind is Kind.RATIO else int(number)


# -------------------------------------------------------------------------- words


def _changes(changes: NewValues, subject: EnterpriseOn) -> tuple[Change, ...]:
    """In the order of the records' and the facts' names."""
    found = []
    for ref in sorted(changes, key=_place):
        now, to = _value(ref, subject), changes[ref]
        found.append(Change(ref, now, to, _name(ref, subject) + _say(_fact(ref, subject), now, to)))
    return tuple(found)


def _name(ref: FactRef, subject: EnterpriseOn) -> str:
    """What changes: the fact's label, with the year, or with the record where there are several of its kind."""
    label = _fact(ref, subject).label
    if ref.record is not None and ref.number is not None:
        several = len(subject.records(ref.record) or ()) > 1
        return f"{subject.dictionary.records[ref.record].label} {ref.number + 1} 的{label}" if several else label
    words: dict[int | str | None, str] = {None: "", subject.on.year: "（本年度）", subject.on.year - 1: "（上一年度）"}
    return words.get(ref.year, f"（{ref.year} 年）") + label


def _say(fact: Fact, now: Value, to: Value) -> str:
    if isinstance(now, frozenset) and isinstance(to, frozenset):
        return f"增加“{fact.show(to - now)}”"
    if fact.kind.is_number:
        more = _number(to) - _number(now)
        return f"{'再增加' if more > 0 else '减少'} {fact.show(_of_kind(fact, abs(more)))}"
    return f"由“{fact.show(now)}”变为“{fact.show(to)}”"


def _brings(worth: Award) -> str:
    """What an award is, in a few words."""
    if not worth.priced:
        return f"可得{'；'.join(worth.unpriced)}"
    extra = f"，另有{'；'.join(worth.unpriced)}" if worth.unpriced else ""
    if worth.low == worth.high:
        return f"可得 {format_money(worth.low)}{extra}"
    if worth.high is None:
        return (f"可得 {format_money(worth.low)} 起" if worth.low else "可得金额视具体情况而定") + extra
    return (f"可得 {format_money(worth.low)} 至" if worth.low else "最高可得") + f" {format_money(worth.high)}{extra}"
