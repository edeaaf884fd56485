"""Why a match stands where it stands, in one Chinese sentence: what sets it apart from the others of its list most."""

from __future__ import annotations

from policies.items import Delivery
from recommender.explanation_json import show_amount
from recommender.match import Verdict
from recommender.ranking.features import Feature
from recommender.ranking.order import Ranked

_MOST = 3
"""Reasons that are named."""

_NOTICEABLE = 0.05
"""Points of the score; less sets nothing apart."""

_SHOWN = 0.005
"""Points of the score; less shows as none."""

_EASY = (Delivery.NO_APPLICATION, Delivery.INSTANT)
"""What is worth naming as easy; to have to apply is no reason to stand high."""

_SOON = 90
"""Days; a deadline further off than this presses nobody, so it is not named as a reason."""


def explain_position(ranked: Ranked) -> str:
    """E.g. ``排在第 2：金额较大（10万元）、免申即享、还有 12 天截止``.

    Reasons are the features that lift the match most over the mean of its list; where none does, those that lower it;
    where none of those says anything, the feature that differs most from the mean, by how much.
    """
    if ranked.dismissed:
        return f"排在第 {ranked.position}：您说过“不适合我”，所以放在最后，随时可以撤回"
    if ranked.of == 1:
        return "只有这一项"
    largest = sorted(Feature, key=lambda one: -abs(ranked.lifts[one]))
    for_it = [_good(one, ranked) for one in largest if ranked.lifts[one] > _NOTICEABLE]
    against = [_bad(one, ranked) for one in largest if ranked.lifts[one] < -_NOTICEABLE]
    reasons = [reason for reason in for_it if reason] or [reason for reason in against if reason]
    return (
        f"排在第 {ranked.position}：{'、'.join(reasons[:_MOST]) or _by_how_much(largest[0], ranked.lifts[largest[0]])}"
    )


def _by_how_much(feature: Feature, lift: float) -> str:
    if abs(lift) < _SHOWN:
        return "各项都与平均相当，同分的按编号排列"
    return f"“{feature.label}”比平均{'高' if lift > 0 else '低'} {abs(lift):.2f} 分"


def _good(feature: Feature, ranked: Ranked) -> str:
    """Why a feature that lifts it does; empty where that says nothing."""
    match feature:
        case Feature.KIND:
            return f"属于{ranked.item.category.label}"
        case Feature.AMOUNT:
            return f"金额较大（{_amount(ranked)}）"
        case Feature.CERTAINTY:
            return _certain(ranked)
        case Feature.EASE:
            return ranked.item.delivery.label if ranked.item.delivery in _EASY else ""
        case Feature.DEADLINE:
            return _deadline(ranked)
        case Feature.RELEVANCE:
            return "与企业情况较相关"
        case Feature.TAKE_UP:
            return "同类企业申报较多"


def _bad(feature: Feature, ranked: Ranked) -> str:
    match feature:
        case Feature.KIND:
            return f"属于{ranked.item.category.label}，不是资金"
        case Feature.AMOUNT:
            return f"金额较小（{_amount(ranked)}）" if _amount(ranked) else "没有写明金额"
        case Feature.CERTAINTY:
            return _certain(ranked)
        case Feature.EASE:
            return f"办理要多花些功夫（{ranked.item.delivery.label}）"
        case Feature.DEADLINE:
            return "截止还早" if ranked.days_left is not None else "没有载明截止日"
        case Feature.RELEVANCE:
            return "与企业情况关系较远"
        case Feature.TAKE_UP:
            return "同类企业申报较少"


def _amount(ranked: Ranked) -> str:
    award = ranked.match.award
    return "" if award is None or not award.priced else show_amount(award.low, award.high)


def _certain(ranked: Ranked) -> str:
    found = ranked.match
    if found.verdict is Verdict.ELIGIBLE:
        return "依据企业填报，还没有核实" if found.unconfirmed else "符合条件且依据已核实"
    if found.verdict is Verdict.INELIGIBLE:
        return ""
    return f"只差 {len(found.missing)} 项信息" if len(found.missing) == 1 else f"还差 {len(found.missing)} 项信息"


def _deadline(ranked: Ranked) -> str:
    """How long it still is: an item's own last day is one to apply by, a document's only the end of the policy."""
    left = ranked.days_left
    if left is None or left > _SOON:
        return ""
    own = ranked.item.window != ranked.item.document.validity
    if left == 0:
        return "今天是最后一天" if own else "今天是政策有效期的最后一天"
    return f"还有 {left} 天截止" if own else f"政策还有 {left} 天到期"
