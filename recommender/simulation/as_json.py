"""A simulation as JSON. Money is in integer 分, days are ``2024-06-30``, codes are those of the dictionary.

Top level: ``item``, ``on``, ``population``, ``result`` (a cost), ``groups`` (by dimension a list of ``key``, ``name``,
``enterprises`` and a cost; ``key`` null: not known), ``funnel``, ``unmet``, ``contradictions``, ``overlaps``,
``change`` (null: nothing was compared), ``curves``.

A cost: ``eligible``, ``low``, ``high``, ``unbounded``, ``unpriced``, ``undetermined``, ``could_add``,
``could_unbounded``, ``could_unpriced`` as ``recommender.simulation.costs.Cost`` explains them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from fractions import Fraction
from typing import Any as Plain

from enterprises import industries, regions
from enterprises.dictionary import Value
from policies.items import Item
from policies.rule_text import write_rule
from policies.wording import say
from recommender.simulation.costs import Cost
from recommender.simulation.curves import Curve
from recommender.simulation.overlaps import Said, excludes
from recommender.simulation.reach import Group, Shift, Simulation, Step

FORMAT = 1
"""Counts up whenever a key changes its meaning or goes."""


def to_plain(simulation: Simulation, curves: Iterable[Curve], most_overlaps: int | None = None) -> dict[str, Plain]:
    """The simulation with these curves; ``most_overlaps``: only so many of them, the largest."""
    dictionary, change = simulation.dictionary, simulation.change
    return {
        "format": FORMAT,
        "item": _item(simulation.item) | {"window": simulation.item.window.state(simulation.on).value},
        "on": simulation.on.isoformat(),
        "population": {
            "digest": simulation.population.digest,
            "made_up": simulation.population.made_up,
            "rows": simulation.population.rows,
            "gone": simulation.gone,
        },
        "result": _cost(simulation.cost) | {"set_elsewhere": simulation.set_elsewhere},
        "groups": {
            dimension: [_group(dimension, group) for group in groups] for dimension, groups in simulation.groups.items()
        },
        "funnel": [
            _step(step) | {"rule": write_rule(step.rule, dictionary), "words": say(step.rule, dictionary)}
            for step in simulation.funnel.steps
        ],
        "unmet": [
            {"rule": write_rule(rule, dictionary), "words": say(rule, dictionary)} for rule in simulation.funnel.unmet
        ],
        "contradictions": {
            "complete": simulation.contradictions.complete,
            "found": [
                {
                    "parts": [write_rule(part, dictionary, each.record) for part in each.parts],
                    "words": [say(part, dictionary, each.record) for part in each.parts],
                    "record": each.record,
                    "whole": each.whole,
                }
                for each in simulation.contradictions.found
            ],
        },
        "overlaps": [
            _item(overlap.item)
            | {"both": overlap.both, "possibly": overlap.possibly, "excludes": excludes(overlap.said)}
            | {"said": [_said(said) for said in overlap.said]}
            for overlap in simulation.overlaps[:most_overlaps]
        ],
        "change": None
        if change is None
        else _shift(change.total)
        | {"from": _item(change.before), "by_county": [_shift(shift) for shift in change.by_county]},
        "curves": [_curve(curve, simulation) for curve in curves],
    }


def to_text(simulation: Simulation, curves: Iterable[Curve]) -> str:
    """The same as text."""
    return json.dumps(to_plain(simulation, curves), ensure_ascii=False, indent=2) + "\n"


def name_of(dimension: str, key: str | None) -> str:
    """A group's name in Chinese."""
    if key is None:
        return "不清楚"
    match dimension:
        case "city" | "county":
            return regions.full_name(key)
        case "section" | "division":
            return industries.industry(key).name
        case _:
            return key


def _item(item: Item) -> dict[str, Plain]:
    return {"id": item.id, "version": item.version, "digest": item.digest, "title": item.title}


def _cost(cost: Cost) -> dict[str, Plain]:
    return asdict(cost)


def _group(dimension: str, group: Group) -> dict[str, Plain]:
    name = name_of(dimension, group.key)
    return {"key": group.key, "name": name, "enterprises": group.enterprises} | _cost(group.cost)


def _step(step: Step) -> dict[str, Plain]:
    return {
        name: {"eligible": sure, "undetermined": perhaps}
        for name, (sure, perhaps) in (("alone", step.alone), ("left", step.left), ("without", step.without))
    }


def _said(said: Said) -> dict[str, Plain]:
    statement = said.statement
    return {
        "by": said.carrier.id,
        "operator": statement.operator.value,
        "object": statement.object.value,
        "reach": statement.reach.value,
        "every": statement.every,
        "alike": statement.alike,
        "words": statement.label,
    }


def _shift(shift: Shift) -> dict[str, Plain]:
    return {
        "key": shift.key,
        "kept": shift.kept,
        "gained": shift.gained,
        "lost": shift.lost,
        "before": _cost(shift.before),
        "after": _cost(shift.after),
    }


def _curve(curve: Curve, simulation: Simulation) -> dict[str, Plain]:
    lever, dictionary = curve.lever, simulation.dictionary
    return {
        "threshold": lever.name,
        "operator": lever.operator.value,
        "year": None if lever.year is None else str(lever.year),
        "present": _value(lever.present),
        "words": lever.say(dictionary),
        "points": [
            {"value": _value(point.value), "words": lever.figure(dictionary).show(point.value)} | _cost(point.cost)
            for point in curve.points
        ],
    }


def _value(value: Value) -> int | str | None:
    """Whole numbers as they are, money in 分; days and fractions as text."""
    match value:
        case date():
            return value.isoformat()
        case Fraction():
            return str(value)
        case int():
            return value
        case _:
            raise TypeError(f"no threshold: {value!r}")
