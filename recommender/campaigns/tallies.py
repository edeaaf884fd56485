"""Tallies of a campaign: how many were planned, sent, reached and took it up, and the rates that follow."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of enterprises, messages or pushes; which, says whoever has it (``recommender.campaigns.statistics``).

    ``planned`` is the sum of the next four. Each of the last four but ``applied`` includes the ones after it, all are
    part of ``sent``.
    """

    planned: int = 0
    sent: int = 0
    waiting: int = 0
    skipped: int = 0
    failed: int = 0
    delivered: int = 0
    opened: int = 0
    followed: int = 0
    applied: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(one + more for one, more in zip(astuple(self), astuple(other), strict=True)))

    @property
    def reach(self) -> Fraction | None:
        """触达率: delivered by planned; ``None`` where nothing was planned."""
        return _share(self.delivered, self.planned)

    @property
    def opening(self) -> Fraction | None:
        """打开率: opened by delivered."""
        return _share(self.opened, self.delivered)

    @property
    def following(self) -> Fraction | None:
        """查看率: followed by delivered."""
        return _share(self.followed, self.delivered)

    @property
    def uptake(self) -> Fraction | None:
        """申报率: applied by delivered."""
        return _share(self.applied, self.delivered)


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


DEFINITIONS: tuple[tuple[str, str], ...] = (
    ("计划", "审批后列进名单的。等于已发出、等待、不再发送、失败四项之和。"),
    ("已发出", "渠道已经接收；收到过回执的也算。"),
    ("已送达", "有送达回执的；打开过、查看过的也算送达。"),
    ("已打开", "有人读过消息，或从消息查看了事项。"),
    ("已查看", "发出以后，企业打开过事项的页面。"),
    ("已申报", "送达的企业中，发出以后说过已经申报或已经兑现的。"),
    ("触达率", "已送达 ÷ 计划。"),
    ("打开率、查看率、申报率", "已打开、已查看、已申报分别 ÷ 已送达。"),
)
"""What each figure means, for the page and the workbook."""
