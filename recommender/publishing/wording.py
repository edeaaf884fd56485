"""What the examples of an item say went wrong, in the words of pages instead of those of its file."""

from __future__ import annotations

import re

from enterprises.dictionary import Dictionary
from policies.items import WindowState
from recommender.match import Verdict

_NAME = re.compile(r"[a-z][a-z_0-9]+", re.ASCII)


def say_failure(message: str, dictionary: Dictionary) -> str:
    """A message of ``recommender.examples.run`` in Chinese: 应为 不符合，得到 符合."""
    labels = _labels(dictionary)
    return _NAME.sub(lambda found: labels.get(found[0], found[0]), message)


def _labels(dictionary: Dictionary) -> dict[str, str]:
    fields = {name: fact.label for kind in dictionary.records.values() for name, fact in kind.fields.items()}
    kinds = {name: kind.label for name, kind in dictionary.records.items()}
    facts = {name: fact.label for name, fact in dictionary.facts.items()}
    verdicts = {each.value: each.label for each in Verdict}
    own = {"given": "企业情况", "amount": "金额", **{each.value: each.label for each in WindowState}}
    return fields | kinds | facts | verdicts | own
