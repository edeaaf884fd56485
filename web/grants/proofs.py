"""A stored explanation of one item as a page shows it: what was known on the day, and from where.

Read from its text, byte for byte as it was kept: what proved something then is shown, not what would be found today.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from enterprises.calendar import format_day
from enterprises.dictionary import Source
from web.checkup.lines import Line

_TRUTHS = {"true": True, "false": False, "unknown": None}
_WORDS = {True: "符合", False: "不成立", None: "待补充"}


@dataclass(frozen=True, slots=True)
class Proof:
    """What an item demanded, each with its answer, as of a day."""

    on: date
    lines: tuple[Line, ...]


def read_proof(text: str, item_id: str) -> Proof:
    """The evidence on one item in the JSON of an explanation. Raises ``LookupError`` where it is not about the item."""
    plain = json.loads(text)
    match = next((match for match in plain["matches"] if match["item"] == item_id), None)
    if match is None:
        raise LookupError(f"the explanation has no match of {item_id}")
    evidence = match["evidence"]
    demands = evidence["parts"] if evidence["kind"] == "all" else [evidence]
    return Proof(date.fromisoformat(plain["on"]), tuple(map(_line, demands)))


def _line(evidence: dict[str, Any]) -> Line:
    truth, parts = _TRUTHS[evidence["truth"]], evidence.get("parts", [])
    return Line(
        truth=truth,
        word=_WORDS[truth],
        text=evidence["text"],
        values=tuple(_values(evidence)),
        place="" if parts else f"{evidence['clause']}，第 {evidence['page']} 页",
        parts=tuple(map(_line, parts)),
    )


def _values(evidence: dict[str, Any]) -> Iterator[str]:
    for fact in evidence.get("facts", []):
        year = "" if fact["year"] is None else f"{fact['year']} 年"
        day = f"，{format_day(date.fromisoformat(fact['observed_on']))}" if fact["observed_on"] else ""
        yield f"{year}{fact['label']}：{fact['shown']}（{Source(fact['source']).label}{day}）"
