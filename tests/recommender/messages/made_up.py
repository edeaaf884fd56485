"""A small library of made-up items on the number of employees, enterprises to match, and runs that tell them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from enterprises.credit_code import complete
from enterprises.database import reading, writing
from enterprises.dictionary import Source, bundled
from enterprises.profiles import Observation, Profile
from enterprises.statements import Statement
from enterprises.tables import record
from policies.library import Library, load_library
from policies.tables import store_library
from recommender.messages.inbox import Letter, letters
from recommender.messages.notify import Tally, Telling
from recommender.messages.schedule import Frequency, Schedule
from recommender.messages.services import Service
from recommender.messages.subscribers import save
from recommender.messages.subscription import Subscription, Topic
from recommender.messages.tables import MessageRow, ToldRow
from recommender.ranking.order import Ranker

DAY = date(2024, 6, 28)
"""A Friday."""

NOW = datetime(2024, 6, 28, 1, tzinfo=UTC)
CODES = tuple(complete(f"91610602MAHQ7{number:02}00") for number in range(7))
CODE = CODES[0]
PERSON = "a" * 32
OTHER = "b" * 32
EVERYTHING = frozenset(Topic)
AT_ONCE = Schedule(Frequency.AT_ONCE)

_DOCUMENT = """
id: made-up-2024
title: 虚构的办法
number: null
issuers: [市政府]
level: city
region: "{region}"
published_on: {published}
effective_from: 2024-01-01
valid_until: 2025-12-31
pages: [1, 2]
summary: 虚构的。
"""

_ITEM = """
id: made-up-2024.{number}
title: 用工满{least}人奖励
version: {version}
status: published
category: {category}
delivery: on-application
clause: 一
page: 1
departments: [市人社局]
summary: 虚构的。
who: {{employees: {{at_least: {least}人}}}}
benefit: {{fixed: {amount}万元}}
{window}
examples:
  - {{given: {{employees: {least}人}}, on: 2024-06-28, expect: {{verdict: eligible}}}}
  - {{given: {{employees: 1人}}, on: 2024-06-28, expect: {{verdict: ineligible}}}}
  - {{given: {{}}, on: 2024-06-28, expect: {{verdict: undetermined}}}}
"""


def made_up_library(
    folder: Path,
    least: Sequence[int],
    closes: Mapping[int, date] | None = None,
    *,
    version: int = 1,
    category: str = "money",
    published: str = "2024-01-01",
    region: str = "610600",
) -> Library:
    """Items 1, 2, … for those with at least so many employees; ``closes``: the last days of some, by number."""
    home = folder / f"{version}" / "made-up-2024"
    home.mkdir(parents=True)
    (home / "document.yaml").write_text(_DOCUMENT.format(published=published, region=region), encoding="utf-8")
    for number, employees in enumerate(least, start=1):
        last = (closes or {}).get(number)
        text = _ITEM.format(
            number=number,
            least=employees,
            version=version,
            category=category,
            amount=10 * number,
            window=f"window: {{closes: {last}}}" if last else "",
        )
        (home / f"{number}.yaml").write_text(text, encoding="utf-8")
    return load_library(home.parent, bundled())


def store(engine: Engine, library: Library) -> None:
    with writing(engine) as session:
        store_library(session, library)


def know(
    engine: Engine,
    employees: int | None,
    codes: Sequence[str] = (CODE,),
    on: date = DAY,
    source: Source = Source.STATISTICS,
) -> None:
    """Record how many employees enterprises have; ``None``: only that they are there."""
    facts = {} if employees is None else {"employees": Observation(employees, source)}
    said = [
        Statement(replace(Profile(facts=facts), credit_code=code, name="甲公司"), source, on, f"{on}") for code in codes
    ]
    with writing(engine) as session:
        record(session, said, bundled())


def subscribe(engine: Engine, wanted: Subscription, on: date = DAY) -> Subscription:
    with writing(engine) as session:
        return save(session, wanted, on, NOW, wanted.account)


def asking(code: str = CODE, account: str = PERSON) -> Subscription:
    """For everything, at once."""
    return Subscription(account, code, topics=EVERYTHING, schedule=AT_ONCE)


def only(accounts: Mapping[str, Sequence[str]]) -> "_Members":
    return _Members(accounts)


class _Members:
    def __init__(self, accounts: Mapping[str, Sequence[str]]) -> None:
        self.accounts = accounts

    def __call__(self, session: Session, credit_codes: Collection[str] | None) -> Mapping[str, Sequence[str]]:
        return {code: who for code, who in self.accounts.items() if credit_codes is None or code in credit_codes}


def telling(
    engine: Engine,
    library: Library,
    day: date = DAY,
    accounts: Mapping[str, Sequence[str]] | None = None,
    services: Sequence[Service] = (),
) -> Telling:
    members = only({CODE: [PERSON]} if accounts is None else accounts)
    return Telling(engine, library, Ranker(), members, day, NOW + (day - DAY), services)


def tell(
    engine: Engine,
    library: Library,
    day: date = DAY,
    accounts: Mapping[str, Sequence[str]] | None = None,
    services: Sequence[Service] = (),
) -> Tally:
    return sum(telling(engine, library, day, accounts, services).run(), Tally())


def inbox(engine: Engine, code: str = CODE, account: str = PERSON) -> tuple[Letter, ...]:
    with reading(engine) as session:
        return letters(session, code, account, limit=1000)


def all_told(engine: Engine) -> set[tuple[object, ...]]:
    """Every message with what it told, but for its id."""
    with reading(engine) as session:
        rows = session.exec(select(MessageRow, ToldRow).join(ToldRow, col(ToldRow.message_id) == col(MessageRow.id)))
        return {
            (one.credit_code, one.account_id, one.title, one.body, one.day, two.topic, two.item_id, two.occasion)
            for one, two in rows
        }
