"""A small library, some enterprises in one county, a clock that is set and a channel that does as it is told."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete
from sqlmodel import Session, col

from enterprises.credit_code import complete
from enterprises.database import reading, writing
from enterprises.dictionary import Source, bundled
from enterprises.profiles import Observation, Profile, Series
from enterprises.snapshots import Snapshot, refresh
from enterprises.source_text import from_plain
from enterprises.statements import Statement
from enterprises.tables import record
from policies.items import Document, Item, read_document, read_item
from policies.library import Library
from policies.tables import store_library
from recommender.campaigns.content import Content, Kind, Pace, Selection, pin
from recommender.campaigns.deeds import By, approve, create, start, submit
from recommender.campaigns.estimates import estimate
from recommender.campaigns.moments import Always, Calendar
from recommender.campaigns.tables import (
    CampaignEventRow,
    CampaignItemRow,
    CampaignRow,
    ContactRow,
    DeliveryRow,
    PushRow,
    RefusalRow,
    WorkerRow,
)
from recommender.campaigns.worker import Worker
from recommender.channels.letters import Letter, Outcome, Sent
from recommender.messages.schedule import Quiet

DICTIONARY = bundled()
DAY = date(2024, 6, 28)
NOW = datetime(2024, 6, 28, 2, tzinfo=UTC)
"""A Friday, ten o'clock in Shanghai."""

CODES = tuple(complete(f"91610602MAHQ7{number:03}0") for number in range(24))
"""The enterprises: every second one a company, every third one in manufacturing (of every fourth it is not known), with
a revenue of 1700, 1900, 2100, 2300 万元 in turn; every fifth one in the registers; the last three lie in another
county."""

FIRM, MAKER, LARGE = "d-2024.1", "d-2024.2", "d-2024.3"
"""An item for companies (5万元), one for manufacturing, and one from 2000万元 of revenue on."""

OPEN_PACE = Pace(quiet=Quiet(), weekly_cap=2)


def document() -> Document:
    plain = {
        "id": "d-2024",
        "title": "虚构的措施",
        "issuers": ["虚构"],
        "level": "city",
        "region": "610600",
        "published_on": "2024-01-01",
        "effective_from": "2024-01-01",
        "valid_until": "2024-12-31",
        "pages": [1, 1],
        "summary": "虚构",
    }
    return read_document(from_plain(plain, "test"))


def item(number: int, who: Sequence[Any], benefit: Any, version: int = 1) -> Item:
    plain = {
        "id": f"d-2024.{number}",
        "title": f"事项{number}",
        "version": version,
        "status": "published",
        "category": "money",
        "delivery": "on-application",
        "clause": str(number),
        "page": 1,
        "departments": ["市工信局"],
        "summary": "虚构",
        "who": {"all": list(who)},
        "benefit": benefit,
        "examples": [
            {"name": verdict, "given": {}, "on": "2024-06-30", "expect": {"verdict": verdict}}
            for verdict in ("eligible", "ineligible", "undetermined")
        ],
    }
    return read_item(from_plain(plain, "test"), document(), DICTIONARY)


ITEMS = (
    item(1, [{"entity_kind": {"is": "企业"}}], {"fixed": "5万元"}),
    item(2, [{"industry": {"within": ["C"]}}], {"fixed": "1万元"}),
    item(3, [{"revenue": {"at_least": "2000万元", "year": "last"}}], {"fixed": "3万元"}),
)


def library(*items: Item) -> Library:
    return Library({"d-2024": document()}, {each.id: each for each in items or ITEMS}, DICTIONARY)


def profile(number: int, **facts: Any) -> Profile:
    """The enterprise with this number."""
    known: dict[str, Any] = {
        "region": "610603" if number >= len(CODES) - 3 else "610602",
        "entity_kind": "企业" if number % 2 == 0 else "个体工商户",
        "operating_status": "存续",
        "five_above": number % 5 == 0,
    }
    if number % 4 != 3:
        known["industry"] = "3011" if number % 3 == 0 else "51"
    known |= facts
    revenue = Observation((1700 + 200 * (number % 4)) * 1_000_000, Source.REGISTER)
    return Profile(
        credit_code=CODES[number],
        name=f"示例{number}号",
        facts={name: Observation(value, Source.REGISTER) for name, value in known.items()},
        series={"revenue": Series({2023: revenue})},
    )


_DAYS = (DAY + timedelta(days=number) for number in count())


def store(engine: Engine, profiles: Iterable[Profile]) -> None:
    """What a register says now: later than all that it said before."""
    on = next(_DAYS)
    with writing(engine) as session:
        record(session, [Statement(each, Source.REGISTER, on, f"测试 {on}") for each in profiles], DICTIONARY)


def prepare(engine: Engine) -> None:
    """The library and the enterprises."""
    with writing(engine) as session:
        store_library(session, library(), DAY)
    store(engine, map(profile, range(len(CODES))))


def wipe(engine: Engine) -> None:
    """No campaigns."""
    tables = (PushRow, DeliveryRow, ContactRow, CampaignEventRow, CampaignItemRow, CampaignRow, RefusalRow, WorkerRow)
    with writing(engine) as session:
        for table in tables:
            session.connection().execute(delete(table))


@dataclass
class Clock:
    """Tells the time that it is set to."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class Wire:
    """A channel that remembers what it was given, and answers as ``answer`` says."""

    name: str = "wire"
    label: str = "测试"
    rings: bool = False
    letters: list[Letter] = field(default_factory=list)
    answer: Callable[[Letter], Outcome] = lambda letter: Sent(letter.id)
    before: Callable[[], object] = lambda: None

    def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        self.before()
        outcomes = [self.answer(letter) for letter in letters]
        self.letters += [letter for letter, outcome in zip(letters, outcomes, strict=True) if isinstance(outcome, Sent)]
        return outcomes

    @property
    def codes(self) -> list[str]:
        return [letter.credit_code for letter in self.letters]


@dataclass
class Office:
    """Makes campaigns, and workers that run them, on one database."""

    engine: Engine
    folder: Path
    clock: Clock = field(default_factory=Clock)
    wire: Wire = field(default_factory=Wire)
    day: date = DAY
    calendar: Calendar = field(default_factory=Always)

    def by(self, actor: str) -> By:
        return By(actor, self.clock())

    def snapshot(self) -> Snapshot:
        found = refresh(self.engine, self.folder, DICTIONARY)
        assert found is not None
        return found

    def content(self, *item_ids: str, pace: Pace = OPEN_PACE, **selection: Any) -> Content:
        ids = item_ids or tuple(each.id for each in ITEMS)
        kinds = frozenset(selection.pop("kinds", (Kind.ELIGIBLE,)))
        with reading(self.engine) as session:
            from policies.tables import load_library

            pinned = pin(load_library(session, DICTIONARY), ids)
        return Content(
            "测试", "610600", items=pinned, selection=Selection(kinds, **selection), channels=("wire",), pace=pace
        )

    def approved(self, content: Content) -> int:
        """A campaign that was made, submitted and approved; it has not begun."""
        with writing(self.engine) as session:
            campaign_id = create(session, content, self.by("maker"))
            reckoned = estimate(session, self.snapshot(), content, self.day)
            submit(session, campaign_id, reckoned, self.by("maker"))
            approve(session, campaign_id, self.by("approver"))
        return campaign_id

    def started(self, content: Content | None = None) -> int:
        """A campaign that is to be planned."""
        campaign_id = self.approved(content or self.content())
        with writing(self.engine) as session:
            start(session, campaign_id, self.by("maker"))
        return campaign_id

    def worker(self, name: str = "w", **settings: Any) -> Worker:
        known: dict[str, Any] = {
            "engine": self.engine,
            "dictionary": DICTIONARY,
            "channels": {self.wire.name: self.wire},
            "snapshots": self.folder,
            "name": name,
            "now": self.clock,
            "day": lambda: self.day,
            "calendar": lambda _session: self.calendar,
            "chance": random.Random(1),
        }
        return Worker(**known | settings)


def changed(content: Content, **changes: Any) -> Content:
    return replace(content, **changes)


def delivery_states(session: Session, campaign_id: int) -> dict[str, list[str]]:
    """The credit codes of a campaign's deliveries by their state."""
    from sqlmodel import select

    found: dict[str, list[str]] = {}
    wanted = select(DeliveryRow).where(DeliveryRow.campaign_id == campaign_id).order_by(col(DeliveryRow.credit_code))
    for row in session.exec(wanted):
        found.setdefault(row.state, []).append(row.credit_code)
    return found
