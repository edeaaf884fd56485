"""Whether an enterprise is due a grant, and how much: only what is proven, and to the 分.

Pure: the answer follows from an explanation, and comes with the part of it that proves it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from enterprises.amounts import format_money
from enterprises.calendar import format_day
from enterprises.readings import EnterpriseOn
from policies.benefits import SetElsewhere, formulas
from policies.items import Category, Delivery, Item, WindowState
from policies.library import Library
from recommender.combination import best_combination
from recommender.explanation import Explanation
from recommender.grants.states import MOST, Refused, Why
from recommender.match import Match, Verdict
from recommender.missing import say_missing
from recommender.question import questions


class NotEntitled(Refused):
    """The enterprise is not due the grant, or nobody can say so yet; the message says why."""

    def __init__(self, message: str, why: Why = Why.OTHER) -> None:
        super().__init__(message)
        self.why = why


@dataclass(frozen=True, slots=True)
class Stated:
    """An amount in 分 that an office computed by a rule which the policy only refers to, and how, step by step."""

    amount: int
    steps: tuple[str, ...]
    office: str


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What an enterprise is due. ``office``: who stated the amount; ``None`` where the policy's formula gives it.

    ``proof``: the explanation of this item alone, from which all of it can be computed again.
    """

    item: Item
    amount: int
    steps: tuple[str, ...]
    office: str | None
    proof: Explanation


def entitlement(explanation: Explanation, item_id: str, stated: Stated | None = None) -> Entitlement:
    """What the enterprise is due of an item that needs no application.

    ``stated`` where, and only where, the item leaves the amount to another rule. Raises ``NotEntitled``: unless every
    condition is known to be true from sources on which money may be granted, and the amount is exact.
    """
    match = next((match for match in explanation.matches if match.item.id == item_id), None)
    if match is None:
        raise NotEntitled(f"判断结果里没有事项“{item_id}”")
    if explanation.profile.credit_code is None:
        raise NotEntitled("不知道是哪家企业：没有统一社会信用代码")
    if match.item.delivery is not Delivery.NO_APPLICATION:
        raise NotEntitled(f"“{match.item.title}”的兑现方式是“{match.item.delivery.label}”，不是免申即享")
    if match.item.category is not Category.MONEY:
        raise NotEntitled(f"“{match.item.title}”属于“{match.item.category.label}”，不是发放的资金")
    _check(match, explanation)
    proof = _narrowed(explanation, match)
    amount, steps = _amount(match, proof, stated)
    return Entitlement(match.item, amount, steps, None if stated is None else stated.office, proof)


def _check(match: Match, explanation: Explanation) -> None:
    title, window = f"“{match.item.title}”", match.item.window
    match match.window:
        case WindowState.NOT_YET:
            raise NotEntitled(f"{title}{format_day(window.opens)}才开始")
        case WindowState.EXPIRED:
            assert window.closes is not None
            raise NotEntitled(f"{title}已于{format_day(window.closes)}到期")
    if match.barred:
        raise NotEntitled("企业已注销或被吊销执照")
    if match.verdict is Verdict.UNDETERMINED:
        missing = say_missing(match.missing, explanation.library.dictionary)
        raise NotEntitled(f"{title}还不能认定。{missing}", Why.UNDETERMINED)
    if match.verdict is Verdict.INELIGIBLE:
        raise NotEntitled(f"企业不符合{title}的条件")
    if match.unconfirmed:
        raise NotEntitled(f"{title}依据的信息里有企业自己填报的，要先由登记、税务或统计的数据核实", Why.UNCONFIRMED)


def _amount(match: Match, proof: Explanation, stated: Stated | None) -> tuple[int, tuple[str, ...]]:
    award = match.award
    elsewhere = any(isinstance(part, SetElsewhere) for part in formulas(match.item.benefit))
    if award is not None and award.priced:
        if stated is not None:
            raise NotEntitled("金额由政策的公式算出，不能另填")
        if elsewhere or not award.exact:
            raise NotEntitled(f"“{match.item.title}”的金额还不是一个确定的数", Why.INEXACT)
        return _checked(award.low - _received(match, proof, award.low)), (*award.steps, *_reasons(proof))
    if not elsewhere:
        raise NotEntitled(f"“{match.item.title}”不发钱")
    if stated is None:
        raise NotEntitled(f"“{match.item.title}”的金额由别的规定确定，请填写核定的金额和算法", Why.UNSTATED)
    if not stated.steps or not all(step.strip() for step in stated.steps) or not stated.office.strip():
        raise NotEntitled("请写明金额是谁、怎样核定的")
    return _checked(stated.amount), stated.steps


def _received(match: Match, proof: Explanation, amount: int) -> int:
    """What is taken off since it was received before; exactly known, or nothing is granted."""
    kept, possible = (sum(one.amount for one in side.kept) for side in (proof.certain, proof.possible))
    if kept <= 0 or kept != possible:
        because = "；".join(dropped.reason for dropped in proof.certain.dropped) or format_money(kept)
        raise NotEntitled(f"“{match.item.title}”的一部分或全部已经领取过：{because}", Why.RECEIVED)
    return amount - kept


def _reasons(proof: Explanation) -> tuple[str, ...]:
    """Why less is paid than the formula gives; nothing where all of it is."""
    kept, dropped = proof.certain.kept, proof.certain.dropped
    reasons = [*(one.reason for one in kept), *(one.reason for one in dropped)]
    return tuple(reason for reason in reasons if reason)


def _checked(amount: int) -> int:
    if not 0 < amount < MOST:
        raise NotEntitled(f"金额 {format_money(amount)} 不能发放")
    return amount


def _narrowed(explanation: Explanation, match: Match) -> Explanation:
    """The same explanation of one item only: as small as a proof can be."""
    item, library = match.item, explanation.library
    subject = EnterpriseOn(explanation.profile, explanation.on, library.dictionary)
    certain, possible = best_combination((match,), subject)
    return replace(
        explanation,
        library=Library({item.document.id: item.document}, {item.id: item}, library.dictionary),
        matches=(match,),
        certain=certain,
        possible=possible,
        questions=questions((match,), library.dictionary, explanation.profile),
    )
