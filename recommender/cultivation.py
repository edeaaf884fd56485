"""Cultivation (梯度培育): who is about to reach a threshold, and the five lists of Yan'an's "345" work mechanism.

The mechanism (延安市大力服务民营经济高质量发展三年行动方案, 三（十）31) names four paths (个转企, 小升规, 规壮大,
专精特新) and five lists: state, policy support, services, environment, assessment. What their columns are stands in an
annex that was not published with it, so here each list holds what can be said from facts, matches and gaps, and
``ABSENT`` says what it would also hold that nobody has recorded. The same plan wants enterprises that nearly reach the
statistical registers (准“五上”) supported first, and those that fell out of them helped back in (三（十）32).

*Near* is: no further from the threshold than a fifth of it. Revenue is that of the last full year, as the statistical
floors of ``enterprises.scale`` ask. Of whom revenue or industry are not known well enough, a list of its own says what
is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from enterprises import regions, scale
from enterprises.dictionary import Source
from enterprises.profiles import Observation, Profile, Record
from enterprises.readings import EnterpriseOn, FactRef
from enterprises.tiers import NEAR, Tier, standings
from policies.items import Category, Item
from policies.library import Library
from policies.rules import Rule, conditions
from recommender.awards import Award, award
from recommender.evaluation import decide
from recommender.explanation import Explanation, explain
from recommender.gap import Change, closed
from recommender.match import Match, Verdict
from recommender.package import MOST, HalfYear, Sums, locate
from recommender.shortlist import Listed, Order, Shortlist, known_text

WITHIN = 1 - NEAR
"""The part of a threshold that may be lacking at most, inclusive: 20 %, as of the tiers of ``enterprises.tiers``."""

REVENUE = "revenue"
IN_REGISTER = "five_above"
REGISTER_STATUS = "five_above_status"
ENTERED = "新入库"


class FiveList(StrEnum):
    """The five lists."""

    STATE = "state"
    SUPPORT = "support"
    SERVICES = "services"
    ENVIRONMENT = "environment"
    ASSESSMENT = "assessment"

    @property
    def label(self) -> str:
        return _FIVE_LABELS[self]


_FIVE_LABELS = {
    FiveList.STATE: "底数状态清单",
    FiveList.SUPPORT: "政策支持清单",
    FiveList.SERVICES: "精准服务清单",
    FiveList.ENVIRONMENT: "环境保障清单",
    FiveList.ASSESSMENT: "工作评估清单",
}

ABSENT = {
    FiveList.STATE: "包抓责任人、走访记录、退库原因：系统没有登记",
    FiveList.SUPPORT: "部门受理、审核、拨付的进度：系统没有登记；已领取的资金只有企业画像里“已获资金”所记的",
    FiveList.SERVICES: "企业提出的服务需求、已经提供的服务：系统没有登记，这里是按政策可以提供给它的服务",
    FiveList.ENVIRONMENT: "企业诉求及其办理情况：系统没有登记，这里是按政策可以保障的权利，以及画像里记有的账款和检查",
    FiveList.ASSESSMENT: "目标任务、服务次数、诉求办结率、满意度、兑现率：系统没有登记，不作推算",
}
"""What a list would also hold, if it were recorded."""

CATEGORIES = {
    FiveList.SUPPORT: (Category.MONEY, Category.RELIEF, Category.FINANCING),
    FiveList.SERVICES: (Category.SERVICE,),
    FiveList.ENVIRONMENT: (Category.RIGHT, Category.PROCEDURE),
}
"""The items of which a list consists."""


# ------------------------------------------------------------------------------- the statistical floors


class Standing(StrEnum):
    """Where an enterprise stands towards the statistical floor of its industry."""

    REGISTERED = "registered"
    REACHED = "reached"
    NEAR = "near"
    FAR = "far"
    BY_QUALIFICATION = "by-qualification"
    NEVER = "never"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        return _STANDING_LABELS[self]


_STANDING_LABELS = {
    Standing.REGISTERED: "已入库",
    Standing.REACHED: "达到标准、未确认入库",
    Standing.NEAR: "准“五上”",
    Standing.FAR: "距标准超过 20%",
    Standing.BY_QUALIFICATION: "按资质或项目纳统",
    Standing.NEVER: "所在行业不按规模纳统",
    Standing.UNKNOWN: "无法判断",
}


@dataclass(frozen=True, slots=True)
class Scale:
    """An enterprise and its floor. Money in 分; ``year`` is the revenue's.

    ``floors``: those that its industry may have; one where that is known. ``short``: what is lacking to the floor where
    it is the only one, none of it lacking included (0). ``registered``: whether it is in the statistical registers;
    ``None`` also where what is known of that contradicts itself (``contradiction``). ``missing``: what would settle the
    standing. ``maybe_near``: whether it is among what is left open that it is near or has reached it.
    """

    standing: Standing
    year: int
    revenue: int | None
    source: Source | None
    floors: tuple[int, ...]
    short: int | None
    registered: bool | None
    status: str | None
    contradiction: bool
    missing: tuple[FactRef, ...]
    maybe_near: bool

    @property
    def closeness(self) -> Fraction | None:
        """What is lacking, as a share of the floor."""
        return None if self.short is None else Fraction(self.short, self.floors[0])

    @property
    def below_in_register(self) -> bool:
        """Whether it is in the registers with less revenue than the floor, so that it may fall out of them."""
        return self.standing is Standing.REGISTERED and bool(self.short)


def is_near(now: int | Fraction, threshold: int | Fraction) -> bool:
    """Whether a figure has not reached a threshold, from either side, and is no further from it than a fifth of it."""
    lacking = abs(Fraction(threshold) - Fraction(now))
    return 0 < lacking <= WITHIN * abs(Fraction(threshold))


def scale_of(subject: EnterpriseOn) -> Scale:
    """Where an enterprise stands towards its floor, by the revenue of the last full year."""
    year = subject.on.year - 1
    industry, revenue = subject.read("industry"), subject.read(REVENUE, year)
    code = str(industry.value) if industry.known else None
    figure = revenue.value if revenue.known else None
    assert figure is None or isinstance(figure, int)
    possible = scale.possible_floors(code)
    floors = tuple(sorted(floor for floor in possible if floor is not None and floor > 0))
    towards = {_towards(floor, figure) for floor in possible}
    tiers = {one.tier: one.answer for one in standings(subject.profile, subject.on, subject.dictionary)}
    registered, told = tiers[Tier.FIVE_ABOVE], subject.profile.facts
    standing = Standing.REGISTERED if registered else _agreed(towards)
    missing = _missing(subject, len(possible) > 1, bool(floors)) if standing is Standing.UNKNOWN else ()
    return Scale(
        standing=standing,
        year=year,
        revenue=figure,
        source=revenue.used[0].observation.source if revenue.used else None,
        floors=floors,
        short=max(0, floors[0] - figure) if figure is not None and len(possible) == 1 and floors else None,
        registered=registered,
        status=known_text(subject.profile, REGISTER_STATUS),
        contradiction=registered is None and IN_REGISTER in told and REGISTER_STATUS in told,
        missing=missing,
        maybe_near=standing is Standing.UNKNOWN and not towards.isdisjoint(_WORTH_ASKING),
    )


def _towards(floor: int | None, revenue: int | None) -> Standing:
    if floor is None:
        return Standing.BY_QUALIFICATION
    if floor < 0:
        return Standing.NEVER
    if revenue is None:
        return Standing.UNKNOWN
    if revenue >= floor:
        return Standing.REACHED
    return Standing.NEAR if is_near(revenue, floor) else Standing.FAR


_WORTH_ASKING = {Standing.NEAR, Standing.REACHED, Standing.UNKNOWN}


def _agreed(towards: set[Standing]) -> Standing:
    """The one standing that all floors lead to which the industry may have."""
    return next(iter(towards)) if len(towards) == 1 else Standing.UNKNOWN


def _missing(subject: EnterpriseOn, coarse: bool, by_revenue: bool) -> tuple[FactRef, ...]:
    revenue = subject.read(REVENUE, subject.on.year - 1)
    return (*((FactRef("industry"),) if coarse else ()), *(revenue.missing if by_revenue else ()))


# -------------------------------------------------------------------------------------- what it brings


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit of an item that an enterprise is near: the changes of figures that reach it, and what they bring.

    ``lacking``: the largest share of a limit that is lacking. ``worth``: the award after the changes, ``before`` the
    one of now, for who is eligible and near the next tier. ``still_unknown``: what would have to be known, too.
    """

    item: Item
    changes: tuple[Change, ...]
    lacking: Fraction
    worth: Award
    before: Award | None
    still_unknown: tuple[FactRef, ...]


def near_thresholds(matches: Iterable[Match], subject: EnterpriseOn) -> tuple[Threshold, ...]:
    """The items whose gap is one of figures only, none of which is further from its limit than a fifth; nearest first.

    A gap of other kinds (a certificate, an option) has no distance, so it is no threshold.
    """
    found = (threshold for match in matches if match.offered for threshold in _threshold(match, subject))
    return tuple(sorted(found, key=lambda near: (near.lacking, near.item.id)))


def _threshold(match: Match, subject: EnterpriseOn) -> Iterator[Threshold]:
    if match.gap is None:
        return
    shares = [_lacking(change) for change in match.gap.changes]
    known = [share for share in shares if share is not None]
    if len(known) < len(shares):
        return
    worth = award(match.item.benefit, match.item.rule, closed(match.gap, subject))
    before = match.award if match.verdict is Verdict.ELIGIBLE else None
    yield Threshold(match.item, match.gap.changes, max(known), worth, before, match.gap.still_unknown)


def _lacking(change: Change) -> Fraction | None:
    """The share of the new figure that is lacking; ``None`` where it is too much, or no figure."""
    now, to = change.now, change.to
    if isinstance(to, bool) or not isinstance(to, int | Fraction) or not isinstance(now, int | Fraction):
        return None
    return abs(Fraction(to) - Fraction(now)) / abs(Fraction(to)) if is_near(now, to) else None


@dataclass(frozen=True, slots=True)
class Gained:
    """An item that an enterprise would become eligible for, and what that is worth."""

    item: Item
    worth: Award


@dataclass(frozen=True, slots=True)
class Entry:
    """What changes for an enterprise that enters the statistical registers; items by themselves, without stacking.

    ``gained``: it becomes eligible; ``opened``: it was out of the question and then depends on what is not known;
    ``lost``: it is eligible now and no longer then.
    """

    gained: tuple[Gained, ...]
    opened: tuple[Item, ...]
    lost: tuple[Item, ...]

    @property
    def low(self) -> int:
        return sum(gained.worth.low for gained in self.gained if gained.worth.priced)

    @property
    def high(self) -> int | None:
        """``None`` where nothing bounds one of them."""
        highs = [gained.worth.high for gained in self.gained if gained.worth.priced]
        return None if None in highs else sum(high for high in highs if high is not None)


def entry_of(matches: Iterable[Match], subject: EnterpriseOn, revenue: int) -> Entry:
    """What changes with a revenue (分, of the last full year) and with being newly in the registers."""
    entered = (
        subject.profile.with_fact(REVENUE, Observation(revenue), subject.on.year - 1)
        .with_fact(IN_REGISTER, Observation(True))
        .with_fact(REGISTER_STATUS, Observation(ENTERED))
    )
    then = EnterpriseOn(entered, subject.on, subject.dictionary)
    gained, opened, lost = [], [], []
    for match in matches:
        if not match.offered or not _depends(match.item.rule, subject):
            continue
        verdict = Verdict.of(decide(match.item.rule, then))
        if verdict is Verdict.ELIGIBLE and match.verdict is not Verdict.ELIGIBLE:
            gained.append(Gained(match.item, award(match.item.benefit, match.item.rule, then)))
        elif verdict is Verdict.UNDETERMINED and match.verdict is Verdict.INELIGIBLE:
            opened.append(match.item)
        elif verdict is not Verdict.ELIGIBLE and match.verdict is Verdict.ELIGIBLE:
            lost.append(match.item)
    return Entry(tuple(gained), tuple(opened), tuple(lost))


def _depends(rule: Rule, subject: EnterpriseOn) -> bool:
    """Whether a rule asks for what entering the registers changes, or for what is derived from it."""
    facts = subject.dictionary.facts
    asked = (facts[condition.fact] for condition in conditions(rule) if condition.fact in facts)
    return any(
        fact.name in _CHANGED or (fact.formula is not None and not _CHANGED.isdisjoint(fact.formula.inputs))
        for fact in asked
    )


_CHANGED = frozenset((REVENUE, IN_REGISTER, REGISTER_STATUS))


# ------------------------------------------------------------------------------------------- the lists


class Path(StrEnum):
    """The four paths of cultivation."""

    TO_ENTERPRISE = "to-enterprise"
    TO_SCALE = "to-scale"
    GROWING = "growing"
    SPECIALISED = "specialised"

    @property
    def label(self) -> str:
        return {"to-enterprise": "个转企", "to-scale": "小升规", "growing": "规壮大", "specialised": "专精特新"}[self]


@dataclass(frozen=True, slots=True)
class State:
    """A row of the state list."""

    who: Listed
    scale: Scale
    paths: tuple[Path, ...]
    titles: tuple[str, ...] | None
    """Recognitions in force, as far as known; ``None`` where it is not known which there are."""
    missing: tuple[FactRef, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """A row of the watch list: near a floor, or with it reached and not known to be in the registers."""

    who: Listed
    scale: Scale
    entry: Entry


@dataclass(frozen=True, slots=True)
class NearItem:
    """A row of the list of items' thresholds."""

    who: Listed
    threshold: Threshold


@dataclass(frozen=True, slots=True)
class Offer:
    """A row of the support, the services or the environment list: an item that is open to an enterprise."""

    who: Listed
    item: Item
    verdict: Verdict
    award: Award | None
    unconfirmed: bool
    missing: tuple[FactRef, ...]


@dataclass(frozen=True, slots=True)
class Matter:
    """What is recorded of an enterprise that disturbs it: money that it is owed, inspections that await it."""

    who: Listed
    overdue: int
    overdue_unknown: int
    inspections: int


@dataclass
class Assessment:
    """A row of the assessment list: a county. Counts of enterprises; money in 分.

    ``received``: what is recorded as paid in the half-year up to the day. ``undated``: enterprises with a record of
    something received without its day or amount; ``unrecorded``: those of whom it is not known what they received.
    """

    region: str
    sums: Sums = field(default_factory=Sums)
    standings: dict[Standing, int] = field(default_factory=lambda: dict.fromkeys(Standing, 0))
    paths: dict[Path, int] = field(default_factory=lambda: dict.fromkeys(Path, 0))
    supported: int = 0
    near_items: int = 0
    received: int = 0
    undated: int = 0
    unrecorded: int = 0


@dataclass
class Cultivation:
    """The watch list and the five lists of a region on a day. ``gone``, ``elsewhere``, ``unplaced``: as in the region's
    package; nobody of them is in a list."""

    region: str
    on: date
    library: Library
    most: int = MOST
    gone: int = 0
    elsewhere: int = 0
    by_county: dict[str, Assessment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.near: Shortlist[Watched] = Shortlist(self.most, _nearest)
        self.reached: Shortlist[Watched] = Shortlist(self.most, _largest)
        self.unknown: Shortlist[State] = Shortlist(self.most, _most_telling)
        self.thresholds: Shortlist[NearItem] = Shortlist(self.most, _nearest_item)
        self.state: Shortlist[State] = Shortlist(self.most, _by_standing)
        self.offers: dict[FiveList, Shortlist[Offer]] = {
            name: Shortlist(self.most, _most_valuable) for name in CATEGORIES
        }
        self.matters: Shortlist[Matter] = Shortlist(self.most, _most_overdue)
        self.unplaced: Shortlist[Listed] = Shortlist(self.most, lambda who: who.order)

    @property
    def half(self) -> HalfYear:
        return HalfYear.of(self.on)

    @property
    def assessment(self) -> tuple[Assessment, ...]:
        """One row a county, by its code."""
        return tuple(self.by_county[code] for code in sorted(self.by_county))

    def add(self, profile: Profile) -> None:
        """Judge one enterprise and put it where it belongs."""
        place = locate(profile, self.region)
        if place is False:
            self.elsewhere += 1
            return
        subject = EnterpriseOn(profile, self.on, self.library.dictionary)
        who = Listed.of(subject)
        if place is None:
            self.unplaced.add(who)
            return
        explanation = explain(self.library, profile, self.on)
        if any(match.barred for match in explanation.matches):
            self.gone += 1
            return
        found, near = scale_of(subject), near_thresholds(explanation.matches, subject)
        state = State(who, found, _paths(found, near, subject), _titles(profile), found.missing)
        self.state.add(state)
        self._watch(state, explanation, subject)
        for threshold in near:
            self.thresholds.add(NearItem(who, threshold))
        self._offer(explanation, who)
        matter = _matter(who, profile)
        if matter.overdue or matter.overdue_unknown or matter.inspections:
            self.matters.add(matter)
        self._assess(state, explanation, near)

    def _watch(self, state: State, explanation: Explanation, subject: EnterpriseOn) -> None:
        found = state.scale
        if found.standing is Standing.UNKNOWN:
            self.unknown.add(state)
        elif found.standing in (Standing.NEAR, Standing.REACHED):
            assert found.revenue is not None
            reaches = max(found.floors[0], found.revenue)
            watched = Watched(state.who, found, entry_of(explanation.matches, subject, reaches))
            (self.near if found.standing is Standing.NEAR else self.reached).add(watched)

    def _offer(self, explanation: Explanation, who: Listed) -> None:
        undetermined = [m for m in explanation.undetermined if m.item.category in CATEGORIES[FiveList.SUPPORT]]
        for match in (*explanation.eligible, *undetermined):
            name = next(name for name, categories in CATEGORIES.items() if match.item.category in categories)
            offer = Offer(who, match.item, match.verdict, match.award, match.unconfirmed, match.missing)
            self.offers[name].add(offer)

    def _assess(self, state: State, explanation: Explanation, near: tuple[Threshold, ...]) -> None:
        region = state.who.region
        assert region is not None
        row = self.by_county.setdefault(region, Assessment(region))
        row.sums.add(explanation)
        row.standings[state.scale.standing] += 1
        for path in state.paths:
            row.paths[path] += 1
        row.supported += any(match.item.category in CATEGORIES[FiveList.SUPPORT] for match in explanation.eligible)
        row.near_items += bool(near)
        receipts = explanation.profile.records.get("received")
        if receipts is None:
            row.unrecorded += 1
            return
        paid = [_paid(receipt, self.half.first, self.on) for receipt in receipts]
        row.received += sum(amount for amount in paid if amount is not None)
        row.undated += None in paid


def cultivate(library: Library, region: str, profiles: Iterable[Profile], on: date, most: int = MOST) -> Cultivation:
    """The lists of a region by what is known and in force on a day. Raises ``UnknownCode`` for a code of no region.

    ``most``: how many rows each list holds, the foremost ones; all are counted.
    """
    regions.region(region)
    cultivation = Cultivation(region, on, library, most)
    for profile in profiles:
        cultivation.add(profile)
    return cultivation


def _paths(found: Scale, near: tuple[Threshold, ...], subject: EnterpriseOn) -> tuple[Path, ...]:
    """The paths that an enterprise is known to be on, by the tiers that it belongs to.

    No tier is fast-growing (规壮大); here it is who is in the registers and near a higher limit of revenue.
    """
    belongs = {one.tier for one in standings(subject.profile, subject.on, subject.dictionary) if one.answer is True}
    grows = any(change.ref.name == REVENUE for threshold in near for change in threshold.changes)
    on_path = {
        Path.TO_ENTERPRISE: Tier.BECOMING_ENTERPRISE in belongs,
        Path.TO_SCALE: Tier.NEARLY_FIVE_ABOVE in belongs,
        Path.GROWING: found.registered is True and grows,
        Path.SPECIALISED: not belongs.isdisjoint(_SPECIALISED),
    }
    return tuple(path for path, is_on in on_path.items() if is_on)


_SPECIALISED = (Tier.CITY_SPECIALISED, Tier.SPECIALISED, Tier.LITTLE_GIANT)


def _titles(profile: Profile) -> tuple[str, ...] | None:
    """Recognitions that are not known to have lapsed, each with its level, the plainest form of both."""
    records = profile.records.get("recognition")
    if records is None:
        return None
    return tuple(dict.fromkeys(_title(record) for record in records if not _is(record, "in_force", False)))


def _title(record: Record) -> str:
    seen = (record.fields.get(name) for name in ("level", "title"))
    return "".join(str(each.value) for each in seen if each is not None) or "名称不详"


def _is(record: Record, name: str, value: object) -> bool:
    seen = record.fields.get(name)
    return seen is not None and seen.value == value


def _matter(who: Listed, profile: Profile) -> Matter:
    overdue = [record.fields.get("overdue") for record in profile.records.get("receivable", ())]
    return Matter(
        who,
        overdue=sum(seen is not None and seen.value is True for seen in overdue),
        overdue_unknown=sum(seen is None for seen in overdue),
        inspections=len(profile.records.get("inspection", ())),
    )


def _paid(receipt: Record, first: date, last: date) -> int | None:
    """What a receipt says was paid from ``first`` to ``last``, in 分; ``None`` where it does not say."""
    amount, day = receipt.fields.get("amount"), receipt.fields.get("paid_on")
    if day is not None and isinstance(day.value, date) and not first <= day.value <= last:
        return 0
    if amount is None or day is None or not isinstance(amount.value, int):
        return None
    return amount.value


# --------------------------------------------------------------------------- what comes first in a list

_SCALE_ORDER = {
    standing: number
    for number, standing in enumerate(
        (
            *(Standing.NEAR, Standing.REACHED, Standing.REGISTERED, Standing.UNKNOWN),
            *(Standing.FAR, Standing.BY_QUALIFICATION, Standing.NEVER),
        )
    )
}
_VERDICTS = list(Verdict)


_FARTHEST = Fraction(2)
"""Comes after every share that may be lacking: the place of what has none."""


def _farness(found: Scale) -> Fraction:
    return _FARTHEST if found.closeness is None else found.closeness


def _nearest(row: Watched) -> Order:
    return _farness(row.scale), *row.who.order


def _largest(row: Watched) -> Order:
    return -(row.scale.revenue or 0), *row.who.order


def _most_telling(row: State) -> Order:
    """First who may be near, and lacks fewest answers."""
    return not row.scale.maybe_near, len(row.missing), *row.who.order


def _nearest_item(row: NearItem) -> Order:
    return row.threshold.lacking, *row.who.order, row.threshold.item.id


def _by_standing(row: State) -> Order:
    return _SCALE_ORDER[row.scale.standing], _farness(row.scale), *row.who.order


def _most_valuable(row: Offer) -> Order:
    """Eligible before undetermined, money first; what nothing bounds comes by its least amount."""
    worth = 0 if row.award is None or not row.award.priced else row.award.low
    return _VERDICTS.index(row.verdict), -worth, *row.who.order, row.item.id


def _most_overdue(row: Matter) -> Order:
    return -row.overdue, -row.overdue_unknown, -row.inspections, *row.who.order
