"""A made-up town that pays without application: two items, some enterprises, and everybody who has a hand in it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from enterprises import snapshots
from enterprises.credit_code import complete
from enterprises.database import connect, migrate, writing
from enterprises.dictionary import Source, bundled
from enterprises.profiles import Observation, Profile
from enterprises.sealing import Seal, new_key
from enterprises.statements import Statement
from enterprises.tables import record
from policies.items import Item
from policies.library import Library, load_library
from policies.tables import store_library
from recommender.grants.account import Account
from recommender.grants.deeds import By, accept, change_account
from recommender.grants.grants import Grant, load_grant
from recommender.payments.batch_deeds import make_batch, release
from recommender.payments.batches import Batch, load_lines
from recommender.payments.carrying import carry_on
from recommender.payments.comparing import compare
from recommender.payments.plans import Plan
from recommender.payments.results import Outcome, ResultFile
from recommender.payments.round_deeds import ask, check, make_round, submit
from recommender.payments.rounds import Round, candidates, load_round

SEAL = Seal((new_key(),))
TOWN, DEPARTMENT = "610602", "示例部门"
DAY = date(2024, 6, 28)  # a Friday
NOW = datetime(2024, 6, 28, 2, tzinfo=UTC)
FIXED, STATED, RIVAL = "pay-2024-a.1", "pay-2024-a.2", "pay-2024-a.3"
AMOUNT = 1_000_000
NO_NOTICE = Plan(notice_days=0, consent_days=10)

_DOCUMENT = """
id: pay-2024-a
title: 示例资金办法
issuers: [示例机关]
level: city
region: "610600"
published_on: 2024-01-01
effective_from: 2024-01-01
valid_until: 2026-12-31
pages: [1, 9]
summary: 用于测试
"""
_ITEM = """
id: pay-2024-a.{number}
title: {title}
version: 1
status: published
category: money
delivery: no-application
clause: 一
page: 1
departments: [示例部门]
summary: 用于测试
who:
  all:
    - region: {{within: "610600"}}
    - employees: {{at_least: 10}}
benefit: {benefit}
stacking: {stacking}
examples:
  - {{given: {{region: "610602", employees: 10}}, on: 2024-06-30, expect: {{verdict: eligible}}}}
  - {{given: {{region: "610102"}}, on: 2024-06-30, expect: {{verdict: ineligible}}}}
  - {{given: {{}}, on: 2024-06-30, expect: {{verdict: undetermined}}}}
"""
_RIVAL = "[{operator: highest, object: enterprise, items: [pay-2024-a.1]}]"


def by(actor: str = "maker", on: date = DAY) -> By:
    return By(actor, NOW, on)


def code(number: int) -> str:
    """A valid credit code of a made-up enterprise."""
    return complete(f"91610602MAHQ8{number:04}")


def account(number: int) -> Account:
    return Account(f"示例企业{number}", "示例银行", f"0200000{number:05}")


def library(folder: Path) -> Library:
    """The made-up items: a fixed sum, a sum that an office states, and one that only tops up the first."""
    home = folder / "pay-2024-a"
    home.mkdir(parents=True, exist_ok=True)
    (home / "document.yaml").write_text(_DOCUMENT, encoding="utf-8")
    items = (
        (1, "定额奖励", "{fixed: 1万元}", "[]"),
        (2, "核定返还", "{set_elsewhere: 返还标准, by: 返还规定}", "[]"),
        (3, "另一奖励", "{fixed: 3万元}", _RIVAL),
    )
    for number, title, benefit, stacking in items:
        text = _ITEM.format(number=number, title=title, benefit=benefit, stacking=stacking)
        (home / f"{number}.yaml").write_text(text, encoding="utf-8")
    return load_library(folder, bundled())


def statement(number: int, source: Source = Source.TAX, region: str | None = TOWN, **facts: int) -> Statement:
    """What a source says of an enterprise."""
    said = {} if region is None else {"region": Observation(region, Source.REGISTER, DAY)}
    seen = {name: Observation(value, source, DAY) for name, value in facts.items()}
    return Statement(Profile(code(number), f"示例企业{number}", {**said, **seen}), source, DAY, "测试")


def town(url: str, folder: Path, eligible: int = 4) -> Engine:
    """A database with the items, and so many enterprises that are due, from number 1 on; besides them one for which
    the number of employees is not known (101), declared only (102), too small (103), in another town (104)."""
    engine = connect(url)
    migrate(engine)
    others = (
        statement(101),
        statement(102, Source.DECLARED, employees=20),
        statement(103, employees=3),
        statement(104, region="610402", employees=30),
    )
    with writing(engine) as session:
        store_library(session, library(folder / "library"), DAY)
        record(session, [*(statement(number, employees=20) for number in range(1, eligible + 1)), *others], bundled())
    snapshots.refresh(engine, folder / "snapshots", bundled())
    return engine


def item_of(folder: Path, name: str = FIXED) -> Item:
    return library(folder / "library").items[name]


def listed(
    session: Session, folder: Path, seal: Seal, *, item: str = FIXED, occasion: str = "2024年度", plan: Plan = NO_NOTICE
) -> Round:
    """A round with its list of candidates."""
    round_ = make_round(session, item_of(folder, item), occasion, TOWN, DEPARTMENT, plan, by(), seal)
    while not compare(session, round_.id, folder / "snapshots", by(), seal, most=2).done:
        pass
    return load_round(session, round_.id, seal)


def checked(session: Session, round_: Round, seal: Seal) -> Round:
    """The round after its list was submitted by one and checked by another, with its grants."""
    round_ = submit(session, round_.id, round_.revision, by(), seal)
    round_ = check(session, round_.id, round_.revision, by("checker"), seal)
    while carry_on(session, round_.id, by("checker"), seal, most=3).left:
        pass
    return load_round(session, round_.id, seal)


def asked(session: Session, round_: Round, seal: Seal) -> tuple[Grant, ...]:
    """The grants of a round whose enterprises have been asked."""
    round_ = checked(session, round_, seal)
    round_ = ask(session, round_.id, round_.revision, by(), seal)
    while carry_on(session, round_.id, by(), seal, most=3).left:
        pass
    rows = candidates(session, round_.id, limit=None)
    return tuple(load_grant(session, row.grant_id, seal) for row in rows if row.grant_id is not None)


def accepted(session: Session, folder: Path, seal: Seal, *, item: str = FIXED, occasion: str = "2024年度") -> list[str]:
    """The ids of grants that enterprises have agreed to, each with its account."""
    grants = asked(session, listed(session, folder, seal, item=item, occasion=occasion), seal)
    for number, grant in enumerate(grants, start=1):
        if grant.account is None:
            change_account(session, grant.id, account(number), by("owner"), seal)
        accept(session, grant.id, by("owner"), seal)
    return [grant.id for grant in grants]


def batch(session: Session, grant_ids: Sequence[str], seal: Seal) -> Batch:
    """A batch that is released."""
    made = make_batch(session, grant_ids, TOWN, "", by("clerk"), seal)
    return release(session, made.id, made.revision, by("cashier"), seal)


def result(session: Session, batch_id: str, returned: Sequence[str] = (), digest: str = "a" * 64) -> ResultFile:
    """What the bank says of a batch: all is paid but for some grants."""
    return ResultFile(
        tuple(
            Outcome(
                *(line.line + 1, line.reference, line.amount, line.account_tail, line.grant_id not in returned),
                *((None, "户名不符") if line.grant_id in returned else (DAY, "")),
            )
            for line in load_lines(session, batch_id)
        ),
        digest,
    )
