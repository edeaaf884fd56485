"""Policy packages (政策包): what an enterprise, or the enterprises of a region, can have in a half-year.

Yan'an renews its package for private enterprises every half-year and brings it to their doors
(延安市大力服务民营经济高质量发展三年行动方案, 三（八）28). A package is an explanation laid out for that: nothing in it
is expired, what has not begun is in it with the day on which it begins, and its totals are those of the explanation.

For a region the enterprises are taken one by one, and only counts, sums and shortlists are kept: memory does not grow
with their number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from enterprises import regions
from enterprises.calendar import format_day
from enterprises.profiles import Profile
from enterprises.readings import EnterpriseOn
from enterprises.samples import CODE_PREFIX
from policies.items import Item, WindowState
from policies.library import Library
from recommender.combination import PUBLIC_MONEY, Combination
from recommender.explanation import Explanation, explain
from recommender.match import Match, Verdict
from recommender.shortlist import Listed, Order, Shortlist, known_text

MOST = 1000
"""So many enterprises of a list are named, unless more or fewer are asked for; all are counted."""


@dataclass(frozen=True, slots=True)
class HalfYear:
    """``half`` is 1 for January to June, 2 for July to December."""

    year: int
    half: int

    @classmethod
    def of(cls, day: date) -> HalfYear:
        """The half-year that a day is in."""
        return cls(day.year, 1 if day.month <= 6 else 2)

    @property
    def first(self) -> date:
        return date(self.year, 1 if self.half == 1 else 7, 1)

    @property
    def last(self) -> date:
        return date(self.year, 6, 30) if self.half == 1 else date(self.year, 12, 31)

    @property
    def label(self) -> str:
        """In Chinese, e.g. 2024年上半年."""
        return f"{self.year}年{'上' if self.half == 1 else '下'}半年"

    @property
    def days(self) -> str:
        return f"{format_day(self.first)}至{format_day(self.last)}"


@dataclass(frozen=True)
class Package:
    """The package of one enterprise. Eligible, undetermined and close items are those of its explanation."""

    explanation: Explanation

    @property
    def half(self) -> HalfYear:
        return HalfYear.of(self.explanation.on)

    @property
    def upcoming(self) -> tuple[Match, ...]:
        """What has not begun and is not already out of the question, by the day on which it begins."""
        return tuple(sorted(filter(_may_come, self.explanation.not_yet), key=lambda match: match.item.window.opens))

    def ends_within(self, item: Item) -> bool:
        """Whether the item's last day is in this half-year."""
        closes = item.window.closes
        return closes is not None and self.half.first <= closes <= self.half.last


def package_of(library: Library, profile: Profile, on: date) -> Package:
    """The package of an enterprise for the half-year that ``on`` is in, by what is known and in force on that day."""
    return Package(explain(library, profile, on))


def _may_come(match: Match) -> bool:
    return match.window is WindowState.NOT_YET and match.verdict is not Verdict.INELIGIBLE and not match.barred


@dataclass(frozen=True, slots=True)
class Entitled:
    """What one enterprise of a region can have. Money in 分, as its own package has it; ``close``: item and gap."""

    who: Listed
    eligible: tuple[Item, ...]
    undetermined: tuple[Item, ...]
    close: tuple[tuple[Item, str], ...]
    certain: int
    confirmed: int
    possible: int
    unbounded: bool
    question: str | None


@dataclass(slots=True)
class Reach:
    """How far an item reaches: how many enterprises, and its part of their totals in 分.

    ``certain`` and ``possible`` of all items add up to the region's: each enterprise's best permitted combination, not
    the sum of what each item would give alone. ``unbounded``: enterprises to whom it may give more than the figure.
    """

    item: Item
    eligible: int = 0
    undetermined: int = 0
    close: int = 0
    certain: int = 0
    possible: int = 0
    unbounded: int = 0

    @property
    def counted(self) -> bool:
        """Whether what it gives is counted in totals at all."""
        return self.item.category in PUBLIC_MONEY

    @property
    def is_empty(self) -> bool:
        return not (self.eligible or self.undetermined or self.close)

    @property
    def order(self) -> tuple[int, int, int, int]:
        """Money first, then by how many it reaches."""
        return -self.certain, -self.possible, -self.eligible, -self.undetermined


@dataclass
class Sums:
    """Of all enterprises that were judged; money in 分.

    ``unbounded``: enterprises whose possible total has no end; ``made_up``: sample enterprises among them.
    """

    enterprises: int = 0
    made_up: int = 0
    certain: int = 0
    confirmed: int = 0
    possible: int = 0
    unbounded: int = 0

    def add(self, explanation: Explanation) -> None:
        self.enterprises += 1
        self.made_up += is_made_up(explanation.profile)
        self.certain += explanation.certain.total
        self.confirmed += explanation.confirmed_total
        self.possible += explanation.possible.total
        self.unbounded += explanation.possible.unbounded


@dataclass
class RegionPackage:
    """The package of a region. ``gone``: enterprises known to be deregistered or revoked, to whom nothing is offered;
    ``elsewhere``: those that are known to be in another region, and are left out; ``unplaced``: those of whom it is not
    known whether they are in the region. Neither of the three is in the figures.
    """

    region: str
    on: date
    library: Library
    most: int = MOST
    sums: Sums = field(default_factory=Sums)
    gone: int = 0
    elsewhere: int = 0
    reaches: dict[str, Reach] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reaches = {
            item.id: Reach(item)
            for item in self.library.published
            if item.window.state(self.on) is not WindowState.EXPIRED
        }
        self.eligible: Shortlist[Entitled] = Shortlist(self.most, _most_certain)
        self.undetermined: Shortlist[Entitled] = Shortlist(self.most, _most_to_gain)
        self.close: Shortlist[Entitled] = Shortlist(self.most, _most_close)
        self.unplaced: Shortlist[Listed] = Shortlist(self.most, lambda who: who.order)

    @property
    def half(self) -> HalfYear:
        return HalfYear.of(self.on)

    @property
    def items(self) -> tuple[Reach, ...]:
        """The items in force that are for this region, or reach somebody in it; what brings or reaches most first."""
        return tuple(sorted(self._reaches(begun=True), key=lambda reach: reach.order))

    @property
    def upcoming(self) -> tuple[Reach, ...]:
        """Likewise those that have not begun, by the day on which they begin; the counts are by what is known now."""
        return tuple(sorted(self._reaches(begun=False), key=lambda reach: reach.item.window.opens))

    def _reaches(self, begun: bool) -> tuple[Reach, ...]:
        return tuple(
            reach
            for reach in self.reaches.values()
            if (reach.item.window.opens <= self.on) is begun
            and (not reach.is_empty or regions.nested(self.region, reach.item.document.region) is not False)
        )

    def add(self, profile: Profile) -> None:
        """Judge one enterprise and count it."""
        place = locate(profile, self.region)
        if place is False:
            self.elsewhere += 1
            return
        subject = EnterpriseOn(profile, self.on, self.library.dictionary)
        if place is None:
            self.unplaced.add(Listed.of(subject))
            return
        explanation = explain(self.library, profile, self.on)
        if any(match.barred for match in explanation.matches):
            self.gone += 1
            return
        self.sums.add(explanation)
        self._count(explanation)
        self._list(explanation, Listed.of(subject))

    def _count(self, explanation: Explanation) -> None:
        close = {match.item.id for match in explanation.close}
        certain, possible = _by_item(explanation.certain), _by_item(explanation.possible)
        open_ended = {kept.claim.item.id for kept in explanation.possible.kept if kept.claim.share.high is None}
        for match in explanation.matches:
            reach = self.reaches.get(match.item.id)
            if reach is None:
                continue
            item_id = match.item.id
            reach.eligible += match.verdict is Verdict.ELIGIBLE
            reach.undetermined += match.verdict is Verdict.UNDETERMINED
            reach.close += item_id in close
            reach.certain += certain.get(item_id, 0)
            reach.possible += possible.get(item_id, 0)
            reach.unbounded += item_id in open_ended

    def _list(self, explanation: Explanation, who: Listed) -> None:
        entitled = Entitled(
            who=who,
            eligible=tuple(match.item for match in explanation.eligible),
            undetermined=tuple(match.item for match in explanation.undetermined),
            close=tuple((match.item, say_gap(match)) for match in explanation.close),
            certain=explanation.certain.total,
            confirmed=explanation.confirmed_total,
            possible=explanation.possible.total,
            unbounded=explanation.possible.unbounded,
            question=explanation.questions[0].text if explanation.questions else None,
        )
        for found, shortlist in (
            (entitled.eligible, self.eligible),
            (entitled.undetermined, self.undetermined),
            (entitled.close, self.close),
        ):
            if found:
                shortlist.add(entitled)


def region_package(
    library: Library, region: str, profiles: Iterable[Profile], on: date, most: int = MOST
) -> RegionPackage:
    """The package of a region for the half-year that ``on`` is in. Raises ``UnknownCode`` for a code of no region.

    ``most``: how many enterprises each list names, the foremost ones; all are counted.
    """
    regions.region(region)
    package = RegionPackage(region, on, library, most)
    for profile in profiles:
        package.add(profile)
    return package


def locate(profile: Profile, region: str) -> bool | None:
    """Whether an enterprise is in a region; ``None`` where that is not known, or not finely enough."""
    code = known_text(profile, "region")
    return None if code is None else regions.nested(code, region)


def is_made_up(profile: Profile) -> bool:
    """Whether it is one of the sample enterprises, which nobody may take for a real one."""
    return (profile.credit_code or "")[8:].startswith(CODE_PREFIX)


def say_gap(match: Match) -> str:
    """A match's gap in one sentence: what has to change, and what that brings; empty where it has none."""
    if match.gap is None:
        return ""
    return f"{'；'.join(change.text for change in match.gap.changes)}，{match.gap.then}"


def _by_item(combination: Combination) -> dict[str, int]:
    amounts: defaultdict[str, int] = defaultdict(int)
    for kept in combination.kept:
        amounts[kept.claim.item.id] += kept.amount
    return amounts


def _most_certain(row: Entitled) -> Order:
    return -row.certain, -len(row.eligible), *row.who.order


def _most_to_gain(row: Entitled) -> Order:
    return -(row.possible - row.certain), -len(row.undetermined), *row.who.order


def _most_close(row: Entitled) -> Order:
    return -len(row.close), *row.who.order
