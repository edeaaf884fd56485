"""What was measured as plain data, for machines."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from recommender.quality.evaluation import Evaluation


def plain(evaluation: Evaluation) -> dict[str, Any]:
    """The evaluation as JSON holds it: days as text, keys as text, what was not measured as ``None``."""
    found: dict[str, Any] = _plain(asdict(evaluation))
    if evaluation.pairs is not None:
        found["pairs"] |= {"precision": evaluation.pairs.precision, "recall": evaluation.pairs.recall}
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value
