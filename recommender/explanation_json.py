"""Explanations as JSON: stable, canonical, and able to be computed again to the same bytes.

An explanation carries its input, its day, and the id, version and digest of every item that it judged, so that
``recompute`` can be given the same items and must come to the same text. The format has a JSON Schema
(``recommender/schema/explanation.schema.json``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any as Plain

from enterprises.amounts import format_money
from enterprises.calendar import parse_day
from enterprises.dictionary import Dictionary
from enterprises.profiles import read_profile, write_profile
from enterprises.readings import FactRef, Used
from enterprises.source_text import Entry, read_json
from policies.items import Item, canonical_json
from policies.library import Library
from policies.rules import All, Any, AnyRecord, Condition, Not, Some
from policies.wording import say
from recommender.awards import Award
from recommender.combination import Claim, Combination
from recommender.evaluation import Evidence
from recommender.explanation import Explanation, explain
from recommender.gap import Gap
from recommender.logic import Truth
from recommender.match import Match
from recommender.question import Question

FORMAT = "huiqi.explanation/1"
"""Name and version of the format; a change that a reader would notice counts it up."""


class Irreproducible(ValueError):
    """A stored explanation that cannot be computed again: an item version is missing or says something else."""


def to_text(explanation: Explanation) -> str:
    """Canonical JSON: equal explanations, equal bytes."""
    return canonical_json(to_plain(explanation))


def recompute(
    text: str, item_version: Callable[[str, int], Item], dictionary: Dictionary, file: str = "explanation"
) -> str:
    """The text of the same explanation computed afresh; raises as ``reproduce`` does."""
    return to_text(reproduce(text, item_version, dictionary, file))


def reproduce(
    text: str, item_version: Callable[[str, int], Item], dictionary: Dictionary, file: str = "explanation"
) -> Explanation:
    """The same explanation computed afresh from its own input, day and item versions.

    ``item_version`` gives an item by id and version, or raises ``LookupError``; ``file`` is what a ``Problem`` calls
    the text. Raises ``Irreproducible`` where a version is missing or its digest differs, ``Problem`` where the text is
    not an explanation.
    """
    entry = read_json(text, file)
    fields = entry.fields(("format", "on", "profile", "items"), ("matches", "certain", "possible", "questions"))
    fields["format"].one_of((FORMAT,))
    items = [_stored_item(item, item_version) for item in fields["items"].items()]
    library = Library(
        {item.document.id: item.document for item in items}, {item.id: item for item in items}, dictionary
    )
    profile = read_profile(fields["profile"], dictionary)
    return explain(library, profile, fields["on"].read(parse_day))


def _stored_item(entry: Entry, item_version: Callable[[str, int], Item]) -> Item:
    fields = entry.fields(("id", "version", "digest"))
    item_id, version = fields["id"].text(), fields["version"].number()
    try:
        item = item_version(item_id, version)
    except LookupError:
        raise Irreproducible(f"没有事项 {item_id} 的第 {version} 版") from None
    if item.digest != fields["digest"].text():
        raise Irreproducible(f"事项 {item_id} 第 {version} 版的内容与当时不同")
    return item


def to_plain(explanation: Explanation) -> dict[str, Plain]:
    """Plain data of an explanation, as its JSON has it."""
    dictionary = explanation.library.dictionary
    return {
        "format": FORMAT,
        "on": explanation.on.isoformat(),
        "profile": write_profile(explanation.profile, dictionary),
        "items": [
            {"id": match.item.id, "version": match.item.version, "digest": match.item.digest}
            for match in explanation.matches
        ],
        "matches": [_match(match, dictionary) for match in explanation.matches],
        "certain": _combination(explanation.certain),
        "possible": _combination(explanation.possible),
        "questions": [_question(question) for question in explanation.questions],
    }


def _match(match: Match, dictionary: Dictionary) -> dict[str, Plain]:
    item, document = match.item, match.item.document
    return {
        "item": item.id,
        "version": item.version,
        "title": item.title,
        "category": item.category.value,
        "delivery": item.delivery.value,
        "source": {"document": document.title, "number": document.number, "clause": item.clause, "page": item.page},
        "verdict": match.verdict.value,
        "window": {
            "state": match.window.value,
            "opens": item.window.opens.isoformat(),
            "closes": item.window.closes.isoformat() if item.window.closes else None,
        },
        "offered": match.offered,
        "barred": match.barred,
        "unconfirmed": match.unconfirmed,
        "reading": item.reading,
        "needs_confirmation": item.needs_confirmation,
        "evidence": _evidence(match.evidence, item, dictionary, None),
        "missing": _refs(match.missing),
        "benefit": _award(match.award) if match.award is not None else None,
        "gap": _gap(match.gap) if match.gap is not None else None,
        "stacking": [
            {"operator": s.operator.value, "object": s.object.value, "reach": s.reach.value, "note": s.note}
            for s in item.stacking
        ],
    }


_KINDS = {Condition: "condition", All: "all", Any: "any", Not: "not", Some: "some", AnyRecord: "any_record"}


def _evidence(evidence: Evidence, item: Item, dictionary: Dictionary, record: str | None) -> dict[str, Plain]:
    rule = evidence.rule
    inner = rule.kind if isinstance(rule, AnyRecord) else record
    cite = rule.cite if isinstance(rule, Condition) else None
    plain: dict[str, Plain] = {
        "kind": _KINDS[type(rule)],
        "truth": _truth(evidence.truth),
        "text": say(rule, dictionary, record),
        "clause": cite.clause if cite else item.clause,
        "page": cite.page if cite else item.page,
    }
    if evidence.record is not None:
        plain["record"] = evidence.record
    if evidence.finding is not None:
        plain["facts"] = [_used(used, dictionary) for used in evidence.finding.used]
        plain["missing"] = _refs(evidence.finding.missing)
    if evidence.parts:
        plain["parts"] = [_evidence(part, item, dictionary, inner) for part in evidence.parts]
    return plain


def _truth(truth: Truth) -> str:
    return "unknown" if truth is None else str(truth).lower()


def _used(used: Used, dictionary: Dictionary) -> dict[str, Plain]:
    fact, seen = dictionary.fact(used.ref.name, used.ref.record), used.observation
    return {
        **_ref(used.ref),
        "label": fact.label,
        "value": fact.write(seen.value),
        "shown": fact.show(seen.value),
        "source": seen.source.value,
        "observed_on": seen.observed_on.isoformat() if seen.observed_on else None,
    }


def _refs(refs: Iterable[FactRef]) -> list[dict[str, Plain]]:
    return [_ref(ref) for ref in refs]


def _ref(ref: FactRef) -> dict[str, Plain]:
    return {
        "fact": ref.name,
        "year": None if ref.year is None else str(ref.year),
        "record": ref.record,
        "number": ref.number,
    }


def _award(award: Award) -> dict[str, Plain]:
    """Amounts in 分, and as people write them."""
    return {
        "priced": award.priced,
        "low_fen": award.low if award.priced else None,
        "high_fen": award.high if award.priced else None,
        "amount": show_award(award),
        "steps": list(award.steps),
        "unpriced": list(award.unpriced),
        "missing": _refs(award.missing),
    }


def show_award(award: Award) -> str:
    """An award in a few Chinese words: an amount, an interval, or what comes without a figure."""
    priced = [show_amount(award.low, award.high)] if award.priced else []
    return "；".join([*priced, *award.unpriced])


def show_amount(low: int, high: int | None) -> str:
    """An amount or an interval of 分 in Chinese."""
    if low == high:
        return format_money(low)
    if high is None:
        return f"{format_money(low)}以上" if low else "金额待定"
    return f"{format_money(low)} 至 {format_money(high)}" if low else f"最高 {format_money(high)}"


def _gap(gap: Gap) -> dict[str, Plain]:
    return {
        "changes": [{**_ref(change.ref), "text": change.text} for change in gap.changes],
        "then": gap.then,
        "still_unknown": _refs(gap.still_unknown),
    }


def _combination(combination: Combination) -> dict[str, Plain]:
    return {
        "total_fen": combination.total,
        "total": format_money(combination.total),
        "unbounded": combination.unbounded,
        "kept": [{**_claim(k.claim), "amount_fen": k.amount, "reason": k.reason} for k in combination.kept],
        "dropped": [
            {**_claim(d.claim), "because": [_claim(c) for c in d.because], "reason": d.reason}
            for d in combination.dropped
        ],
    }


def _claim(claim: Claim) -> dict[str, Plain]:
    return {"item": claim.item.id, "record": claim.share.record, "number": claim.share.number}


def _question(question: Question) -> dict[str, Plain]:
    return {
        **_ref(question.ref),
        "text": question.text,
        "settles": question.settles,
        "helps": question.helps,
        "money_fen": question.money,
        "unbounded": question.unbounded,
    }
