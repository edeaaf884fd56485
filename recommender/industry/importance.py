"""How much each clue of ``weighing`` counts, fitted to labelled scopes as they are and with less or more in them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np

from recommender.industry.classifier import Classifier, division_starts
from recommender.industry.examples import Labelled
from recommender.industry.weighing import CLUES, Floats, clues, softmax


def fit_importance(model: Classifier, scopes: Sequence[Labelled], chance: random.Random) -> Floats:
    """The weights of the clues that make the labelled scopes likeliest, slightly regularised, shape (clues,)."""
    from scipy.optimize import minimize

    places = {code: place for place, code in enumerate(model.codes)}
    cases = [
        (_clues_of(model, name, scope), places[each.code]) for each in scopes for name, scope in _variants(each, chance)
    ]
    speaking = np.stack([found for found, _ in cases if found is not None])
    truth = np.array([place for found, place in cases if found is not None])
    rows = np.arange(len(truth))

    def loss(weights: Floats) -> tuple[float, Floats]:
        probabilities = softmax(speaking @ weights)
        gradient = np.einsum("ngk,ng->k", speaking, probabilities) - speaking[rows, truth].sum(axis=0)
        value = -np.log(probabilities[rows, truth] + 1e-12).sum() + weights @ weights
        return float(value), gradient + 2 * weights

    start = np.full(len(CLUES), 0.3)
    fitted = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * len(CLUES))
    return np.asarray(np.round(fitted.x, 4))


_VAGUE = (
    "商贸有限公司",
    "科技有限公司",
    "实业有限公司",
    "贸易有限公司",
    "工贸有限公司",
    "有限责任公司",
    "经营部",
    "发展有限公司",
)


def _variants(each: Labelled, chance: random.Random) -> Iterator[tuple[str, str]]:
    """A labelled scope as it is, without its name, under vague ones, and as a licence with more in it may have it."""
    yield each.name, each.scope
    yield "", each.scope
    yield from ((f"鑫源{form}", each.scope) for form in chance.sample(_VAGUE, 2))
    # Where other activities come first, the main one may stand under 许可项目, or anywhere.
    more = "；".join(chance.sample(_MORE, 3))
    yield each.name, f"一般项目：{more}；{each.scope}" if chance.random() < 0.3 else f"{each.scope}；{more}"


_MORE = (
    *(
        "日用百货销售",
        "建筑材料销售",
        "机械设备租赁",
        "信息咨询服务",
        "货物进出口",
        "广告设计、代理",
        "办公用品销售",
        "企业管理咨询",
    ),
    *(
        "会议及展览服务",
        "非居住房地产租赁",
        "技术服务、技术开发、技术咨询",
        "五金产品零售",
        "劳务服务",
        "互联网销售",
        "装卸搬运",
    ),
)


def _clues_of(model: Classifier, name: str, scope: str) -> Floats | None:
    told = model.told(scope, name)
    if told is None:
        return None
    return clues(told.activities, told.name, division_starts(model.codes))
