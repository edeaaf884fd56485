"""Versions of the ranking in the database, and the log of which one is in use: both are only ever added to.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Text, select
from sqlmodel import Field, Session, col

from enterprises.database import Row, UtcDateTime
from enterprises.source_text import BadText, is_one_line, suggest
from policies.items import canonical_json
from recommender.ranking.tables import wait_for_turn
from recommender.ranking.weights import LEARNED, Weights, read_weights, stated


class RankingVersionRow(Row, table=True):
    """Weights under a name, with what they were learnt from; ``figures``: how they did when they were checked, as JSON.

    ``enterprises`` and ``judged`` (pairs of an enterprise and an item) are 0 of stated weights.
    """

    __tablename__ = "ranking_versions"

    name: str = Field(primary_key=True, max_length=32)
    number: int = Field(unique=True)
    weights: str = Field(sa_type=Text)
    enterprises: int
    judged: int
    feedback_until: int
    figures: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)


class RankingActivationRow(Row, table=True):
    """A version coming into use, ``rollback`` where that takes back the one before."""

    __tablename__ = "ranking_activations"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=32, foreign_key="ranking_versions.name")
    act: str
    reason: str
    at: datetime = Field(sa_type=UtcDateTime)


class Act(StrEnum):
    """How a version came into use."""

    ACTIVATE = "activate"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Version:
    """A stored version. ``text`` is its weights as they are kept."""

    name: str
    text: str
    enterprises: int
    judged: int
    feedback_until: int
    figures: dict[str, Any]
    created_at: datetime

    @property
    def weights(self) -> Weights:
        """Raises ``StrangeWeights``."""
        return read_weights(self.name, self.text)


@dataclass(frozen=True, slots=True)
class Activation:
    """An entry of the log."""

    name: str
    act: Act
    reason: str
    at: datetime


def store_version(
    session: Session,
    weights: Weights,
    moment: datetime,
    *,
    enterprises: int = 0,
    judged: int = 0,
    feedback_until: int = 0,
    figures: dict[str, Any] | None = None,
) -> Version:
    """Keep weights under their name, not in use yet; ``moment`` is aware. The caller commits."""
    wait_for_turn(session)
    last = session.scalar(select(col(RankingVersionRow.number)).order_by(col(RankingVersionRow.number).desc()).limit(1))
    row = RankingVersionRow(
        name=weights.name,
        number=(last or 0) + 1,
        weights=weights.to_text(),
        enterprises=enterprises,
        judged=judged,
        feedback_until=feedback_until,
        figures=canonical_json(figures or {}),
        created_at=moment,
    )
    session.add(row)
    session.flush()
    return _version(row)


def ensure_stated(session: Session, moment: datetime) -> None:
    """Keep the stated weights that this program ships with, so that orders made by them can be made again later.

    Raises ``ChangedWeights`` where others are kept under their name.
    """
    wait_for_turn(session)
    shipped = stated().weights
    kept = session.get(RankingVersionRow, shipped.name)
    if kept is None:
        store_version(session, shipped, moment)
    elif kept.weights != shipped.to_text():
        raise ChangedWeights(f"初始权重改过，版本号却没有变（{shipped.name}）。请在 weights.yaml 里把 version 加一")


class ChangedWeights(ValueError):
    """Stated weights that say something else under the same version."""


def next_name(session: Session) -> str:
    """The name of the next version that is learnt."""
    wait_for_turn(session)
    names = session.scalars(select(col(RankingVersionRow.name)).where(col(RankingVersionRow.name).startswith(LEARNED)))
    return f"{LEARNED}-{max((int(name.rpartition('-')[2]) for name in names), default=0) + 1}"


def list_versions(session: Session) -> tuple[Version, ...]:
    """All versions, oldest first."""
    return tuple(map(_version, session.scalars(select(RankingVersionRow).order_by(col(RankingVersionRow.number)))))


def find_version(session: Session, name: str) -> Version:
    """The version of that name. Raises ``BadText``, in Chinese, where there is none."""
    row = session.get(RankingVersionRow, name)
    if row is None:
        names = dict.fromkeys([stated().weights.name, *(version.name for version in list_versions(session))])
        raise BadText(f"没有排序版本“{name}”", suggest(name, names))
    return _version(row)


def named_weights(session: Session, name: str) -> Weights:
    """The weights of that name; the shipped ones are known before they are stored. Raises as ``find_version``, and
    ``StrangeWeights``.
    """
    shipped = stated().weights
    return shipped if name == shipped.name else find_version(session, name).weights


def activations(session: Session) -> tuple[Activation, ...]:
    """The log of what came into use, oldest first."""
    rows = session.scalars(select(RankingActivationRow).order_by(col(RankingActivationRow.id)))
    return tuple(Activation(row.name, Act(row.act), row.reason, row.at) for row in rows)


def active_weights(session: Session) -> Weights:
    """The weights in use: of the version that came into use last, else the stated ones. Raises ``StrangeWeights``."""
    wanted = select(col(RankingActivationRow.name)).order_by(col(RankingActivationRow.id).desc()).limit(1)
    name = session.scalar(wanted)
    return stated().weights if name is None else find_version(session, name).weights


def activate(session: Session, name: str, reason: str, moment: datetime) -> None:
    """Bring a version into use; one that is already changes nothing. The caller commits.

    Raises ``BadText`` where there is none of that name or the reason says nothing or is more than a line,
    ``StrangeWeights`` where it cannot be used.
    """
    _check_reason(reason)
    wait_for_turn(session)
    weights = find_version(session, name).weights
    if _stack(session)[-1] != weights.name:
        _log(session, weights.name, Act.ACTIVATE, reason, moment)


def rollback(session: Session, reason: str, moment: datetime) -> str:
    """Bring the version back that was in use before the present one, and give its name. The caller commits.

    Raises ``BadText`` where there was none before, and for its reason as ``activate``.
    """
    _check_reason(reason)
    wait_for_turn(session)
    stack = _stack(session)
    if len(stack) == 1:
        raise BadText("现在用的就是最初的权重，没有更早的版本可以退回", "可用 huiqi ranking list 查看各版本")
    name = stack[-2]
    ensure_stated(session, moment)
    find_version(session, name).weights  # noqa: B018 -- what cannot be used must not come into use
    _log(session, name, Act.ROLLBACK, reason, moment)
    return name


def _check_reason(reason: str) -> None:
    """A line break or the like would look like another entry of the log."""
    if not reason.strip():
        raise BadText("没有写原因", "请写一句为什么，会记入启用记录")
    if not is_one_line(reason):
        raise BadText("原因里有换行或看不见的字符", "请写成一行文字")


def _stack(session: Session) -> list[str]:
    """The versions in use one upon the other, the present one last: to roll back takes the last one off."""
    stack = [stated().weights.name]
    for entry in activations(session):
        if entry.act is Act.ROLLBACK:
            stack.pop()
        else:
            stack.append(entry.name)
    return stack


def _log(session: Session, name: str, act: Act, reason: str, moment: datetime) -> None:
    session.add(RankingActivationRow(name=name, act=act.value, reason=reason, at=moment))
    session.flush()


def _version(row: RankingVersionRow) -> Version:
    return Version(
        row.name,
        row.weights,
        row.enterprises,
        row.judged,
        row.feedback_until,
        json.loads(row.figures),
        row.created_at,
    )
