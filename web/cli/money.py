"""What the commands about rounds and payments share: who acts, on which day, and how refusals end a command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import click

from enterprises.calendar import system_clock, today
from enterprises.sealing import BadKeys, Seal, keys_of
from recommender.grants.states import NoSuchGrant, Refused
from recommender.payments.batches import NoSuchBatch
from recommender.payments.round_states import NoSuchRound
from web.commands import Failure, WrongInput
from web.stored import reading_database, writing_database

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.grants.deeds import By

by_option = click.option("--by", "actor", metavar="账号", required=True, help="以哪个账号办理；记入经过和审计日志。")
reason_option = click.option("--reason", metavar="原因", required=True, help="写明原因。")


def acting(actor: str, on: date | None) -> By:
    """Somebody who acts now, judged on a day."""
    from recommender.grants.deeds import By

    return By(actor, system_clock(), on or today())


@contextmanager
def changing() -> Iterator[tuple[Session, Seal]]:
    """A transaction and the keys."""
    with _helping() as seal, writing_database(os.environ.get("DATABASE_URL")) as session:
        yield session, seal


@contextmanager
def looking() -> Iterator[tuple[Session, Seal]]:
    """A session in which nothing changes, and the keys."""
    with _helping() as seal, reading_database(os.environ.get("DATABASE_URL")) as session:
        yield session, seal


@contextmanager
def _helping() -> Iterator[Seal]:
    from recommender.payments.sheets import BadList

    try:
        yield Seal(keys_of())
    except (BadKeys, Refused) as refusal:
        raise Failure(str(refusal)) from None
    except BadList as error:
        raise WrongInput("\n".join(map(str, error.problems))) from None
    except (NoSuchRound, NoSuchBatch, NoSuchGrant):
        raise WrongInput("没有这个编号。请核对编号") from None
