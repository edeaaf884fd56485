"""What people type about a grant: why they do not want it, and what is wrong with its account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

REASONS = ("不需要这笔资金", "觉得自己不符合条件", "怕影响享受别的政策", "其他原因")
"""Why somebody may not want money; the last one takes a word of explanation."""

LONGEST_WORDS = 300
"""Characters that may be typed beside a reason."""


@dataclass(frozen=True)
class Typed:
    """What was typed into a form, with its mistakes by field."""

    values: Mapping[str, str]
    mistakes: Mapping[str, str]


NOTHING = Typed({}, {})


def read_reason(form: Mapping[str, str]) -> Typed:
    """Why somebody does not want a grant."""
    reason, words = form.get("reason", ""), form.get("words", "").strip()
    mistakes = {}
    if reason not in REASONS:
        mistakes["reason"] = "请选一个原因"
    if reason == REASONS[-1] and not words:
        mistakes["words"] = "请写一句是什么原因"
    if len(words) > LONGEST_WORDS:
        mistakes["words"] = _TOO_LONG
    return Typed({"reason": reason, "words": words}, mistakes)


def read_words(form: Mapping[str, str]) -> Typed:
    """What is wrong with an account, in the words of whoever says so."""
    words = form.get("words", "").strip()
    if not words:
        return Typed({"words": words}, {"words": "请写一句哪里不对"})
    return Typed({"words": words}, {"words": _TOO_LONG} if len(words) > LONGEST_WORDS else {})


_TOO_LONG = f"太长了，最多 {LONGEST_WORDS} 个字"
