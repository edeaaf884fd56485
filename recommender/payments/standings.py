"""How an enterprise stands in a round: due its grant, or why not, in words that say what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from recommender.grants.states import Why


class Standing(StrEnum):
    """Only those who are ``DUE`` become grants."""

    DUE = "due"
    STRUCK = "struck"
    SHORT = "short"
    MISSING = "missing"
    UNCONFIRMED = "unconfirmed"
    INEXACT = "inexact"
    UNSTATED = "unstated"
    RECEIVED = "received"
    GRANTED = "granted"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Standing.DUE: "可以发放",
    Standing.STRUCK: "已剔除",
    Standing.SHORT: "预算不足",
    Standing.MISSING: "还缺信息",
    Standing.UNCONFIRMED: "信息没有核实",
    Standing.INEXACT: "金额不确定",
    Standing.UNSTATED: "没有核定金额",
    Standing.RECEIVED: "领取过",
    Standing.GRANTED: "已有一笔",
    Standing.REFUSED: "不符合",
}

STANDING_OF: Mapping[Why, Standing] = {
    Why.UNDETERMINED: Standing.MISSING,
    Why.UNCONFIRMED: Standing.UNCONFIRMED,
    Why.INEXACT: Standing.INEXACT,
    Why.UNSTATED: Standing.UNSTATED,
    Why.RECEIVED: Standing.RECEIVED,
    Why.OTHER: Standing.REFUSED,
}
"""What is said of somebody who is not entitled."""
