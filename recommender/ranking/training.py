"""Training: learn a new version of the ranking from recorded feedback, check it, and use it only if it is no worse.

A new version is stored with its figures, whatever they are. It comes into use where its nDCG on the enterprises that
were held out is not below that of the present one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from enterprises.dictionary import Dictionary
from recommender.ranking.features import Feature
from recommender.ranking.gain import K
from recommender.ranking.held_out import (
    LEAST_HELD_OUT,
    by_weights,
    by_worth,
    can_tell,
    is_held_out,
    mean_at_random,
    mean_ndcg,
)
from recommender.ranking.learning import CannotLearn, check_enough, learn
from recommender.ranking.lists import LeftOut, Lists, judged_lists
from recommender.ranking.relevance import Relevance
from recommender.ranking.tables import load_take_up, wait_for_turn
from recommender.ranking.versions import (
    Version,
    activate,
    active_weights,
    ensure_stated,
    list_versions,
    next_name,
    store_version,
)
from recommender.ranking.weights import Weights, stated

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Trained:
    """What was learnt: a version, whether it is ``new``, whether it came into use, and feedback left out, by reason.

    What is stored already under another name is that version again, and changes nothing, be it in use or not.
    """

    version: Version
    new: bool
    activated: bool
    left_out: Mapping[LeftOut, int]


def train(session: Session, dictionary: Dictionary, relevance: Relevance | None, moment: datetime) -> Trained:
    """Learn from all feedback that is stored. The caller commits; ``moment`` is aware.

    Raises ``CannotLearn`` with what is lacking or what makes no sense, ``StrangeWeights``, ``ChangedWeights``.
    """
    wait_for_turn(session)
    ensure_stated(session, moment)
    lists = judged_lists(session, dictionary, relevance, load_take_up(session))
    current = active_weights(session)
    weights, figures = learn_and_check(lists, current, next_name(session))
    text = weights.to_text()
    for version in list_versions(session):
        if version.text == text:
            return Trained(version, False, False, lists.left_out)
    figures["encoder"] = None if relevance is None else relevance.digest
    version = store_version(
        session,
        weights,
        moment,
        enterprises=len(lists.lists),
        judged=lists.judged,
        feedback_until=lists.until,
        figures=figures,
    )
    better = figures["ndcg"]["new"] >= figures["ndcg"]["current"] - _ROUNDING
    if better:
        said = f"留出企业上 nDCG@{K} {figures['ndcg']['new']:.4f}，原来 {figures['ndcg']['current']:.4f}"
        activate(session, version.name, f"训练后自动启用：{said}", moment)
    return Trained(version, True, better, lists.left_out)


def learn_and_check(lists: Lists, current: Weights, name: str) -> tuple[Weights, dict[str, Any]]:
    """Weights learnt from four in five enterprises, and how they and others do on the fifth. Raises ``CannotLearn``."""
    check_enough(lists.lists)
    known = [one for one in lists.lists if not is_held_out(one.enterprise)]
    held_out = [one for one in lists.lists if is_held_out(one.enterprise) and can_tell(one)]
    if len(held_out) < LEAST_HELD_OUT:
        raise CannotLearn(
            f"反馈还不够，不能检验：留出的企业里，反馈有高有低的至少要 {LEAST_HELD_OUT} 家，现有 {len(held_out)} 家"
        )
    # From the stated weights, not the present ones, so that the same feedback gives the same weights again.
    learned = learn(known, stated().weights, name)
    figures = {
        "pairs": learned.pairs,
        "kept": [one.value for one in learned.kept],
        "doubted": [one.value for one in learned.doubted],
        "dropped": [one.value for one in learned.dropped],
        "held_out": len(held_out),
        "against": current.name,
        "ndcg": {
            "new": mean_ndcg(held_out, by_weights(learned.weights)),
            "current": mean_ndcg(held_out, by_weights(current)),
            "stated": mean_ndcg(held_out, by_weights(stated().weights)),
            "worth": mean_ndcg(held_out, by_worth),
            "random": mean_at_random(held_out),
        },
    }
    return learned.weights, figures


_REMARKS = {
    "kept": "在这些反馈里几乎没有差别，学不到，仍用初始权重",
    "doubted": "按这些反馈越高反而越不受欢迎，不合常理，仍用初始权重。请核对反馈是否记反、是否有代表性",
    "dropped": "按这些反馈不是优点，不计",
}


def remarks(figures: Mapping[str, Any]) -> tuple[str, ...]:
    """What is to be said of features of which nothing usable was learnt, by the figures of a version."""
    named = {key: "、".join(f"“{Feature(one).label}”" for one in figures.get(key, ())) for key in _REMARKS}
    return tuple(f"{labels}：{_REMARKS[key]}" for key, labels in named.items() if labels)
